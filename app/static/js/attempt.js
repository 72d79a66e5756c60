// Saves each change, shows the server's time, and offers single keys. Without it the page's own buttons do the same.
const form = document.querySelector("#answer-form");
const clockHolder = form ?? document.querySelector("#submit-form");
const SAVE_AFTER_MS = 900;
const GRACE_MS = 10_000; // as long as the server still takes what was under way when time ran out
const ASK_AGAIN_MS = 5_000;

// ---- the clock: the server's, carried on by this page's monotonic timer
const timeLeft = document.querySelector("[data-time-left]");
let offset = clockHolder ? Date.parse(clockHolder.dataset.now) - performance.now() : 0;
let deadline = clockHolder ? Date.parse(clockHolder.dataset.deadline) : 0;
const warned = new Set();
let ending = false;
let saveTheRest = async () => true; // the item page replaces both
let takeToken = () => {};

function tick() {
  const left = Math.max(0, Math.floor((deadline - (performance.now() + offset)) / 1000));
  timeLeft.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  for (const minutes of [10, 5, 1]) {
    if (left <= minutes * 60 && left > minutes * 60 - 5 && !warned.has(minutes)) {
      warned.add(minutes);
      announce(`${minutes} minute${minutes === 1 ? "" : "s"} left.`);
    }
  }
  if (left === 0) end();
}

// The server's time and end, or null without a connection.
async function askClock() {
  try {
    const response = await fetch(clockHolder.dataset.clock, { headers: { Accept: "application/json" } });
    if (!response.ok) return null;
    const reply = await response.json();
    takeToken(reply.csrf_token);
    offset = Date.parse(reply.server_now) - performance.now();
    deadline = Date.parse(reply.deadline_at);
    return { over: reply.state === "closed" || Date.parse(reply.server_now) > deadline + GRACE_MS, left: deadline - Date.parse(reply.server_now) };
  } catch {
    return null;
  }
}

// At 0:00 the last change is saved; once the server says that time is over, the page goes to the result.
async function end() {
  if (ending) return;
  ending = true;
  announce("Time is up. What is saved on the server counts.");
  await saveTheRest();
  let answer = await askClock();
  while (!answer?.over && !(answer?.left > 0)) {
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    answer = await askClock();
  }
  if (answer.over) return location.assign(clockHolder.dataset.clock.replace(/clock$/, "result"));
  ending = false; // the end was moved: the clock runs on
}

function announce(words) {
  let place = document.querySelector("#announcements");
  if (!place) {
    place = document.createElement("p");
    place.id = "announcements";
    place.className = "sr-only";
    place.setAttribute("role", "status");
    document.body.append(place);
  }
  place.textContent = words;
}

if (timeLeft && clockHolder) {
  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && askClock()); // a device that slept lost time
}

// ---- saving: a change is sent with an id of its own; until it is acknowledged exactly that is sent again, and nothing newer
if (form) {
  const line = document.querySelector("#save-line");
  const words = line.querySelector("span");
  const picture = line.querySelector("use");
  const csrf = form.querySelector('input[name="csrf_token"]');
  const baseSeq = form.querySelector('input[name="base_seq"]');
  const opId = form.querySelector('input[name="op_id"]');
  let timer = null;
  let queue = Promise.resolve(true); // one save at a time, in order
  let active = 0; // saves that are under way or wait for their turn
  let dirty = false; // changed since the last snapshot
  let pending = null; // sent, and not (yet) acknowledged
  let refused = false; // the server took note and said no: sending it again changes nothing
  let warnedOfLoss = false;

  const ICONS = { ok: "saved", wait: "alert", bad: "alert" };
  const say = (kind, text) => {
    line.className = `line line--${kind}`;
    picture?.setAttribute("href", picture.getAttribute("href").replace(/#.*/, `#i-${ICONS[kind]}`));
    words.textContent = text;
  };
  const newOpId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

  // A number as people type it, or null.
  const plain = (text) => {
    const number = text.trim().replace("\u2212", "-").replace(",", ".");
    return /^[-+]?\d{1,6}(\.\d{1,6})?$/.test(number) ? Number(number) : null;
  };
  const NOT_WHOLE = {
    needle_placement: "Not whole yet, so not saved: entry, tilt, inserted length and needle belong together",
    hotspot: "Not whole yet, so not saved: the point needs both numbers",
  };

  function answer() {
    const data = new FormData(form);
    switch (form.dataset.type) {
      case "single_best_answer":
        return data.get("choice") ? { choice: data.get("choice") } : {};
      case "multiple_response":
        return data.getAll("choices").length ? { choices: data.getAll("choices") } : {};
      case "numeric":
        return data.get("value")?.trim() ? { value: data.get("value").trim() } : {};
      case "matching": {
        const pairs = Object.fromEntries([...data.entries()].filter(([name, value]) => name.startsWith("pair-") && value).map(([name, value]) => [name.slice("pair-".length), value]));
        return Object.keys(pairs).length ? { pairs } : {};
      }
      case "hotspot": {
        const chosen = data.get("choice");
        const typed = [data.get("point_x")?.trim(), data.get("point_y")?.trim()];
        if (chosen !== "point" && (chosen || !typed.some(Boolean))) return chosen ? { choice: chosen } : {};
        const point = typed.map(plain);
        return point.some((value) => value === null) ? null : { point };
      }
      case "needle_placement": {
        if (data.get("decline")) return { decline: data.get("decline") };
        const names = ["entry_mm", "tilt_deg", "depth_mm", "needle_mm"];
        const set = names.filter((name) => data.get(name)?.trim());
        if (!set.length) return {};
        const values = Object.fromEntries(names.map((name) => [name, plain(data.get(name) ?? "")]));
        return Object.values(values).some((value) => value === null) ? null : values;
      }
      case "case": {
        const taken = data.get("taken")?.trim();
        return taken ? { actions: taken.split(" ") } : {};
      }
      default: {
        const placed = [...data.entries()]
          .filter(([name, place]) => name.startsWith("place-") && place)
          .map(([name, place]) => [Number(place), name.slice("place-".length)])
          .sort((a, b) => a[0] - b[0]);
        if (new Set(placed.map(([place]) => place)).size !== placed.length) return null;
        return placed.length ? { sequence: placed.map(([, key]) => key) } : {};
      }
    }
  }

  function snapshot() {
    const chosen = answer();
    if (chosen === null) return null;
    const data = new FormData(form);
    return {
      base_seq: Number(baseSeq.value),
      op_id: newOpId(),
      payload: { answer: chosen, struck: data.getAll("strike"), flag: data.get("flag") === "1" },
      certainty: data.get("certainty") || null,
      client_at: new Date().toISOString(),
    };
  }

  // Sends what is pending; null without an answer.
  async function send() {
    try {
      return await fetch(form.dataset.save, {
        method: "PUT",
        keepalive: true, // it is carried to its end when the page is left meanwhile
        signal: AbortSignal.timeout(15_000),
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf.value },
        body: JSON.stringify(pending),
      });
    } catch {
      return null;
    }
  }

  function later(text) {
    say("bad", text);
    clearTimeout(timer);
    timer = setTimeout(flush, ASK_AGAIN_MS);
    return false;
  }

  // True once the server has everything.
  async function drain() {
    let renewed = false;
    for (;;) {
      if (!pending) {
        if (!dirty) return !refused;
        pending = snapshot();
        if (!pending) {
          say("wait", NOT_WHOLE[form.dataset.type] ?? "Two steps have the same place: not saved yet");
          return false;
        }
        dirty = false;
      }
      say("wait", "Saving");
      const response = await send();
      if (!response) return later("No connection: not saved. Use Save and next once you are back.");
      const reply = await response.json().catch(() => ({}));
      if (response.ok) {
        baseSeq.value = reply.seq;
        opId.value = newOpId();
        offset = Date.parse(reply.server_now) - performance.now();
        deadline = Date.parse(reply.deadline_at);
        pending = null;
        refused = false;
        if (!dirty) say("ok", `Saved ${new Date(reply.saved_at).toLocaleTimeString("en-GB", { timeZone: form.dataset.zone })}`);
      } else if (response.status === 410) {
        location.assign(form.action.replace(/\?.*$/, "/result"));
        return false;
      } else if ((response.status === 400 || response.status === 401) && !renewed && (await askClock())) {
        renewed = true; // signed in again elsewhere: the new session has a new token, and the same change goes out with it
      } else if (response.status === 400 || response.status === 401) {
        return later("Your session has ended: not saved. Sign in again in another tab; this page then saves by itself.");
      } else if (response.status >= 500) {
        return later(`Not saved: ${reply.detail ?? "the server did not answer"} Trying again.`);
      } else {
        pending = null;
        refused = true;
        const why = reply.problems?.[0]?.message ?? reply.detail ?? "try Save and next";
        say("bad", response.status === 409 ? "Changed in another window: load the page again. Your answer is kept." : `Not saved: ${why}`);
        return false;
      }
    }
  }

  function flush() {
    clearTimeout(timer);
    if (!dirty && !pending) return queue;
    active += 1;
    queue = queue.then(drain).finally(() => {
      active -= 1;
    });
    return queue;
  }
  saveTheRest = flush;
  takeToken = (token) => {
    csrf.value = token;
  };

  form.addEventListener("input", () => {
    dirty = true;
    refused = false;
    warnedOfLoss = false;
    say("wait", "Changed: not saved yet");
    clearTimeout(timer);
    timer = setTimeout(flush, SAVE_AFTER_MS + Math.random() * 200);
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && flush());
  window.addEventListener("pagehide", flush);
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (active || (pending && dirty)) {
      event.preventDefault(); // a save on its way must land first, or the post would be out of date
      const button = event.submitter;
      if (!active) flush();
      queue.then(() => {
        if (pending && dirty) return; // still no answer: the page stays, says so and goes on trying; a post now could only be out of date
        setTimeout(() => form.requestSubmit(button)); // a form cannot be submitted from within its own event
      });
      return;
    }
    if (pending) {
      opId.value = pending.op_id; // the same change again: the server knows it if it arrived the first time
      baseSeq.value = pending.base_seq;
    }
    dirty = false; // the post carries the answer itself; hiding the page must not send it a second time
    pending = null;
  });

  // A link waits for what is not saved yet; if that fails it says so once, and the next press leaves.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || link.target || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if ((!dirty && !pending && !refused) || warnedOfLoss) return;
    event.preventDefault();
    if (await flush()) return location.assign(link.href);
    warnedOfLoss = true;
    say("bad", `${words.textContent} Follow the link again to leave without it.`);
  });

  // ---- single keys
  if (form.dataset.keys === "on") {
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=radio]):not([type=checkbox]), textarea, select")) return;
      const key = event.key.toUpperCase();
      if (key === "N") form.querySelector('button[value="next"]').click();
      else if (key === "G") form.querySelector('input[name="flag"]').click();
      else if (/^[A-F]$/.test(key)) form.querySelectorAll(".answer > label:first-child input")[key.charCodeAt(0) - 65]?.click();
    });
  }
}
