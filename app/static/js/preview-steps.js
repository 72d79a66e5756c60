// Takes the steps of a preview one by one and shows how far it is. Without it the page's own button takes several at once.
const form = document.querySelector("#preview-form");
const bar = document.querySelector("#preview-bar");
const words = document.querySelector("#preview-words");

async function step() {
  const reply = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
  if (!reply.ok) throw new Error(String(reply.status));
  return reply.json();
}

async function run(told) {
  form.hidden = true;
  try {
    for (;;) {
      const now = await step();
      const { done, total, said } = told(now);
      bar.max = Math.max(1, total);
      bar.value = done;
      words.textContent = said;
      if (now.phase === "ready") return location.reload();
    }
  } catch {
    words.textContent = "The connection broke off. What was computed is kept; go on when it is back.";
    form.hidden = false; // the button goes on where it stopped
  }
}

// `told` makes {done, total, said} of what the server answers to a step.
export function takeSteps(told) {
  if (form && bar && words) run(told);
}
