// Panels of an exam page: sign in again, go on in this copy, choose between two versions, a file of what was not sent.
import { inWords } from "./answers.js";
import { ask } from "./outbox.js";

const panel = (id) => document.querySelector(`#${id}`);
const set = (id, name, text) => {
  panel(id).querySelector(`[data-${name}]`).textContent = text;
};

export function show(id) {
  panel(id).hidden = false;
}

export function hide(id) {
  if (panel(id)) panel(id).hidden = true;
}

export const shown = (id) => panel(id)?.hidden === false;

export function focusOn(id) {
  panel(id).focus();
}

const SIGN_IN_WORDS = {
  session: ["Your session has ended", "Sign in again: what was not sent yet is sent then, and this page stays as it is."],
  stranger: ["Somebody else is signed in in this browser", "Nothing of yours is sent while they are. Sign in again to go on here; that ends their session."],
};

export function askToSignIn(why) {
  const [title, words] = SIGN_IN_WORDS[why];
  set("again", "title", title);
  set("again", "words", words);
  show("again");
}

// The same person signs in without leaving the page; `done` gets the token of the new session.
export function bindSignIn(person, done) {
  const form = panel("again").querySelector("form");
  const told = form.querySelector("[data-error]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { email, password } = form.elements;
    told.textContent = "";
    const began = await ask("/sign-in");
    const fields = new URLSearchParams({ csrf_token: began?.body.csrf_token ?? "", email: email.value, password: password.value, person });
    const answer = began && (await ask("/sign-in", { method: "POST", body: fields }));
    if (answer?.ok) {
      hide("again");
      password.value = "";
      return done(answer.body.csrf_token);
    }
    told.textContent = answer ? (answer.body.problems?.[0]?.message ?? answer.body.detail ?? "This did not work. Try again in a minute.") : "No connection. Try again once you are back online.";
    (email.value ? password : email).focus();
    password.select();
  });
}

const timeOf = (instant, zone) => new Date(instant).toLocaleTimeString("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });

// Another copy of the page rules: which one as far as this browser knows, and since when.
export function tellOtherCopy(here, since, zone) {
  const which = here ? "another window of this browser" : "another browser or device";
  set("other-copy", "words", `It goes on in ${which}${since ? ` since ${timeOf(since, zone)}` : ""}, and only what is entered there counts.`);
  show("other-copy");
}

export function bindGoOn(goOn) {
  panel("other-copy").querySelector("button").addEventListener("click", goOn);
}

// Two versions of one answer, to choose from.
export function offer(form, entry) {
  set("changed", "theirs", inWords(form, entry.theirs?.answer));
  set("changed", "yours", inWords(form, entry.payload?.answer));
  show("changed");
}

export function bindOffer(mine, theirs) {
  panel("changed").querySelector("[data-mine]").addEventListener("click", mine);
  panel("changed").querySelector("[data-keep]").addEventListener("click", theirs);
}
