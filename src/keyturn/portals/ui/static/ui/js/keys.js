import { open } from "./dialogs.js";

const apple = /Mac|iPhone|iPad/.test(navigator.platform);
const typing = (element) => element.closest("input:not([type='checkbox'], [type='radio']), textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if ((event.metaKey || event.ctrlKey) && !event.altKey && event.key.toLowerCase() === "k") {
    const palette = document.getElementById("palette");
    if (!palette) return;
    event.preventDefault();
    if (palette.open) palette.close();
    else open(palette);
  } else if (event.altKey && event.code === "KeyD") {
    const home = document.querySelector("[data-home]");
    if (!home) return;
    event.preventDefault();
    home.click();
  } else if (event.key === "/" && !event.ctrlKey && !event.metaKey && !typing(event.target) && !document.querySelector("dialog[open]")) {
    const search = document.getElementById("list-search");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  }
});

function nameModifier() {
  if (apple) document.querySelectorAll("[data-modifier-key]").forEach((key) => (key.textContent = `⌘${key.dataset.modifierKey}`));
}
document.addEventListener("htmx:load", nameModifier);
nameModifier();
