// Light or dark on this device. Without script the page follows the person's setting, or the device.
const KEY = "theme";
const root = document.documentElement;

function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage may be forbidden; then the page's own theme stands
  }
}

function store(theme) {
  try {
    theme ? localStorage.setItem(KEY, theme) : localStorage.removeItem(KEY);
  } catch {
    // the choice then lasts until the page is left
  }
}

function show(theme) {
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else delete root.dataset.theme;
}

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function nameButton(button) {
  button.textContent = isDark() ? "Use light colours" : "Use dark colours";
}

function bindButton(button) {
  button.hidden = false;
  nameButton(button);
  button.addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    store(theme);
    show(theme);
    nameButton(button);
  });
}

function bindSetting(radio) {
  radio.addEventListener("change", () => {
    store(null); // the setting of the account wins over an earlier choice on this device
    show(radio.value);
  });
}

show(stored() ?? root.dataset.theme);
addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-theme-button]").forEach(bindButton);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.querySelectorAll("[data-theme-button]").forEach(nameButton));
  document.querySelectorAll("input[type=radio][name=theme]").forEach(bindSetting);
});
