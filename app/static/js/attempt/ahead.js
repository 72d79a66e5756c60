// The other items of the attempt, asked for once the page is there: going on to the next one then needs no connection.
import { ask } from "./outbox.js";

const SOON_MS = 1_500;
const START_IS_FRESH_MS = 60_000;
const HALL_MS = 20_000; // after a start others start too: nobody's first page waits for somebody's further ones
const WITHIN_MS = 120_000; // a slow line is given its time
const AGAIN_MS = 30_000; // and twice as long after each miss
const MOST_TRIES = 5;
const GIVEN_UP = [404, 409, 410]; // not theirs, on a break, over: another page tells

export class Ahead {
  #items = [];
  #timer = null;
  #forgotten = false;
  #tries = 0;
  #asked = 0; // what was asked for before the last `forget` is out of date when it comes

  constructor({ attempt, now, started }) {
    this.attempt = Number(attempt);
    const fresh = Date.parse(now) - Date.parse(started) < START_IS_FRESH_MS;
    this.#later(SOON_MS + (fresh ? Math.random() * HALL_MS : 0));
  }

  has(position) {
    return position >= 1 && position <= this.#items.length;
  }

  #bring(items) {
    this.#items = items;
    document.querySelector("[data-ahead]").hidden = items.length === 0;
  }

  // The form of an item, or null where it has not come.
  take(position) {
    if (!this.has(position)) return null;
    return new DOMParser().parseFromString(this.#items[position - 1], "text/html").querySelector("form");
  }

  // What was brought may no longer be what the server has.
  forget() {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.#bring([]);
    this.#forgotten = true;
  }

  // After that: asked for once more.
  renew() {
    if (!this.#forgotten) return;
    this.#forgotten = false;
    this.#tries = 0;
    this.#later(SOON_MS);
  }

  #later(wait) {
    this.#timer = setTimeout(() => this.#ask(), wait);
  }

  async #ask() {
    const asked = this.#asked;
    const answer = await ask(`/attempts/${this.attempt}/items`, {}, WITHIN_MS);
    if (asked !== this.#asked) return;
    if (answer?.ok) this.#bring(answer.body.items);
    else if (!GIVEN_UP.includes(answer?.status) && this.#tries < MOST_TRIES) this.#later(AGAIN_MS * 2 ** this.#tries * (0.75 + Math.random() / 2));
    this.#tries += 1;
  }
}
