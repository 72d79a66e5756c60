// What the page says: the line beside the item, the marks of the palette, and announcements under the time.
const ICONS = { ok: "saved", wait: "half", bad: "alert", off: "offline" };
const STALE_AFTER_MS = 20_000;

const point = (picture, name) => picture?.setAttribute("href", picture.getAttribute("href").replace(/#.*/, `#i-${name}`));

// The line of an item: colour, icon and word together. `seq` is the revision that a "Saved" speaks of.
export function say(form, kind, text, seq) {
  const line = form.querySelector("#save-line");
  line.className = `line line--${kind === "off" ? "bad" : kind}`;
  line.dataset.seq = seq ?? "";
  point(line.querySelector("use"), ICONS[kind]);
  const words = line.querySelector("span");
  if (words.textContent !== text) words.textContent = text;
}

let staling = null;

// A polite announcement that is also seen, with a link to where something can be done about it.
export function announce(text, link) {
  const place = document.querySelector("#announcements");
  clearTimeout(staling);
  place.replaceChildren(text);
  if (link) {
    const anchor = document.createElement("a");
    [anchor.href, anchor.textContent] = [`#${link.id}`, link.words];
    place.append(" ", anchor);
    return;
  }
  staling = setTimeout(() => place.replaceChildren(), STALE_AFTER_MS); // "5 minutes left" is not true for long
}

export function hush() {
  document.querySelector("#announcements").replaceChildren();
}

const KEPT = { device: "kept on this device", page: "kept in this page only" };
export const whereKept = (store) => (store.durable ? KEPT.device : KEPT.page);

// The marks and hidden words of one item in the palette.
function mark(cell, { saved, unsent, kept }) {
  const words = cell.querySelector(".sr-only");
  cell.classList.toggle("unsaved", unsent);
  if (saved) for (const [name, on] of Object.entries(saved)) cell.classList.toggle(name, on);
  const said = [cell.classList.contains("answered") ? "answered" : "not answered"];
  if (cell.classList.contains("flagged")) said.push("flagged");
  if (unsent) said.push(`not yet saved, ${kept}`);
  const text = `, ${said.join(", ")}`;
  if (words.textContent !== text) words.textContent = text;
}

// Every item with unsent answers is marked; `saved` tells what was saved since the page came: {answered, flagged} of a position.
export function markPalette(unsent, saved, kept) {
  for (const cell of document.querySelectorAll(".palette a")) {
    const position = Number(cell.firstChild.textContent);
    mark(cell, { saved: saved.get(position), unsent: unsent.has(position), kept });
  }
  for (const legend of document.querySelectorAll("[data-unsent-legend]")) {
    legend.hidden = unsent.size === 0;
    legend.lastChild.textContent = `Not yet saved, ${kept}`;
  }
}

// Which item of how many is shown: in the palette, under the exam's name, on the browser's tab.
export function markCurrent(position, count) {
  const words = `Item ${position} of ${count}`;
  document.title = document.title.replace(/^Item \d+ of \d+/, words);
  document.querySelector("[data-progress]").textContent = words;
  document.querySelector(".palette [aria-current]")?.removeAttribute("aria-current");
  document.querySelectorAll(".palette a")[position - 1].setAttribute("aria-current", "step");
}

export function listed(positions) {
  const numbers = [...new Set(positions)].sort((a, b) => a - b);
  return `item${numbers.length === 1 ? "" : "s"} ${numbers.join(", ")}`;
}
