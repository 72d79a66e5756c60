// The form of an observer: kept on this device until it is signed, through reloads, closed tabs and no connection. Nothing is ever
// sent or signed but by pressing a button. Without script the same form does the same, but for keeping it here.
import { openDrafts } from "./drafts.js";

const KEEP_AFTER_MS = 300;
const SEND_WITHIN_MS = 20_000;
const KEPT_NAMES = /^(presence|outcome|rating|done_well|to_change|(row|fail)-[0-9]+)$/; // nothing that proves who signs
const ICONS = { ok: "saved", wait: "half", bad: "alert", off: "offline" };
const AGAIN = "Nothing is signed. Press Sign again once there is a connection.";

const kept = openDrafts();
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("forms") : null;

// What stands in the form: by name, the value of what is chosen, ticked or typed; `chosen` tells now from as it was sent.
function valuesOf(form, { checked, value }) {
  const found = {};
  for (const input of form.elements) {
    if (!KEPT_NAMES.test(input.name)) continue;
    if (input.type === "radio") found[input.name] = input[checked] ? input.value : (found[input.name] ?? "");
    else if (input.type === "checkbox") found[input.name] = input[checked] ? input.value : "";
    else found[input.name] = input[value];
  }
  return found;
}

const typed = (form) => valuesOf(form, { checked: "checked", value: "value" });
const served = (form) => valuesOf(form, { checked: "defaultChecked", value: "defaultValue" });
const same = (a, b) => JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());

class ObserversForm {
  constructor(form, drafts) {
    this.form = form;
    this.drafts = drafts;
    this.person = Number(form.dataset.person);
    this.observation = Number(form.dataset.observation);
    this.base = form.dataset.savedAt;
    this.served = served(form);
    this.line = form.querySelector("#kept-line");
    this.stopped = false;
    this.offering = false;
  }

  async begin() {
    this.#allDone();
    const entry = await this.drafts.find(this.person, this.observation);
    if (entry && same(entry.values, this.served)) await this.drafts.remove(this.person, this.observation);
    else if (entry && entry.base === this.base) this.#restore(entry);
    else if (entry) this.#offer(entry);
    if (!same(typed(this.form), this.served)) await this.keep();
    const later = () => {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.keep(), KEEP_AFTER_MS);
    };
    this.form.addEventListener("input", later);
    this.form.addEventListener("change", () => this.keep());
    for (const name of ["online", "offline"]) addEventListener(name, () => this.#sayKept());
    addEventListener("pagehide", () => this.keep());
    document.addEventListener("visibilitychange", () => document.hidden && this.keep());
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.form.dataset.ready = "";
    channel?.addEventListener("message", ({ data }) => {
      if (data.removed !== this.person) return;
      this.stopped = true;
      if (document.hidden) location.replace("/sign-in"); // in another tab: nobody reads it there either
    });
  }

  #allDone() {
    const button = this.form.querySelector("[data-all-done]");
    button.hidden = false;
    button.addEventListener("click", () => {
      for (const input of this.form.querySelectorAll('.form-row input[value="2"]')) input.checked = true;
      this.keep();
    });
  }

  // What was typed before the script was there stays; rows of another version of the form are marked once more.
  #restore(entry) {
    const now = typed(this.form);
    const sameForm = entry.version === this.form.elements.version.value;
    for (const [name, value] of Object.entries(entry.values)) {
      const rows = name.startsWith("row-") || name.startsWith("fail-");
      if (now[name] !== this.served[name] || (rows && !sameForm)) continue;
      this.#put(name, value);
    }
    if (!sameForm) this.say("wait", "The rows of this form changed since you filled it in. Mark them once more.");
  }

  #put(name, value) {
    for (const input of this.form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (input.type === "radio" || input.type === "checkbox") input.checked = input.value === value;
      else input.value = value;
    }
  }

  // Another device kept a newer draft on the server: it is shown, and what this device kept is one press away.
  #offer(entry) {
    const note = this.form.querySelector("#kept-here");
    note.hidden = false;
    note.querySelector("button").addEventListener("click", () => {
      note.hidden = true;
      this.offering = false;
      this.#restore(entry);
      this.keep();
    });
    this.offering = true; // it is written over only once something else is filled in
    this.form.addEventListener("input", () => (this.offering = false), { once: true });
  }

  async keep() {
    clearTimeout(this.waiting);
    if (this.stopped || this.offering) return;
    const values = typed(this.form);
    const [person, observation] = [this.person, this.observation];
    if (same(values, this.served)) {
      await this.drafts.remove(person, observation);
      this.say("", "");
      return;
    }
    const version = this.form.elements.version.value;
    await this.drafts.keep({ person, observation, version, base: this.base, title: this.form.dataset.title, written: Date.now(), values });
    this.#sayKept();
  }

  #sayKept() {
    if (this.stopped || same(typed(this.form), this.served)) return;
    if (!this.drafts.durable) this.say("bad", "Kept in this page only: do not close it before you sign.");
    else if (navigator.onLine) this.say("ok", "Saved on this device");
    else this.say("off", "Offline, kept on this device");
  }

  say(kind, text, link) {
    this.line.hidden = !text;
    this.line.className = `line line--${kind === "off" ? "bad" : kind}`;
    if (kind) this.line.querySelector("use").setAttribute("href", `/static/icons.svg#i-${ICONS[kind]}`);
    const words = this.line.querySelector("span");
    if (words.textContent !== text) words.replaceChildren(text);
    if (!link) return;
    words.append(" ", Object.assign(document.createElement("a"), { href: link.href, textContent: link.words }));
  }

  async #submit(event) {
    event.preventDefault();
    if (this.sending) return;
    this.sending = true;
    const act = event.submitter?.value ?? "sign";
    await this.keep();
    this.say("wait", act === "sign" ? "Signing…" : "Sending the draft…");
    try {
      await this.#answered(await this.#send(act), act);
    } catch {
      this.say("off", this.drafts.durable ? `Offline, kept on this device. ${AGAIN}` : `Offline, kept in this page only. ${AGAIN}`);
    } finally {
      this.sending = false;
    }
  }

  #send(act) {
    const body = new FormData(this.form);
    body.set("act", act);
    return fetch(location.pathname, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(SEND_WITHIN_MS) });
  }

  async #answered(response, act) {
    if (response.type === "opaqueredirect") {
      if (act === "draft") await this.drafts.remove(this.person, this.observation); // the server has it
      this.stopped = true;
      location.assign(location.pathname);
      return;
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (response.status === 422 && page.querySelector("#observer-form")) {
      this.stopped = true;
      return show(page);
    }
    const link = { href: location.pathname, words: "Load the page again" };
    if (response.status === 400 || response.status === 401) {
      this.say("bad", "This page was open too long, or you are signed out. Nothing is signed. What you filled in is kept on this device.", link);
    } else {
      const told = page.querySelector(".lead")?.textContent ?? "The server could not take it.";
      this.say("bad", `Not signed. ${told.trim()} What you filled in is kept on this device.`, link);
    }
  }
}

// The server's answer in place of the form: what it found missing, beside what was typed.
function show(page) {
  document.querySelector("#main").replaceWith(document.adoptNode(page.querySelector("#main")));
  document.querySelector(".error-summary")?.focus();
  return begin();
}

async function begin() {
  const drafts = await kept;
  const form = document.querySelector("#observer-form");
  if (form) return new ObserversForm(form, drafts).begin();
  const ended = document.querySelector("[data-ended]"); // signed, or too late to sign: nothing is kept of it here
  if (ended) await drafts.remove(Number(ended.dataset.person), Number(ended.dataset.ended));
}

begin();
