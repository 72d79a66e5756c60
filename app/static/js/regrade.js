// The preview of a regrade: attempts are scored, then standings are compared.
import { takeSteps } from "./preview-steps.js";

takeSteps(({ phase, done, affected, moved }) => ({
  done,
  total: affected,
  said: phase === "scoring"
    ? `${done} of ${affected} attempts scored, ${moved} would move.`
    : "Every attempt is scored. Standings are compared now.",
}));
