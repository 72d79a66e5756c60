// Single keys of the queue and of an application. They move, open and put the focus; none of them signs anything.
// Without script, or with keys turned off in the account, the buttons and links beside them do the same.
const list = document.querySelector("[data-queue]");
const page = list ?? document.querySelector("[data-decide]");
const said = document.querySelector("[data-key-said]");

function typing(target) {
  return target.isContentEditable || target.matches("input:not([type=radio]):not([type=checkbox]), textarea, select");
}

function say(words) {
  if (said) said.textContent = words;
}

function rows() {
  return [...list.querySelectorAll("[data-row]")];
}

function here() {
  return rows().findIndex((row) => row.contains(document.activeElement));
}

let last = -1; // where one was, since a click on a button takes the focus away from the line

function move(step) {
  const all = rows();
  const at = here() < 0 ? last : here();
  const to = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
  if (at === to) say(step > 0 ? "This is the last one." : "This is the first one.");
  else say("");
  last = to;
  all[to]?.querySelector("a").focus();
}

function act(key) {
  const place = list ? rows()[here()] : page;
  if (!place) return say("Choose a line first: J for the next one.");
  const target = place.querySelector(`[data-key="${key}"]`);
  if (!target) return say(`${key} does nothing here.`);
  say("");
  if (target.matches("a")) target.click();
  else target.focus(); // a button that signs is only reached; pressing it is another act
}

function showKeys() {
  const keys = document.querySelector("#keys");
  keys.open = !keys.open;
  keys.querySelector("summary").focus();
}

if (page) {
  for (const button of document.querySelectorAll("[data-move]")) {
    button.hidden = false;
    button.addEventListener("click", () => move(Number(button.dataset.move)));
  }
  if (page.dataset.keys === "on") {
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event.target)) return;
      const key = event.key.toUpperCase();
      if (list && (key === "J" || key === "K")) move(key === "J" ? 1 : -1);
      else if (key === "A" || key === "R" || key === "S") act(key);
      else if (key === "?") showKeys();
      else return;
      event.preventDefault(); // so that the letter is not typed into the field that it leads to
    });
  }
  if (location.hash === "#reason" || location.hash === "#decide") document.querySelector(location.hash)?.focus();
}
