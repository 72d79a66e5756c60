// Follows each change of a form with the part of the page that answers it. Without it the form's button does the same.
const form = document.querySelector("form[data-live]");
if (form) {
  let timer = null;
  let asked = 0;
  async function refresh() {
    const mine = ++asked;
    const address = `${form.action.split("?")[0]}?${new URLSearchParams(new FormData(form))}`;
    let text;
    try {
      const response = await fetch(address, { headers: { Accept: "text/html" } });
      text = await response.text();
    } catch {
      return; // without a connection the page stays as it is; the button tells
    }
    if (mine !== asked) return;
    const part = new DOMParser().parseFromString(text, "text/html").querySelector("[data-live-part]");
    if (part) document.querySelector("[data-live-part]").replaceChildren(...part.childNodes);
  }
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, 180);
  });
}
