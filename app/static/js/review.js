// A chooses Accept, R chooses Reject, E opens the item; the same as the page's own controls.
const form = document.querySelector("#review-form");
document.addEventListener("keydown", (event) => {
  if (form?.dataset.keys !== "on" || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=radio]), textarea, select")) return;
  const key = event.key.toUpperCase();
  if (key === "A") form.querySelector('input[value="accept"]').click();
  else if (key === "R") form.querySelector('input[value="reject"]').click();
  else if (key === "E") document.querySelector('a[href^="/admin/items/"]')?.click();
});
