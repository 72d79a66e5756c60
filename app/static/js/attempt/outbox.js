// The queue of answers: written before they are sent, sent one at a time in order, removed only once the server has spoken.
import { livingCopies, newName } from "./copy.js";

const SEND_WITHIN_MS = 15_000;
const keyOfPlace = ({ attempt, position }) => `${attempt}/${position}`;
const same = (a, b) => a.attempt === b.attempt && a.position === b.position;

// Two answers as the server writes them, whatever the order of their fields.
function alike(a, b) {
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return a === b;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && alike(a[name], b[name]));
}

// An answer of the server, or null without a connection; one that broke off on its way is none.
export async function ask(address, options = {}, within = SEND_WITHIN_MS) {
  try {
    const response = await fetch(address, { ...options, signal: AbortSignal.timeout(within), headers: { Accept: "application/json", ...options.headers } });
    const body = await response.json().catch(() => null);
    return response.ok && !body ? null : { status: response.status, ok: response.ok, body: body ?? {} };
  } catch {
    return null;
  }
}

// The state of an attempt as its person may see it: {token, open, …}, or why not: "offline", "session", "stranger".
export async function askClock(attempt) {
  const answer = await ask(`/attempts/${attempt}/clock`);
  if (!answer || answer.status >= 500) return "offline";
  if (!answer.ok) return answer.status === 404 ? "stranger" : "session";
  return answer.body;
}

export class Outbox {
  #live = new Map(); // what this page wrote itself: one object for each entry, here and in every list
  #bases = new Map(); // of each item the seq that the next change is based on
  #saved = new Map(); // of each item what this browser saved last
  #newest = 0;
  #queue = Promise.resolve("done");
  #waits = null; // the flush that has not begun yet
  #active = 0;

  // `told` hears of each entry: sending, saved, held, late.
  constructor({ store, person, copy, token, told, renewed }) {
    Object.assign(this, { store, person, copy, token, told, renewed });
  }

  // The name of this copy is known a moment after the page is there.
  named(copy) {
    this.copy = copy;
    const early = [...this.#live.values()];
    for (const entry of early) entry.copy = copy;
    return this.#keep([], early);
  }

  get busy() {
    return this.#active > 0;
  }

  async entries(attempt) {
    const found = await this.store.all(this.person);
    return found.map((entry) => this.#live.get(entry.op_id) ?? entry).filter((entry) => attempt === undefined || entry.attempt === attempt);
  }

  // Entries that this page may show and send: its own, and those of pages that are gone.
  async mine(attempt) {
    const [entries, living] = [await this.entries(attempt), await livingCopies()];
    return entries.filter((entry) => entry.copy === this.copy || !living?.has(entry.copy));
  }

  // The page shows the answer of this seq.
  shows({ attempt, position }, seq) {
    this.#bases.set(keyOfPlace({ attempt, position }), seq);
  }

  // What this browser saved last at an item: {seq, typed, at}.
  savedLast(place) {
    return this.#saved.get(keyOfPlace(place));
  }

  // A change: it joins the last entry of its item unless that one is on its way; then it is based on what that one will be.
  write(place, change) {
    const here = [...this.#live.values()].filter((entry) => same(entry, place));
    let entry = here.find((other) => !other.sent);
    if (!entry) {
      entry = { ...place, person: this.person, op_id: newName(), base_seq: here.length ? null : this.#bases.get(keyOfPlace(place)), sent: false, held: null };
      entry.written = this.#next();
      this.#live.set(entry.op_id, entry);
    }
    Object.assign(entry, change, { copy: this.copy });
    if (entry.held === "refused") entry.held = null;
    return this.#keep([], [entry]);
  }

  // What this browser has of an attempt from pages before; returns what was not sent yet. Looked into the queue first: what leaves it meanwhile is noted as saved.
  async takeUp(attempt) {
    const before = (await this.mine(attempt)).filter((entry) => !this.#live.has(entry.op_id));
    for (const row of await this.store.savedOf(this.person, attempt).catch(() => [])) this.#saved.set(keyOfPlace(row), row);
    this.#adopt(before);
    return before;
  }

  // Entries of an earlier page: they are sent exactly as they are, and what was typed here already comes after them.
  #adopt(entries) {
    for (const entry of entries) {
      this.#newest = Math.max(this.#newest, entry.written);
      for (const later of this.waiting(entry)) if (!entries.includes(later)) Object.assign(later, { base_seq: null, written: this.#next() });
      this.#live.set(entry.op_id, entry);
      if (!entry.held && entry.payload) entry.sent = true;
    }
  }

  // What this page holds of an attempt.
  pending(attempt) {
    return [...this.#live.values()].filter((entry) => entry.attempt === attempt);
  }

  // What this page holds of an item, the oldest first.
  waiting(place) {
    return [...this.#live.values()].filter((entry) => same(entry, place)).sort((a, b) => a.written - b.written);
  }

  async drop(entries) {
    for (const entry of entries) this.#live.delete(entry.op_id);
    await this.#keep(entries, []);
  }

  // Held entries go out again under new ids: all of an attempt, those held for one reason, or of these those of one item. Returns how many.
  async release(attempt, why, position) {
    const asked = (entry) => (why === undefined || entry.held === why) && (position === undefined || entry.position === position);
    const held = (await this.mine(attempt)).filter((entry) => entry.held && asked(entry));
    const before = held.map((entry) => this.#rename(entry));
    if (held.length) await this.#keep(before, held);
    return held.length;
  }

  // Sends everything that can go: "done", or why it stopped: "offline", "busy", "session", "stranger". One that waits for its turn
  // will send all that is there by then: it is shared.
  flush(attempt) {
    if (this.#waits) return this.#waits;
    this.#active += 1;
    this.#queue = this.#queue
      .then(() => {
        this.#waits = null;
        return this.#drain(attempt);
      })
      .catch(() => "busy")
      .finally(() => {
        this.#active -= 1;
      });
    this.#waits = this.#queue;
    return this.#queue;
  }

  // When the page goes there is no time to wait for anything: what was written already is sent as it stands.
  sendAtOnce() {
    for (const entry of this.#live.values()) {
      const first = ![...this.#live.values()].some((other) => other !== entry && same(other, entry) && other.sent);
      if (entry.sent || entry.held || !entry.payload || entry.base_seq === null || !first) continue;
      entry.sent = true;
      this.#keep([], [entry]);
      this.#send(entry);
    }
  }

  // The order of writing, which no jump of the device's clock turns round.
  #next() {
    this.#newest = Math.max(Date.now(), this.#newest + 1);
    return this.#newest;
  }

  #keep(gone, kept, saved) {
    return this.store.change(gone, kept, saved).catch(() => {
      this.store.durable = false; // storage was taken away; what this page holds it still sends
    });
  }

  // A verdict stands for the id it was spoken over; the same text can go out under a new one. Returns the entry as it was.
  #rename(entry) {
    const before = { ...entry };
    this.#live.delete(entry.op_id);
    Object.assign(entry, { op_id: newName(), held: null, sent: false });
    this.#live.set(entry.op_id, entry);
    return before;
  }

  #send(entry) {
    const { op_id, base_seq, payload, certainty, client_at } = entry;
    return ask(`/attempts/${entry.attempt}/responses/${entry.position}`, {
      method: "PUT",
      keepalive: true, // it is carried to its end when the page is left meanwhile
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.token() },
      body: JSON.stringify({ op_id, base_seq, payload, certainty, client_at, lease: this.copy ?? entry.copy }),
    });
  }

  async #drain(attempt) {
    let renewed = false;
    for (;;) {
      const entry = (await this.#ready(attempt))[0];
      if (!entry) return "done";
      if (!entry.sent) {
        entry.sent = true; // from here on exactly this goes out, also after a crash
        await this.#keep([], [entry]);
      }
      this.told("sending", entry);
      const answer = await this.#send(entry);
      if (answer && (answer.status === 400 || answer.status === 401) && !renewed) {
        const clock = await askClock(entry.attempt);
        if (typeof clock === "string") return clock;
        renewed = true; // signed in again elsewhere: the new session has a new token, and the same entry goes out with it
        this.renewed(clock);
        continue;
      }
      const stop = await this.#judge(entry, answer);
      if (stop) return stop;
      renewed = false;
    }
  }

  async #ready(attempt) {
    const lost = this.store.durable ? [] : [...this.#live.values()]; // with storage gone, memory is all there is
    const entries = lost.length ? lost.filter((entry) => attempt === undefined || entry.attempt === attempt) : await this.mine(attempt);
    return entries.filter((entry) => !entry.held && entry.payload && entry.base_seq !== null);
  }

  // What an answer means for an entry; a word if sending has to stop for now.
  async #judge(entry, answer) {
    if (!answer) return "offline";
    const { status, body } = answer;
    if (answer.ok) return this.#settled(entry, body.seq, "saved", body);
    if (status === 409 && body.code === "changed" && alike(body.theirs, body.yours)) return this.#settled(entry, body.seq, "saved", body);
    if (status === 409 && body.code) return this.#aside(entry, body);
    if (status === 410) return this.#closed(entry, body);
    if (status === 422 && body.problems?.[0]?.field === "op_id") return this.#keep([this.#rename(entry)], [entry]);
    if ([413, 415, 422, 429].includes(status)) return this.#refused(entry, body);
    if (status === 400 || status === 401) return "session";
    this.why = body.detail;
    return status === 404 ? "stranger" : "busy";
  }

  // `seq` is what the next change of the item is based on.
  async #settled(entry, seq, word, body) {
    this.#live.delete(entry.op_id);
    this.shows(entry, seq);
    const next = await this.#after(entry, seq);
    const { person, attempt, position, typed } = entry;
    const saved = word === "saved" ? { person, attempt, position, seq, typed, at: body.saved_at } : undefined;
    if (saved) this.#saved.set(keyOfPlace(entry), saved);
    await this.#keep([entry], next, saved);
    this.told(word, entry, body);
  }

  // The entry that waited for this one knows its base now; in this page it learns it before anything else can happen.
  async #after(entry, seq) {
    const here = this.waiting(entry).find((other) => other.base_seq === null);
    if (here) here.base_seq = seq;
    const next = here ?? (await this.#later(entry)).find((other) => other.base_seq === null);
    if (next) next.base_seq = seq;
    return next ? [next] : [];
  }

  // What was typed at this item after an entry, the oldest first.
  async #later(entry) {
    return (await this.mine(entry.attempt)).filter((other) => same(other, entry) && other.op_id !== entry.op_id);
  }

  // It lost, and the server keeps it aside: the newest text stays here too, to be offered.
  async #aside(entry, body) {
    const base = body.code === "changed" ? body.seq : entry.base_seq;
    const stored = await this.#later(entry);
    const later = [...new Set([...stored, ...this.waiting(entry)])].filter((other) => other !== entry); // and what was typed meanwhile
    const held = later.at(-1) ?? { ...entry, op_id: newName() };
    const gone = [entry, ...later.slice(0, -1)];
    for (const other of gone) this.#live.delete(other.op_id);
    Object.assign(held, { held: body.code, base_seq: base, theirs: body.theirs, since: body.lease_at ?? null, sent: false });
    this.#live.set(held.op_id, held);
    await this.#keep(gone, [held]);
    this.told("held", held, body);
  }

  async #refused(entry, body) {
    const newer = await this.#after(entry, entry.base_seq);
    const why = body.problems?.[0]?.message ?? body.detail ?? "the server did not take it";
    if (newer.length) {
      this.#live.delete(entry.op_id);
      return this.#keep([entry], newer);
    }
    const before = this.#rename(entry);
    Object.assign(entry, { held: "refused", why });
    await this.#keep([before], [entry]);
    this.told("held", entry, body);
  }

  // Closed: the server has it as evidence. While the attempt runs, that word was spoken over a file; then the answer goes out anew.
  async #closed(entry, body) {
    const clock = await askClock(entry.attempt);
    if (typeof clock === "string") return clock;
    if (clock.state === "open" && Date.parse(clock.server_now) <= Date.parse(clock.deadline_at)) {
      return this.#keep([this.#rename(entry)], [entry]);
    }
    return this.#settled(entry, entry.base_seq, "late", body);
  }
}
