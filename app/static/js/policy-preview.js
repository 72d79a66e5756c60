// The preview of a policy: everybody who was ever cleared is looked at.
import { takeSteps } from "./preview-steps.js";

takeSteps(({ done, total }) => ({ done, total, said: `${done} of ${total} people with clearances looked at.` }));
