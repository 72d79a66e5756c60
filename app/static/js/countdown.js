// Says how many seconds are left to take something back. The page itself names the instant, which is true without script too.
const note = document.querySelector("[data-countdown]");
if (note) {
  const left = note.querySelector("[data-left]"); // for the eye, each second
  const said = note.querySelector("[data-said]"); // for the ear, politely and twice
  const button = note.querySelector("button");
  const total = Number(note.dataset.countdown) * 1000;
  const begun = performance.now();
  let timer = null;

  function over() {
    clearInterval(timer);
    left.textContent = "It has taken effect.";
    said.textContent = "It has taken effect.";
    if (button) button.disabled = true;
  }

  function tick() {
    const seconds = Math.ceil((total - (performance.now() - begun)) / 1000);
    if (seconds <= 0) return over();
    left.textContent = seconds === 1 ? "1 second left." : `${seconds} seconds left.`;
    if (seconds === 5) said.textContent = "5 seconds left.";
  }

  left.hidden = false;
  tick();
  said.textContent = left.textContent;
  timer = setInterval(tick, 250);
}
