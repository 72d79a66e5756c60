// An exam page: every change is kept on this device, sent, and called saved once the server says so. Without script its forms do the same.
import { NOT_WHOLE, putBack, readForm } from "./answers.js";
import { ExamClock } from "./clock.js";
import { livingCopies, nameOfThisCopy, newName } from "./copy.js";
import { Outbox, ask } from "./outbox.js";
import { askToSignIn, bindGoOn, bindOffer, bindSignIn, focusOn, hide, offer, show, shown, tellOtherCopy } from "./panels.js";
import { canMakeFile, saveFile } from "./rescue.js";
import { openStore } from "./store.js";
import { announce, hush, listed, markPalette, say, whereKept } from "./words.js";

const form = document.querySelector("#answer-form");
const holder = form ?? document.querySelector("#submit-form");
const SAVE_AFTER_MS = 900;
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 30_000;
const FILE_AFTER_MS = 120_000; // as long as the server may be silent before the page offers a file

async function run() {
  const attempt = Number(holder.dataset.attempt);
  const person = Number(holder.dataset.person);
  const position = form ? Number(form.dataset.position) : 0;
  const place = { attempt, position, title: holder.dataset.title };
  const answered = new Map(); // what was saved since the page came, for the palette
  let ruling = holder.dataset.lease || null;
  let timer = null;
  let tries = 0; // in a row without a reply
  let blocked = null; // why nothing can be sent now: session, stranger
  let warnedOfLoss = false;
  let sentSomething = false;
  let over = false;
  let leaving = false;
  let unsent = new Set(); // positions
  let ready = () => {};
  const restored = new Promise((resolve) => {
    ready = resolve;
  });

  const token = () => document.querySelector('input[name="csrf_token"]').value;
  const takeToken = (fresh) => {
    for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = fresh;
  };

  const showAgain = () => location.assign(form ? `/attempts/${attempt}?q=${position}` : `/attempts/${attempt}/review`);

  let early = false; // typed before the store was open
  let typed = () => {
    early = true;
  };
  form?.addEventListener("input", () => typed());
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    begun.then(() => move(event.submitter));
  });
  if (form?.dataset.keys === "on") document.addEventListener("keydown", singleKeys);
  let begin = () => {};
  const begun = new Promise((resolve) => {
    begin = resolve;
  });
  const clock = new ExamClock({
    holder,
    announce,
    heard: (reply) => begun.then(() => heard(reply)),
    ended: () => begun.then(() => flush()),
    over: () => begun.then(leave),
  });
  const store = await openStore();
  const outbox = new Outbox({ store, person, token, told, renewed: ({ csrf_token }) => takeToken(csrf_token) });
  const kept = () => whereKept(store);
  if (form) outbox.shows(place, Number(form.elements.base_seq.value));
  typed = write;
  if (early) write();
  const copy = await nameOfThisCopy(ruling, store);
  await outbox.named(copy);
  if (form) form.elements.lease.value = copy ?? "";
  begin();

  // ---- what the queue tells
  function told(word, entry, body) {
    if (word === "sending") {
      if (entry.position === position) say("wait", "Saving");
      return;
    }
    tries = 0;
    blocked = null;
    hide("rescue");
    if (body?.server_now) clock.take(body);
    else clock.contact();
    if (word === "saved") saved(entry, body);
    if (word === "held") held(entry, body);
    if (word === "late") over = true;
    sentSomething = true;
    mark();
  }

  function saved(entry, body) {
    ruling ??= copy;
    answered.set(entry.position, Object.keys(entry.payload.answer).length > 0);
    if (entry.position !== position) return;
    form.elements.op_id.value = newName(); // for a post of the form, which must not repeat an id
    hide("changed");
    form.elements.base_seq.value = body.seq;
    if (!outbox.waiting(place).length) saySaved(body.saved_at, body.seq);
  }

  function saySaved(at, seq) {
    say("ok", `Saved ${new Date(at).toLocaleTimeString("en-GB", { timeZone: holder.dataset.zone })}`, seq);
  }

  function held(entry, body) {
    if (entry.held === "other_copy") clock.ask(); // which copy it is that rules
    if (entry.position === position) tell(entry);
  }

  // What the line says of an answer that is not on its way.
  function tell(entry) {
    const text = {
      changed: `Not saved: changed elsewhere. Yours is ${kept()}`,
      other_copy: `Not saved: another copy of this page counts. Yours is ${kept()}`,
      refused: `Not saved: ${entry.why} It is ${kept()}.`,
    }[entry.held];
    if (entry.held === "changed") offer(form, entry);
    if (text) say("bad", text);
    else if (!entry.payload) say("wait", `${NOT_WHOLE[form.dataset.type] ?? "Not whole yet"}. Not saved, ${kept()}`);
    else say("wait", `Not yet saved, ${kept()}`);
  }

  async function mark() {
    unsent = new Set((await outbox.mine(attempt)).map((entry) => entry.position));
    markPalette(unsent, answered, kept());
    const note = document.querySelector("#unsent");
    if (!note) return;
    note.hidden = unsent.size === 0;
    const text = `Not yet saved, ${kept()}: ${listed(unsent)}. Everything else shown here is saved on the server.`;
    const words = note.querySelector("[data-words]");
    if (words.textContent !== text) words.textContent = text;
  }

  // ---- sending
  async function flush() {
    clearTimeout(timer);
    await restored;
    const stopped = await outbox.flush(attempt);
    if (stopped === "done") return settled();
    const entry = outbox.waiting(place).find((other) => !other.held);
    const words = {
      offline: ["off", `Offline, ${kept()}`],
      busy: ["bad", `Not yet saved, ${kept()}: ${outbox.why ?? "the server did not answer."} Trying again.`],
      session: ["bad", `Not yet saved, ${kept()}: your session has ended`],
      stranger: ["bad", `Not yet saved, ${kept()}: somebody else is signed in here`],
    }[stopped];
    if (entry) say(...words);
    if (stopped === "session" || stopped === "stranger") {
      clock.contact();
      signInNeeded(stopped);
    } else {
      const wait = Math.min(FIRST_WAIT_MS * 2 ** tries, LONGEST_WAIT_MS) * (0.75 + Math.random() / 2);
      tries += 1;
      timer = setTimeout(flush, wait);
    }
    mark();
    return false;
  }

  async function settled() {
    tries = 0;
    if (over) return leave();
    if (form && !shown("again")) {
      const entry = outbox.waiting(place).at(-1);
      if (entry && (entry.held || !entry.payload)) tell(entry);
    } else if (!form && sentSomething) {
      showAgain(); // the review shows what the server has, and that has changed
    }
    return outbox.waiting(place).length === 0;
  }

  function signInNeeded(why) {
    if (blocked !== why) announce(`${why === "session" ? "Your session has ended." : "Somebody else is signed in."} What you typed is ${kept()}.`, { id: "again", words: "Sign in again" });
    blocked = why;
    askToSignIn(why);
  }

  bindSignIn(person, async (fresh) => {
    takeToken(fresh);
    blocked = null;
    announce("You are signed in again.");
    (form?.querySelector(":checked, input:not([type=hidden])") ?? document.querySelector("#main")).focus();
    await flush();
    const entry = form && outbox.waiting(place).at(-1);
    if (entry) tell(entry);
  });

  // ---- the clock's replies
  function heard(reply) {
    if (reply === "session" || reply === "stranger") return signInNeeded(reply);
    if (reply === "offline") return;
    takeToken(reply.csrf_token);
    if (blocked) {
      blocked = null;
      hide("again");
      hush();
      flush();
    }
    rules(reply.lease, reply.lease_at);
  }

  // Which copy's answers count. One of this browser whose page is gone is succeeded without a question.
  async function rules(lease, since) {
    ruling = lease;
    if (lease && copy && lease !== copy) {
      const here = await store.knowsCopy(lease).catch(() => false);
      const living = await livingCopies();
      if (here && living && !living.has(lease)) return takeOver();
      if (!shown("other-copy")) announce("This attempt goes on in another window or device.", { id: "other-copy", words: "Go on here instead" });
      return tellOtherCopy(here, since, holder.dataset.zone);
    }
    hide("other-copy");
    if (await outbox.release(attempt, "other_copy")) await flush();
    return undefined;
  }

  // True once the server lets this copy rule; what was held back for that goes out again.
  async function takeOver() {
    const answer = await ask(`/attempts/${attempt}/lease`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
      body: JSON.stringify({ lease: copy }),
    });
    if (answer?.ok) await rules(copy);
    return answer;
  }

  bindGoOn(async () => {
    const before = outbox.waiting(place).length;
    const answer = await takeOver();
    if (!answer?.ok) return announce(answer ? (answer.body.detail ?? "This did not work. Try again.") : "No connection. Try again once you are back online.");
    announce("This window counts now.");
    document.querySelector("#main").focus();
    if (!before) showAgain(); // with what the other copy saved meanwhile
    return undefined;
  });

  // ---- the end
  async function leave() {
    if (leaving) return;
    leaving = true;
    await outbox.release(attempt); // what was held back is evidence now; the server keeps it as that
    await outbox.flush(attempt);
    const rest = await outbox.mine(attempt);
    await outbox.drop(rest.filter((entry) => !entry.payload)); // never an answer, and it cannot become one
    location.assign(`/attempts/${attempt}/result`);
  }

  // ---- a file, when nothing else helps
  if (canMakeFile) {
    setInterval(async () => {
      if (clock.silence < FILE_AFTER_MS && clock.msLeft > 0) return;
      const entries = (await outbox.mine(attempt)).filter((entry) => entry.payload);
      if (entries.length && (clock.silence >= FILE_AFTER_MS || clock.msLeft < -1_000)) show("rescue");
      else hide("rescue");
    }, 1_000);
    document.querySelector("#rescue button").addEventListener("click", async () => {
      await saveFile(attempt, person, (await outbox.mine(attempt)).filter((entry) => entry.payload));
    });
  }

  // ---- leaving the page
  function later() {
    clearTimeout(timer);
    timer = setTimeout(flush, SAVE_AFTER_MS + Math.random() * 200);
  }
  document.addEventListener("visibilitychange", () => (unsent.size || outbox.waiting(place).length) && flush());
  addEventListener("online", () => flush());
  addEventListener("pagehide", () => outbox.sendAtOnce());
  if ("BroadcastChannel" in globalThis) new BroadcastChannel("unsent").onmessage = () => flush(); // somebody is about to sign out

  // A link waits for what is not saved yet; if that fails it says so once, and the next press leaves.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || link.hash || link.target || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (warnedOfLoss || (!outbox.waiting(place).length && !outbox.busy)) return;
    event.preventDefault();
    if (await flush()) return location.assign(link.href);
    warnedOfLoss = true;
    announce(`Item ${position} is not saved, but ${kept()}. Follow the link again to leave it so.`);
  });

  if (form) itemPage();
  else reviewPage();
  if (ruling && ruling !== copy) restored.then(() => rules(ruling, holder.dataset.leaseAt));

  async function itemPage() {
    const here = outbox.waiting(place);
    const before = (await outbox.mine(attempt)).filter((entry) => entry.position === position && !here.includes(entry));
    await catchUp(); // after the look into the queue: what leaves it is noted there
    outbox.adopt(before);
    if (before.length && !outbox.waiting(place).some((entry) => here.includes(entry))) {
      putBack(form, before.at(-1).typed);
      tell(before.at(-1));
    }
    form.dataset.restored = ""; // the form shows what was typed last
    ready();

    bindOffer(
      async () => {
        await outbox.release(attempt, "changed");
        hide("changed");
        form.querySelector("input:checked, input:not([type=hidden]), select")?.focus();
        flush();
      },
      async () => {
        await outbox.drop(outbox.waiting(place));
        showAgain(); // the page is built from what the server has
      },
    );

    mark();
    flush();
  }

  // The page may have left the server before the last save of this browser arrived there; then that one is shown.
  async function catchUp() {
    const last = await store.savedLast(person, attempt, position).catch(() => undefined);
    if (!last || last.seq <= Number(form.elements.base_seq.value)) return;
    form.elements.base_seq.value = last.seq;
    outbox.shows(place, last.seq);
    const early = outbox.waiting(place);
    for (const entry of early) entry.base_seq = last.seq;
    if (early.length) return; // typed meanwhile: that stays
    putBack(form, last.typed);
    saySaved(last.at, last.seq);
  }

  function write() {
    warnedOfLoss = false;
    if (!blocked) say("wait", "Not yet saved");
    outbox.write(place, readForm(form)).then(() => {
      const entry = outbox.waiting(place).at(-1);
      if (entry && !entry.sent && !blocked) tell(entry);
      mark();
    });
    later();
  }

  // Goes on once the item is saved; what the server will not take is posted, so that the page it answers with says why.
  async function move(button) {
    const done = await flush();
    const entry = outbox.waiting(place).at(-1);
    if (!done && entry?.held === "changed") return focusOn("changed");
    if (!done && entry?.held === "other_copy") return focusOn("other-copy");
    if (!done && entry && (entry.held === "refused" || !entry.payload)) return post(button);
    if (!done) return announce(`Item ${position} is not saved yet, but ${kept()}. You can go on once the server answers.`);
    if (button?.name === "act") return post(button);
    const count = Number(form.dataset.count);
    const target = { back: position - 1, next: position + 1, stay: position }[button?.value ?? "next"];
    location.assign(target > count ? `/attempts/${attempt}/review` : `/attempts/${attempt}?q=${Math.max(target, 1)}`);
  }

  function post(button) {
    const named = Object.assign(document.createElement("input"), { type: "hidden", name: button?.name ?? "go", value: button?.value ?? "next" });
    form.append(named);
    form.submit(); // the form's own event is over; nothing asks again
  }

  function singleKeys(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=radio]):not([type=checkbox]), textarea, select")) return;
    const key = event.key.toUpperCase();
    if (key === "N") form.querySelector('button[value="next"]').click();
    else if (key === "G") form.querySelector('input[name="flag"]').click();
    else if (/^[A-F]$/.test(key)) form.querySelectorAll(".answer > label:first-child input")[key.charCodeAt(0) - 65]?.click();
  }

  async function reviewPage() {
    ready();
    let sure = false;
    holder.addEventListener("submit", (event) => {
      if (sure || (!unsent.size && !outbox.busy)) return;
      event.preventDefault();
      flush().then(async () => {
        await mark();
        sure = unsent.size > 0;
        if (sure) announce(`Not submitted: ${listed(unsent)} not saved yet. Submit again to submit without.`);
        else if (!sentSomething) holder.requestSubmit();
      });
    });
    await mark();
    if (unsent.size) flush();
  }
}

if (holder) run();
