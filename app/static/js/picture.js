// The picture of a page that shows one item.
import { setUpPicture } from "./scene.js";

setUpPicture(document);
