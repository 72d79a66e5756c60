// The items of an attempt, one shown at a time: the page brings one, the others come a little later and are shown without a request.
import { Ahead } from "./ahead.js";
import { NOT_WHOLE, putBack, readForm, typedBefore } from "./answers.js";
import { newName } from "./copy.js";
import { bindOffer, focusOn, hide, offer, shown } from "./panels.js";
import { setUpPicture } from "../scene.js";
import { Sitting } from "./sitting.js";
import { announce, listed, markCurrent, say } from "./words.js";

const DOUBLE_CLICK_MS = 600;
const FIELDS = ":checked, input:not([type=hidden]), select";

export class Items {
  #form; // the one that is shown
  #met = new Map(); // position → form: what was typed in it stays in it
  #about;
  #sitting;
  #ahead = null; // from when the queue was taken up: before that no other form can be met
  #shownAt = -Infinity;
  #written = Promise.resolve();
  #early; // typed before the store was open, or before this script was there
  #ready = () => {};

  constructor(form) {
    this.#form = form;
    this.#about = { ...form.dataset };
    this.#early = typedBefore(form);
    this.restored = new Promise((resolve) => {
      this.#ready = resolve;
    });
    this.#sitting = new Sitting(this.#about, this);
    this.#take(form);
    this.#met.set(this.position, form);
    addEventListener("popstate", () => this.#back());
    document.addEventListener("click", (event) => this.#guard(event), true);
    document.querySelector("[data-break]")?.addEventListener("submit", (event) => this.#takeBreak(event));
    if (this.#about.keys === "on") document.addEventListener("keydown", (event) => this.#key(event));
  }

  async begin() {
    await this.#sitting.begin();
    await this.#restore();
    bindOffer(
      () => this.#useMine(),
      () => this.#keepTheirs(),
    );
    this.#sitting.mark();
    this.#sitting.flush();
  }

  get position() {
    return Number(this.#form.dataset.position);
  }

  #place(form = this.#form) {
    return { attempt: this.#sitting.attempt, position: Number(form.dataset.position), title: this.#about.title };
  }

  #waiting(form = this.#form) {
    return this.#sitting.outbox.waiting(this.#place(form));
  }

  #take(form) {
    setUpPicture(form);
    form.addEventListener("input", () => this.#write(form));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const act = event.submitter?.name === "act";
      this.#sitting.begun.then(() => (act ? this.#act(form, event.submitter) : this.#move(form, event.submitter)));
    });
  }

  // The second click of a double click was meant for the item that was shown before.
  #guard(event) {
    if (event.detail < 2 || performance.now() - this.#shownAt > DOUBLE_CLICK_MS) return;
    event.preventDefault();
    event.stopPropagation();
  }

  // ---- what was typed before this page
  // The queue of this browser is taken up before anything leaves it; the form shows what was typed last.
  async #restore() {
    const before = await this.#sitting.outbox.takeUp(this.#sitting.attempt);
    this.#meet(
      this.#form,
      this.#waiting().filter((entry) => !before.includes(entry)),
    );
    this.#form.dataset.restored = "";
    this.#ahead = new Ahead(this.#about);
    this.#ready();
  }

  // A form as the server made it catches up with this browser: a save that arrived later, and what is not sent yet. `typed` was
  // typed in this form itself and stays.
  #meet(form, typed = []) {
    const { outbox } = this.#sitting;
    const last = outbox.savedLast(this.#place(form));
    const later = last && last.seq > Number(form.elements.base_seq.value);
    if (later) form.elements.base_seq.value = last.seq;
    outbox.shows(this.#place(form), Number(form.elements.base_seq.value));
    const waiting = this.#waiting(form);
    const stays = waiting.some((entry) => typed.includes(entry));
    if (stays && later) for (const entry of waiting) if (entry.base_seq !== null && typed.includes(entry)) entry.base_seq = last.seq;
    if (stays) return;
    if (later) {
      putBack(form, last.typed);
      this.#saySaved(form, last.at, last.seq);
    }
    if (waiting.length) {
      putBack(form, waiting.at(-1).typed);
      this.#tell(form, waiting.at(-1));
    }
  }

  // ---- changes
  #write(form) {
    const { outbox, blocked } = this.#sitting;
    if (!outbox) {
      this.#early = true;
      return;
    }
    if (!blocked) say(form, "wait", "Not yet saved");
    this.#written = outbox.write(this.#place(form), readForm(form)).then(() => {
      const entry = this.#waiting(form).at(-1);
      if (entry && !entry.sent && !this.#sitting.blocked) this.#tell(form, entry);
      this.#sitting.mark();
    });
    this.#sitting.later();
  }

  // What the line says of an answer that is not on its way.
  #tell(form, entry) {
    const { kept } = this.#sitting;
    const text = {
      changed: `Not saved: changed elsewhere. Yours is ${kept}`,
      other_copy: `Not saved: another copy of this page counts. Yours is ${kept}`,
      refused: `Not saved: ${entry.why} It is ${kept}.`,
    }[entry.held];
    if (entry.held === "changed" && form === this.#form) offer(form, entry);
    if (text) say(form, "bad", text);
    else if (!entry.payload) say(form, "wait", `${NOT_WHOLE[form.dataset.type] ?? "Not whole yet"}. Not saved, ${kept}`);
    else say(form, "wait", `Not yet saved, ${kept}`);
  }

  #saySaved(form, at, seq) {
    say(form, "ok", `Saved ${new Date(at).toLocaleTimeString("en-GB", { timeZone: this.#sitting.zone })}`, seq);
  }

  async #useMine() {
    await this.#sitting.outbox.release(this.#sitting.attempt, "changed", this.position);
    hide("changed");
    this.#form.querySelector(FIELDS)?.focus();
    this.#sitting.flush();
  }

  async #keepTheirs() {
    if (!this.#sitting.mayGo(this.position)) return;
    await this.#sitting.outbox.drop(this.#waiting());
    this.showAgain(); // the page is built from what the server has
  }

  // ---- from item to item
  // Goes on at once where the next item is here: what was typed is kept and on its way. Where it is not, it goes on once the item is
  // saved; what the server will not take is posted, so that the page it answers with says why. Whoever went elsewhere meanwhile stays there.
  async #move(form, button) {
    const target = Number(form.dataset.position) + ({ back: -1, stay: 0 }[button?.value] ?? 1);
    await this.#written;
    if (form !== this.#form) return undefined;
    const typed = this.#waiting().at(-1);
    const goesOut = !typed || (typed.payload && !typed.held);
    if (goesOut && (target === this.position || this.#show(target))) return this.#sitting.flush();
    const stopped = await this.#sitting.flush();
    if (this.#sitting.leaving || form !== this.#form) return undefined;
    const left = this.#waiting().at(-1);
    if (left && (left.held === "refused" || !left.payload)) return this.#post(form, button);
    if (left) return this.#stay(left);
    if (target > Number(this.#about.count)) return this.#review(stopped);
    return this.#sitting.go(this.#address(target));
  }

  // Why the page stays at an item whose answer is not saved.
  #stay(left) {
    if (left.held === "changed") return focusOn("changed");
    if (left.held === "other_copy") return focusOn("other-copy");
    return announce(`Item ${this.position} is not saved yet, but ${this.#sitting.kept}. You can go on once the server answers.`);
  }

  // An action of a case: one at a time, and no press goes past it.
  async #act(form, button) {
    form.inert = true;
    await this.#written;
    await this.#sitting.flush();
    const left = this.#waiting(form).at(-1);
    const here = form === this.#form && !this.#sitting.leaving;
    if (here && (!left || left.held === "refused" || !left.payload)) return this.#post(form, button);
    form.inert = false;
    return here ? this.#stay(left) : undefined;
  }

  #review(stopped) {
    const { attempt, kept } = this.#sitting;
    const late = this.#sitting.sendable();
    if (stopped === "done" || !late.length) return this.#sitting.go(`/attempts/${attempt}/review`);
    return announce(`Not saved yet, but ${kept}: ${listed(late.map((entry) => entry.position))}. You can review once the server answers.`);
  }

  // What is still on its way would end the break that begins here.
  async #takeBreak(event) {
    const form = event.target;
    event.preventDefault();
    await this.#sitting.begun;
    await this.#sitting.flush();
    if (this.#sitting.leaving) return;
    const late = this.#sitting.sendable();
    if (late.length) announce(`Not saved yet: ${listed(late.map((entry) => entry.position))}. The break can begin once the server has it; the clock runs on.`);
    else if (this.#sitting.mayGo()) form.submit();
  }

  // Shows an item without a request; false where this page does not have it.
  #show(position, { push = true } = {}) {
    const next = this.#formOf(position);
    if (!next) return false;
    const { copy, token } = this.#sitting;
    hide("changed");
    document.querySelector(".flashes")?.remove(); // said of the page that came
    this.#forgive(this.#form);
    next.elements.csrf_token.value = token;
    next.elements.lease.value = copy ?? "";
    this.#form.replaceWith(next);
    this.#form = next;
    this.#shownAt = performance.now();
    next.dataset.restored = "";
    markCurrent(position, Number(this.#about.count));
    if (push) history.pushState(null, "", this.#address(position));
    const entry = this.#waiting().at(-1);
    if (entry) this.#tell(next, entry);
    next.querySelector("h1").focus({ preventScroll: true });
    scrollTo(0, 0);
    return true;
  }

  #formOf(position) {
    if (this.#met.has(position)) return this.#met.get(position);
    const form = this.#ahead?.take(position) ?? null;
    if (form) {
      this.#take(form);
      this.#meet(form);
      this.#met.set(position, form);
    }
    return form;
  }

  // What the server said of something that was sent before is no longer true.
  #forgive(form) {
    form.querySelector("[data-error]")?.remove();
  }

  #address(position) {
    return `/attempts/${this.#sitting.attempt}?q=${Math.max(position, 1)}`;
  }

  async #back() {
    const position = Number(new URLSearchParams(location.search).get("q") ?? 1);
    if (position === this.position) return;
    if (this.#show(position, { push: false })) return void this.#sitting.flush();
    const reply = await this.#sitting.clock.ask();
    if (typeof reply === "object" && this.#sitting.mayGo()) location.reload();
    else history.pushState(null, "", this.#address(this.position)); // the page stays, and so does its address
  }

  // What only the server can answer; where it does not, the page stays and says so.
  async #post(form, button) {
    form.inert = true;
    const reply = await this.#sitting.clock.ask();
    if (typeof reply === "object" && !this.#sitting.leaving && form === this.#form && this.#sitting.mayGo(this.position)) {
      const named = Object.assign(document.createElement("input"), { type: "hidden", name: button?.name ?? "go", value: button?.value ?? "next" });
      form.append(named);
      return form.submit(); // the form's own event is over; nothing asks again
    }
    form.inert = false;
    button?.focus();
    if (reply === "offline") announce(`No connection. What you entered in item ${form.dataset.position} is ${this.#sitting.kept}; press again once you are back online.`);
    return undefined;
  }

  #key(event) {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=radio]):not([type=checkbox]), textarea, select")) return;
    const key = event.key.toUpperCase();
    if (key === "N") this.#form.querySelector('button[value="next"]').click();
    else if (key === "G") this.#form.querySelector('input[name="flag"]').click();
    else if (/^[A-F]$/.test(key)) this.#form.querySelectorAll(".answer > label:first-child input")[key.charCodeAt(0) - 65]?.click();
  }

  // ---- what the sitting tells
  opened() {
    this.#sitting.outbox.shows(this.#place(), Number(this.#form.elements.base_seq.value));
    if (this.#early) this.#write(this.#form);
  }

  named() {
    this.#form.elements.lease.value = this.#sitting.copy ?? "";
  }

  sending(entry) {
    const form = this.#met.get(entry.position);
    if (form) say(form, "wait", "Saving");
  }

  saved(entry, body) {
    const form = this.#met.get(entry.position);
    if (!form) return;
    form.elements.op_id.value = newName(); // for a post of the form, which must not repeat an id
    form.elements.base_seq.value = body.seq;
    if (form === this.#form) hide("changed");
    this.#forgive(form);
    if (this.#waiting(form).length) return;
    if (JSON.stringify(readForm(form).typed) !== JSON.stringify(entry.typed)) putBack(form, entry.typed); // typed in a page that is gone
    this.#saySaved(form, body.saved_at, body.seq);
  }

  held(entry) {
    const form = this.#met.get(entry.position);
    if (form) this.#tell(form, entry);
    if (form === this.#form || entry.held === "other_copy") return; // that one has a panel of its own
    const why = entry.held === "changed" ? "it was changed elsewhere. Go back to it to choose." : entry.why;
    announce(`Item ${entry.position} is not saved: ${why}`);
  }

  stopped(kind, words) {
    for (const form of this.#met.values()) if (this.#waiting(form).some((entry) => !entry.held)) say(form, kind, words);
  }

  settled() {
    const entry = this.#waiting().at(-1);
    if (entry && (entry.held || !entry.payload) && !shown("again")) this.#tell(this.#form, entry);
  }

  signedIn() {
    (this.#form.querySelector(FIELDS) ?? document.querySelector("#main")).focus();
  }

  marked() {}

  follows(link) {
    const address = new URL(link.href);
    if (address.pathname !== `/attempts/${this.#sitting.attempt}`) return false;
    const position = Number(address.searchParams.get("q"));
    if (position === this.position ? !this.#ahead?.has(position) : !this.#show(position)) return false;
    this.#sitting.flush();
    return true;
  }

  // Another copy rules, so the forms that are not shown may no longer be what the server has.
  outOfDate() {
    this.#ahead?.forget();
    for (const position of this.#met.keys()) if (position !== this.position) this.#met.delete(position);
  }

  upToDate() {
    this.#ahead?.renew();
  }

  showAgain() {
    this.#sitting.go(this.#address(this.position));
  }
}
