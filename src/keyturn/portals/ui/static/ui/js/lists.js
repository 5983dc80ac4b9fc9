import { on } from "./dom.js";
import { open } from "./dialogs.js";

// Clears at once: the search event does not wait for the pause in typing.
function clearSearch() {
  const search = document.getElementById("list-search");
  search.value = "";
  search.dispatchEvent(new Event("search", { bubbles: true }));
  search.focus();
}

on("click", "[data-clear-search]", (button, event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  clearSearch();
}, true);
on("keydown", "#list-search", (search, event) => {
  if (event.key !== "Escape" || !search.value) return;
  event.preventDefault();
  clearSearch();
});

// "Date range…" opens its dialog instead of asking the server; any other choice drops the dates.
on("change", "select[data-range]", (select, event) => {
  if (select.value === "range") {
    event.stopImmediatePropagation();
    select.value = [...select.options].find((option) => option.defaultSelected)?.value ?? "";
    open(document.getElementById(select.dataset.range), select);
  } else {
    document.querySelectorAll(`[data-range-end="${select.name}"]`).forEach((input) => input.remove());
  }
}, true);

on("htmx:configRequest", "[data-sort-form]", (form, event) => {
  const { parameters } = event.detail;
  parameters.order = `${form.querySelector("select").value}-${form.querySelector("input:checked").value}`;
  delete parameters["sort-direction"];
});
on("htmx:configRequest", "[data-range-form]", (form, event) => {
  const { parameters } = event.detail;
  for (const input of form.querySelectorAll("input")) parameters[input.name] = input.value;
  parameters[form.dataset.rangeForm] = "";
});

// An address holds what differs from the ordinary; empty fields say nothing.
document.addEventListener("htmx:configRequest", (event) => {
  const { parameters, verb } = event.detail;
  if (verb !== "get") return;
  for (const name of Object.keys(parameters)) if (parameters[name] === "") delete parameters[name];
});

// Rows turn into bars only when the answer takes longer than a blink.
let waiting = 0;
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target?.id !== "results") return;
  clearTimeout(waiting);
  waiting = setTimeout(() => document.getElementById("results")?.setAttribute("aria-busy", "true"), 200);
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.target?.id !== "results") return;
  clearTimeout(waiting);
  document.getElementById("results")?.removeAttribute("aria-busy");
});
