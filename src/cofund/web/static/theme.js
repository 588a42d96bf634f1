// Light or dark: the system's choice until the reader makes one, which this browser keeps.
import { store, stored } from "./storage.js";

const root = document.documentElement;

function dark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

export function chooseTheme(changed) {
  const kept = stored("cofund theme");
  if (kept) root.dataset.theme = kept;
  const button = document.getElementById("theme");
  const label = () => { button.textContent = dark() ? "Light" : "Dark"; button.setAttribute("aria-label", `${button.textContent} colours`); };
  button.hidden = false;
  label();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { label(); changed(); });
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    store("cofund theme", root.dataset.theme);
    label();
    changed();
  });
}
