// Answers of an exam that are still on this device: every page tries to send them, and signing out says so first. So it does of
// forms of observations that are not signed: they are sent by nobody but their observer, and signing out removes them.
import { openDrafts } from "./drafts.js";
import { openStore } from "./attempt/store.js";
import { Outbox, askClock } from "./attempt/outbox.js";
import { listed } from "./attempt/words.js";

const form = document.querySelector("form[data-sign-out]");
const OTHER_PAGES_MS = 2_500; // as long as an open exam page gets to send its own
const LOOK_EVERY_MS = 100;

// One line for each exam: which items are not saved yet.
function inWords(entries) {
  const titles = [...new Set(entries.map((entry) => entry.title))];
  return titles.map((title) => `${title}: ${listed(entries.filter((entry) => entry.title === title).map((entry) => entry.position))}`);
}

function make(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

async function guard() {
  const person = Number(form.dataset.person);
  let sure = false;
  let ready = () => {};
  const opened = new Promise((resolve) => {
    ready = resolve;
  });
  form.addEventListener("submit", async (event) => {
    if (sure) return;
    event.preventDefault();
    const { sendAll, refuse } = await opened;
    const left = await sendAll();
    if (left.length) return refuse(left);
    await leave();
  });
  const drafts = await openDrafts();
  const outbox = new Outbox({
    store: await openStore(),
    person,
    token: () => form.elements.csrf_token.value,
    told: () => {},
    renewed: ({ csrf_token }) => {
      form.elements.csrf_token.value = csrf_token;
    },
  });

  // What no page that is open could send. Of a closed attempt everything goes out: the server keeps it as evidence.
  async function sendLeftovers() {
    for (const attempt of new Set((await outbox.mine()).map((entry) => entry.attempt))) {
      const clock = await askClock(attempt);
      if (clock.state === "closed") {
        await outbox.release(attempt);
        await outbox.drop((await outbox.mine(attempt)).filter((entry) => !entry.payload));
      }
      await outbox.flush(attempt);
    }
  }

  async function sendAll() {
    const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel("unsent") : null;
    channel?.postMessage("flush");
    await sendLeftovers();
    for (let waited = 0; waited < OTHER_PAGES_MS && (await outbox.entries()).length > (await outbox.mine()).length; waited += LOOK_EVERY_MS) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    channel?.close();
    return outbox.entries();
  }

  // Signing out goes on once no form is left here, or its observer says that it may go.
  async function leave() {
    const forms = await drafts.of(person);
    if (forms.length) return refuseForms(forms);
    sure = true;
    form.requestSubmit();
  }

  function refuse(entries) {
    const lines = inWords(entries).map((words) => make("li", { textContent: words }));
    const why = "They are kept on this device, and nobody else who signs in here sees or sends them. The server could not take them just now.";
    const go = "Sign out; answers stay on this device until I sign in here again";
    stopAndAsk("Not signed out: some answers are not saved yet", why, lines, go, leave);
  }

  function refuseForms(forms) {
    const lines = forms.map((entry) => make("li", {}, make("a", { href: `/observations/${entry.observation}`, textContent: entry.title })));
    const why = "What you filled in is kept on this device alone. Sign it, or keep it as a draft on the server. Signing out removes it from this device, so that nobody else finds it here.";
    stopAndAsk("Not signed out: an observation is not signed yet", why, lines, "Sign out and remove it from this device", async () => {
      if ("BroadcastChannel" in globalThis) new BroadcastChannel("forms").postMessage({ removed: person });
      await drafts.removeAll(person);
      sure = true;
      form.requestSubmit();
    });
  }

  function stopAndAsk(heading, reason, lines, words, goOn) {
    document.querySelector("#unsent-note")?.remove();
    document.querySelector("#menu")?.hidePopover?.();
    const button = form.querySelector("button");
    const stay = make("button", { type: "button", className: "btn btn--primary", textContent: "Stay" });
    const go = make("button", { type: "button", className: "btn", textContent: words });
    const list = make("ul", { className: "bullets" }, ...lines);
    const title = make("h2", { textContent: heading });
    const why = make("p", { textContent: reason });
    const panel = make("section", { id: "unsent-sign-out", className: "card stack", tabIndex: -1 }, title, why, list, make("div", { className: "row" }, stay, go));
    panel.setAttribute("role", "alert");
    const holder = make("div", { id: "unsent-note", className: "flashes" }, panel);
    stay.addEventListener("click", () => {
      holder.remove();
      button.focus();
    });
    go.addEventListener("click", goOn);
    document.querySelector("#main").prepend(holder);
    panel.focus();
  }

  function note(text, href, words) {
    if (document.querySelector("#unsent-note")) return; // signing out has told it already
    const told = make("p", { textContent: `${text} ` }, make("a", { href, textContent: words }));
    const holder = make("div", { id: "unsent-note", className: "flashes" }, make("div", { className: "note note--wait" }, told));
    holder.setAttribute("role", "status");
    document.querySelector("#main").prepend(holder);
  }

  ready({ sendAll, refuse });
  const forms = (await drafts.of(person)).filter((entry) => location.pathname !== `/observations/${entry.observation}`);
  await sendLeftovers();
  const left = await outbox.mine();
  if (left.length) note(`Not yet saved, kept on this device: ${inWords(left).join("; ")}.`, `/attempts/${left[0].attempt}?q=${left[0].position}`, "Open the exam");
  else if (forms.length) note(`Not signed yet, kept on this device: ${forms[0].title}.`, `/observations/${forms[0].observation}`, "Open the observation");
}

if (form) guard();
