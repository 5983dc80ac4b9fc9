import { on } from "./dom.js";

const results = () => document.getElementById("results");
const boxes = () => [...results().querySelectorAll('input[name="ids"]')];
let last = null;

function show(everything = false) {
  const bar = results().querySelector("[data-bulk-bar]");
  const all = boxes();
  const ticked = all.filter((box) => box.checked);
  all.forEach((box) => (box.checked ? (box.closest("tr").dataset.state = "selected") : delete box.closest("tr").dataset.state));
  const head = results().querySelector("[data-select-page]");
  head.checked = ticked.length === all.length;
  head.indeterminate = ticked.length > 0 && !head.checked;
  const total = bar.querySelector("[data-select-everything]");
  bar.querySelector("[data-selected-count]").textContent = everything ? `All ${total.dataset.selectEverything}` : ticked.length;
  bar.querySelectorAll('input[type="hidden"]').forEach((input) => (input.disabled = !everything));
  bar.querySelector('[name="everything"]').value = everything ? "1" : "";
  if (total) total.hidden = everything;
  bar.hidden = ticked.length === 0;
}

on("change", '#results input[name="ids"]', (box) => {
  last = box;
  show();
});
on("click", '#results input[name="ids"]', (box, event) => {
  const all = boxes();
  if (!event.shiftKey || !last || !all.includes(last)) return;
  const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
  all.slice(from, to + 1).forEach((one) => (one.checked = box.checked));
});
on("change", "[data-select-page]", (head) => {
  boxes().forEach((box) => (box.checked = head.checked));
  show();
});
on("click", "[data-clear-selection]", () => {
  boxes().forEach((box) => (box.checked = false));
  show();
  results().querySelector("[data-select-page]").focus();
});
on("click", "[data-select-everything]", (button) => {
  boxes().forEach((box) => (box.checked = true));
  show(true);
  button.closest("[data-bulk-bar]").querySelector("[data-clear-selection]").focus();
});
