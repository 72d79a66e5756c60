// The server's clock, carried on by this page's own timer; what the device's clock says is of no account.
import { askClock } from "./outbox.js";

const ASK_AFTER_MS = 11_000; // an end that moved is seen within 15 s
const ASK_AGAIN_MS = 5_000;
const GRACE_MS = 10_000; // as long as the server still takes what was under way when time ran out
const WARNINGS = [10, 5, 1];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export class ExamClock {
  #offset;
  #deadline;
  #started;
  #heardAt = performance.now();
  #left = null;
  #warned = new Set();
  #wall = Date.now() - performance.now();
  #ending = false;

  // `over` is called once the server says that the time is over, `ended` when this page's count reaches zero.
  constructor({ about, announce, heard, ended, over }) {
    Object.assign(this, { announce, heard, ended, over });
    this.attempt = Number(about.attempt);
    this.zone = about.zone;
    this.timeLeft = document.querySelector("[data-time-left]");
    this.gone = document.querySelector(".gauge .gone");
    this.#offset = Date.parse(about.now) - performance.now();
    this.#deadline = Date.parse(about.deadline);
    this.#started = Date.parse(about.started);
    setInterval(() => this.#tick(), 1_000);
    this.#later();
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.ask());
  }

  get msLeft() {
    return this.#deadline - (performance.now() + this.#offset);
  }

  // Milliseconds since the server last said anything.
  get silence() {
    return performance.now() - this.#heardAt;
  }

  contact() {
    this.#heardAt = performance.now();
  }

  // Every reply tells the server's time and the end.
  take(reply) {
    this.contact();
    this.#offset = Date.parse(reply.server_now) - performance.now();
    const deadline = Date.parse(reply.deadline_at);
    if (Math.abs(deadline - this.#deadline) > 500) this.#moved(deadline);
  }

  async ask() {
    const clock = await askClock(this.attempt);
    if (typeof clock === "string") {
      if (clock !== "offline") this.contact();
    } else {
      this.take(clock);
    }
    this.heard(clock);
    return clock;
  }

  #moved(deadline) {
    const extended = deadline > this.#deadline;
    this.#deadline = deadline;
    this.#warned.clear(); // another end has warnings of its own
    const parts = new Intl.DateTimeFormat("en-GB", { timeZone: this.zone, day: "numeric", month: "numeric", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).formatToParts(deadline);
    const { day, month, year, hour, minute } = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
    document.querySelector("[data-ends]").textContent = `${day} ${MONTHS[month - 1]} ${year}, ${hour}:${minute}`;
    this.announce(`Your time was ${extended ? "extended" : "changed"}: new end ${hour}:${minute}.`);
  }

  // Nothing is asked while the page is hidden; it catches up once it is seen again.
  #later() {
    const wait = ASK_AFTER_MS + Math.random() * 1_000 - Math.min(this.silence, ASK_AFTER_MS);
    setTimeout(async () => {
      if (document.visibilityState === "visible" && this.silence >= ASK_AFTER_MS) {
        const clock = await this.ask();
        if (typeof clock === "string") await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      }
      this.#later();
    }, Math.max(wait, 1_000));
  }

  #tick() {
    const wall = Date.now() - performance.now();
    if (Math.abs(wall - this.#wall) > 2_000) this.ask(); // the device slept, or its clock was set: the server tells
    this.#wall = wall;
    const left = Math.max(0, Math.floor(this.msLeft / 1_000));
    this.timeLeft.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    const share = Math.min(1, 1 - (left * 1_000) / (this.#deadline - this.#started));
    this.gone.setAttribute("d", `M0 7H${(share * 100).toFixed(1)}`);
    const passed = WARNINGS.filter((minutes) => this.#left !== null && this.#left > minutes * 60 && left <= minutes * 60 && !this.#warned.has(minutes)).at(-1);
    if (passed) {
      this.#warned.add(passed); // once, even if the server's time sets the page's back by a second
      this.announce(`${passed} minute${passed === 1 ? "" : "s"} left.`);
    }
    this.#left = left;
    if (left === 0) this.#end();
  }

  // At 0:00 the last change is sent; once the server says that time is over, the page goes to the result.
  async #end() {
    if (this.#ending) return;
    this.#ending = true;
    this.announce("Time is up. What is saved on the server counts.");
    await this.ended();
    for (;;) {
      const clock = await this.ask();
      if (typeof clock !== "string") {
        const now = Date.parse(clock.server_now);
        if (clock.state === "closed" || now > Date.parse(clock.deadline_at) + GRACE_MS) return this.over();
        if (now < Date.parse(clock.deadline_at)) break; // the end was moved: the clock runs on
      }
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    }
    this.#ending = false;
  }
}
