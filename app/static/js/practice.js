// Single keys of practice: a letter chooses its answer, N goes on. Without it the page's own controls do the same.
const form = document.querySelector("#practice-form");
const next = document.querySelector("[data-next] button");
if (form?.dataset.keys === "on" || next?.form.dataset.next === "on") {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=radio]):not([type=checkbox]), textarea, select, [role=application]")) return;
    const key = event.key.toUpperCase();
    if (key === "N") (next ?? form.querySelector(".moves .btn--primary"))?.click();
    else if (form && /^[A-F]$/.test(key)) form.querySelectorAll(".answer > label:first-child input")[key.charCodeAt(0) - 65]?.click();
  });
}
