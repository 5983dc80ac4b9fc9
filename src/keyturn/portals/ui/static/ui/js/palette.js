import { on } from "./dom.js";

const COMBOBOX = '#palette [role="combobox"]';
const field = () => document.querySelector(COMBOBOX);
const results = () => document.getElementById("palette-results");
const options = () => [...results().querySelectorAll('[role="option"]')];
const selected = () => results().querySelector('[aria-selected="true"]');
let openFirst = false;

function select(option) {
  options().forEach((one) => one.setAttribute("aria-selected", String(one === option)));
  field().setAttribute("aria-expanded", String(options().length > 0));
  if (!option) return field().removeAttribute("aria-activedescendant");
  field().setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function empty() {
  results().replaceChildren();
  select(null);
}

function note(text) {
  const line = Object.assign(document.createElement("p"), { className: "palette-note text-bad", textContent: text });
  line.setAttribute("role", "alert");
  results().replaceChildren(line);
  select(null);
}

on("keydown", COMBOBOX, (input, event) => {
  const all = options();
  const at = all.indexOf(selected());
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (all.length) select(all.at((event.key === "ArrowDown" ? at + 1 : Math.max(at, 0) - 1) % all.length));
  } else if (event.key === "Enter" && !event.isComposing) {
    event.preventDefault();
    // Faster than the answer: ask now, and open its first result.
    const current = results().querySelector("[data-term]")?.dataset.term === input.value.trim();
    const chosen = current ? (selected() ?? all[0]) : null;
    if (chosen && (event.ctrlKey || event.metaKey)) window.open(chosen.href);
    else if (chosen) chosen.click();
    else if (!current && input.value.trim().length > 1) {
      openFirst = true;
      input.dispatchEvent(new Event("search", { bubbles: true }));
    }
  }
});
on("mousemove", '#palette [role="option"]', (option) => option === selected() || select(option));

// One letter asks nothing.
on("input", COMBOBOX, (input, event) => {
  openFirst = false;
  if (input.value.trim().length > 1) return;
  event.stopImmediatePropagation();
  window.htmx?.trigger(input, "htmx:abort");
  empty();
}, true);

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id !== "palette-results") return;
  if (field().value.trim().length < 2) return empty();
  const first = options()[0];
  select(first ?? null);
  if (openFirst) first?.click();
  openFirst = false;
});
for (const kind of ["htmx:responseError", "htmx:sendError"])
  document.addEventListener(kind, (event) => {
    if (event.detail.target?.id === "palette-results") note("The search did not answer. Check your connection and try again.");
  });

function reset() {
  field().value = "";
  openFirst = false;
  empty();
}

document.addEventListener("opening", (event) => event.target.id === "palette" && reset());
// Told late: by then it may be open again, with text in it.
document.addEventListener("close", (event) => event.target.id === "palette" && !event.target.open && reset(), true);
