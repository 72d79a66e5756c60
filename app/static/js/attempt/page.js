// An exam page: every change is kept on this device, sent, and called saved once the server says so. Without script its forms do the same.
import { Items } from "./items.js";
import { Review } from "./review.js";

const item = document.querySelector("#answer-form");
const end = document.querySelector("#submit-form");
if (item) new Items(item).begin();
else if (end) new Review(end).begin();
