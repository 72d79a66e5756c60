// The page before the end: what is not saved yet is named, and submitting without it takes a second press.
import { Sitting } from "./sitting.js";
import { announce, listed } from "./words.js";

export class Review {
  position = 0; // no item
  restored = Promise.resolve();
  #form;
  #sitting;
  #sure = false;

  constructor(form) {
    this.#form = form;
    this.#sitting = new Sitting(form.dataset, this);
  }

  async begin() {
    await this.#sitting.begin();
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    await this.#sitting.mark();
    if (this.#sitting.unsent.size) this.#sitting.flush();
  }

  async #submit(event) {
    if (this.#sure || (!this.#sitting.unsent.size && !this.#sitting.outbox.busy)) return;
    event.preventDefault();
    await this.#sitting.flush();
    await this.#sitting.mark();
    this.#sure = this.#sitting.unsent.size > 0;
    if (this.#sure) announce(`Not submitted: ${listed(this.#sitting.unsent)} not saved yet. Submit again to submit without.`);
    else if (!this.#sitting.sentSomething) this.#form.requestSubmit();
  }

  // ---- what the sitting tells
  opened() {}
  named() {}
  sending() {}
  saved() {}
  held() {}
  stopped() {}
  follows() {
    return false;
  }

  outOfDate() {}
  upToDate() {}

  settled() {
    if (this.#sitting.sentSomething) this.showAgain(); // the page shows what the server has, and that has changed
  }

  signedIn() {
    document.querySelector("#main").focus();
  }

  showAgain() {
    this.#sitting.go(`/attempts/${this.#sitting.attempt}/review`);
  }

  marked() {
    const { unsent, kept } = this.#sitting;
    const note = document.querySelector("#unsent");
    note.hidden = unsent.size === 0;
    const text = `Not yet saved, ${kept}: ${listed(unsent)}. Everything else shown here is saved on the server.`;
    const words = note.querySelector("[data-words]");
    if (words.textContent !== text) words.textContent = text;
  }
}
