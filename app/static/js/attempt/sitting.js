// What lasts as long as the page, whichever item it shows: the queue and its sending, the clock, who may send, which copy rules, the end.
import { ExamClock } from "./clock.js";
import { livingCopies, nameOfThisCopy } from "./copy.js";
import { Outbox, ask } from "./outbox.js";
import { askToSignIn, bindGoOn, bindSignIn, hide, show, shown, tellOtherCopy } from "./panels.js";
import { canMakeFile, saveFile } from "./rescue.js";
import { openStore } from "./store.js";
import { announce, hush, listed, markPalette, whereKept } from "./words.js";

const SAVE_AFTER_MS = 900;
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 30_000;
const FILE_AFTER_MS = 120_000; // as long as the server may be silent before the page offers a file

export class Sitting {
  copy = null;
  unsent = new Set(); // positions
  sentSomething = false;
  blocked = null; // why nothing can be sent now: session, stranger
  leaving = false;
  #answered = new Map(); // of each position what was saved there since the page came
  #ruling;
  #rulingSince;
  #timer = null;
  #tries = 0; // in a row without a reply
  #over = false;
  #warnedOfLoss = false;
  #begin = () => {};

  // `about` is what the page says of its attempt; `view` shows an item or the review.
  constructor(about, view) {
    this.attempt = Number(about.attempt);
    this.person = Number(about.person);
    this.zone = about.zone;
    this.view = view;
    this.token = document.querySelector('input[name="csrf_token"]').value;
    this.#ruling = about.lease || null;
    this.#rulingSince = about.leaseAt;
    this.begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
    this.clock = new ExamClock({
      about,
      announce,
      heard: (reply) => this.begun.then(() => this.#heard(reply)),
      ended: () => this.begun.then(() => this.flush()),
      over: () => this.begun.then(() => this.#leave()),
    });
  }

  async begin() {
    this.store = await openStore();
    this.outbox = new Outbox({
      store: this.store,
      person: this.person,
      token: () => this.token,
      told: (...news) => this.#told(...news),
      renewed: ({ csrf_token }) => this.#takeToken(csrf_token),
    });
    this.view.opened();
    this.copy = await nameOfThisCopy(this.#ruling, this.store);
    await this.outbox.named(this.copy);
    this.view.named();
    this.#begin();
    this.#bind();
    if (this.#ruling && this.#ruling !== this.copy) this.view.restored.then(() => this.#rules(this.#ruling, this.#rulingSince, { begins: true }));
  }

  get kept() {
    return whereKept(this.store);
  }

  #takeToken(fresh) {
    this.token = fresh;
    for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = fresh;
  }

  // ---- what the queue tells
  #told(word, entry, body) {
    if (word === "sending") return this.view.sending(entry);
    this.#tries = 0;
    this.blocked = null;
    hide("rescue");
    if (body?.server_now) this.clock.take(body);
    else this.clock.contact();
    if (word === "saved") this.#saved(entry, body);
    if (word === "held") this.#held(entry);
    if (word === "late") this.#over = true;
    this.sentSomething = true;
    return this.mark();
  }

  #saved(entry, body) {
    this.#ruling ??= this.copy;
    const { answer, flag } = entry.payload;
    this.#answered.set(entry.position, { answered: Object.keys(answer).length > 0, flagged: flag });
    this.view.saved(entry, body);
  }

  #held(entry) {
    if (entry.held === "other_copy") this.clock.ask(); // which copy it is that rules
    this.view.held(entry);
  }

  async mark() {
    this.unsent = new Set((await this.outbox.mine(this.attempt)).map((entry) => entry.position));
    markPalette(this.unsent, this.#answered, this.kept);
    this.view.marked();
  }

  // What is held on this page and can be sent.
  sendable() {
    return this.outbox.pending(this.attempt).filter((entry) => entry.payload && !entry.held);
  }

  // Whether the page may go now. Without storage what is not sent goes with it, but for what is `posted`: that is said once, and the
  // next press leaves.
  mayGo(posted) {
    if (!navigator.onLine) {
      announce("No connection. This page stays as it is; go on once you are back online.");
      return false;
    }
    const lost = this.store.durable ? [] : this.outbox.pending(this.attempt).filter((entry) => entry.position !== posted);
    if (!lost.length || this.#warnedOfLoss) return true;
    this.#warnedOfLoss = true;
    announce(`Not saved, and kept in this page alone: ${listed(lost.map((entry) => entry.position))}. Leaving it loses that; press again to leave it all the same.`);
    return false;
  }

  go(address) {
    if (this.mayGo()) location.assign(address);
  }

  // ---- sending
  later() {
    this.#warnedOfLoss = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), SAVE_AFTER_MS + Math.random() * 200);
  }

  // "done" once everything that can go has gone, or why it stopped: "offline", "busy", "session", "stranger".
  async flush() {
    clearTimeout(this.#timer);
    await this.view.restored;
    const stopped = await this.outbox.flush(this.attempt);
    if (stopped === "done") await this.#settled();
    else this.#stopped(stopped);
    return stopped;
  }

  async #settled() {
    this.#tries = 0;
    if (this.#over) await this.#leave();
    else this.view.settled();
  }

  #stopped(why) {
    this.view.stopped(
      ...{
        offline: ["off", `Offline, ${this.kept}`],
        busy: ["bad", `Not yet saved, ${this.kept}: ${this.outbox.why ?? "the server did not answer."} Trying again.`],
        session: ["bad", `Not yet saved, ${this.kept}: your session has ended`],
        stranger: ["bad", `Not yet saved, ${this.kept}: somebody else is signed in here`],
      }[why],
    );
    if (why === "session" || why === "stranger") {
      this.clock.contact();
      this.#signInNeeded(why);
    } else {
      const wait = Math.min(FIRST_WAIT_MS * 2 ** this.#tries, LONGEST_WAIT_MS) * (0.75 + Math.random() / 2);
      this.#tries += 1;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.flush(), wait);
    }
    this.mark();
  }

  #signInNeeded(why) {
    const happened = why === "session" ? "Your session has ended." : "Somebody else is signed in.";
    if (this.blocked !== why) announce(`${happened} What you typed is ${this.kept}.`, { id: "again", words: "Sign in again" });
    this.blocked = why;
    askToSignIn(why);
  }

  async #signedIn(fresh) {
    this.#takeToken(fresh);
    this.blocked = null;
    announce("You are signed in again.");
    this.view.signedIn();
    await this.flush();
    this.view.settled();
  }

  // ---- the clock's replies
  #heard(reply) {
    if (reply === "session" || reply === "stranger") return this.#signInNeeded(reply);
    if (reply === "offline") return undefined;
    this.#takeToken(reply.csrf_token);
    if (reply.state === "closed") return this.#leave(); // submitted in another window
    if (reply.on_break && !this.sendable().length) return this.go(`/attempts/${this.attempt}`); // a break shows no item
    if (this.blocked) {
      this.blocked = null;
      hide("again");
      hush();
      this.flush();
    }
    return this.#rules(reply.lease, reply.lease_at);
  }

  // Which copy's answers count. One of this browser whose page is gone is succeeded without a question.
  async #rules(lease, since, { begins = false } = {}) {
    this.#ruling = lease;
    if (lease && this.copy && lease !== this.copy) {
      this.view.outOfDate();
      const here = await this.store.knowsCopy(lease).catch(() => false);
      const living = await livingCopies();
      if (here && living && !living.has(lease)) return this.#succeed(begins);
      if (!shown("other-copy")) announce("This attempt goes on in another window or device.", { id: "other-copy", words: "Go on here instead" });
      return tellOtherCopy(here, since, this.zone);
    }
    hide("other-copy");
    if (lease === this.copy) this.view.upToDate();
    if (await this.outbox.release(this.attempt, "other_copy")) await this.flush();
    return undefined;
  }

  async #succeed(begins) {
    const typed = this.#typedHere();
    const answer = await this.#takeOver();
    if (answer?.ok && !begins && !typed) this.view.showAgain();
  }

  // True once the server lets this copy rule; what was held back for that goes out again.
  async #takeOver() {
    const answer = await ask(`/attempts/${this.attempt}/lease`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.token },
      body: JSON.stringify({ lease: this.copy }),
    });
    if (answer?.ok) await this.#rules(this.copy);
    return answer;
  }

  async #goOnHere() {
    const typed = this.#typedHere();
    const answer = await this.#takeOver();
    if (!answer?.ok) return announce(answer ? (answer.body.detail ?? "This did not work. Try again.") : "No connection. Try again once you are back online.");
    announce("This window counts now.");
    document.querySelector("#main").focus();
    if (!typed) this.view.showAgain(); // with what the other copy saved meanwhile; what was typed here meets it when it is sent
    return undefined;
  }

  #typedHere() {
    return this.outbox.pending(this.attempt).some((entry) => entry.position === this.view.position);
  }

  // ---- the end
  async #leave() {
    if (this.leaving) return;
    this.leaving = true;
    await this.outbox.release(this.attempt); // what was held back is evidence now; the server keeps it as that
    await this.outbox.flush(this.attempt);
    const rest = await this.outbox.mine(this.attempt);
    await this.outbox.drop(rest.filter((entry) => !entry.payload)); // never an answer, and it cannot become one
    location.assign(`/attempts/${this.attempt}/result`);
  }

  // ---- what the page does by itself
  #bind() {
    bindSignIn(this.person, (fresh) => this.#signedIn(fresh));
    bindGoOn(() => this.#goOnHere());
    if (canMakeFile) this.#bindFile();
    document.addEventListener("visibilitychange", () => (this.unsent.size || this.outbox.pending(this.attempt).length) && this.flush());
    document.addEventListener("click", (event) => this.#follow(event));
    addEventListener("online", () => this.flush());
    addEventListener("pagehide", () => this.outbox.sendAtOnce());
    if ("BroadcastChannel" in globalThis) new BroadcastChannel("unsent").onmessage = () => this.flush(); // somebody is about to sign out
  }

  // A file, when nothing else helps.
  #bindFile() {
    const entries = async () => (await this.outbox.mine(this.attempt)).filter((entry) => entry.payload);
    setInterval(async () => {
      const { silence, msLeft } = this.clock;
      if (silence < FILE_AFTER_MS && msLeft > 0) return;
      if ((silence >= FILE_AFTER_MS || msLeft < -1_000) && (await entries()).length) show("rescue");
      else hide("rescue");
    }, 1_000);
    document.querySelector("#rescue button").addEventListener("click", async () => saveFile(this.attempt, this.person, await entries()));
  }

  // A link waits for what is not saved yet; if that fails it says so once, and the next press leaves.
  async #follow(event) {
    const link = event.target.closest?.("a[href]");
    if (!link || link.hash || link.target || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (this.view.follows(link)) return event.preventDefault();
    const risky = (entry) => !this.store.durable || entry.position === this.view.position || (entry.payload && !entry.held);
    const pending = () => this.outbox.pending(this.attempt).filter(risky);
    if (this.#warnedOfLoss || (!pending().length && !this.outbox.busy)) return;
    event.preventDefault();
    await this.flush();
    if (this.leaving) return;
    if (!pending().length) return location.assign(link.href);
    this.#warnedOfLoss = true;
    announce(`Not saved, but ${this.kept}: ${listed(pending().map((entry) => entry.position))}. Follow the link again to leave it so.`);
  }
}
