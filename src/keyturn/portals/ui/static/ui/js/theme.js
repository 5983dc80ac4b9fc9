import { on } from "./dom.js";

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

function show() {
  const theme = root.dataset.theme;
  const dark = theme === "dark" || (theme === "system" && system.matches);
  root.classList.toggle("dark", dark);
  document.querySelectorAll("button.btn[data-set-theme]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.setTheme === theme)));
  document.querySelectorAll("[data-theme-toggle]").forEach((button) => button.setAttribute("aria-pressed", String(dark)));
}

function choose(theme) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `keyturn_theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  root.dataset.theme = theme;
  show();
}

on("click", "[data-theme-toggle]", () => choose(root.classList.contains("dark") ? "light" : "dark"));
on("click", "[data-set-theme]", (button) => choose(button.dataset.setTheme));
system.addEventListener("change", show);
document.addEventListener("htmx:load", show);
show();
