import { csrfToken, on, setIcon } from "./dom.js";
import { toast } from "./toasts.js";

// ---------- a form goes out once ----------
export function setBusy(form, button, busy) {
  if (busy) form.dataset.busy = "";
  else delete form.dataset.busy;
  if (!button) return;
  button.querySelector(".spinner")?.remove();
  button.toggleAttribute("aria-busy", busy);
  if (!busy) return button.removeAttribute("aria-busy");
  button.setAttribute("aria-busy", "true");
  const icons = document.getElementById("toaster").dataset.icons;
  button.insertAdjacentHTML("afterbegin", `<svg class="icon spinner animate-spin" aria-hidden="true"><use href="${icons}#i-loader-circle"></use></svg>`);
}

function refuse(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    // The page stays when a form answers in a tab or frame of its own or with a file: it may go out again.
    const elsewhere = form.target === "_blank" || event.submitter?.formTarget;
    const file = "download" in form.dataset;
    if (file || elsewhere) {
      // The second half of a double click asks for nothing.
      if (event.timeStamp - form.dataset.sent < 2000) return refuse(event);
      form.dataset.sent = event.timeStamp;
    }
    if (file) document.body.dispatchEvent(new Event("fileAsked"));
    if (form.method !== "post" || elsewhere || file) return;
    if ("busy" in form.dataset) return refuse(event);
    setBusy(form, event.submitter, true);
  },
  true,
);
const release = () => document.querySelectorAll("form[data-busy]").forEach((form) => setBusy(form, form.querySelector("[aria-busy]"), false));
addEventListener("pageshow", release);
document.addEventListener("htmx:afterRequest", release);

on("click", "[data-unveil]", (button) => {
  const veiled = document.getElementById(button.getAttribute("aria-controls")).toggleAttribute("data-veiled");
  button.setAttribute("aria-pressed", String(!veiled));
});

// ---------- keys and other values that the server tells on request ----------
async function ask(url) {
  const response = await fetch(url, { method: "POST", headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" } });
  if (!response.ok || response.redirected) throw new Error(String(response.status));
  const answer = await response.json();
  return answer.key ?? answer.value;
}

// Without TLS browsers hide the clipboard interface; the old command still works.
function copyByCommand(text) {
  const area = Object.assign(document.createElement("textarea"), { value: text, readOnly: true, className: "sr-only" });
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  const focused = document.activeElement;
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus();
  if (!done) throw new Error("copy");
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(await text).catch(async () => copyByCommand(await text));
  return copyByCommand(await text);
}

on("click", "[data-copy], [data-copy-url]", async (button) => {
  const icon = button.querySelector(".icon");
  try {
    await copy("copyUrl" in button.dataset ? ask(button.dataset.copyUrl) : button.dataset.copy);
    setIcon(icon, "check");
    button.dataset.copied = "";
    toast({ text: "Copied" });
    setTimeout(() => {
      setIcon(icon, "copy");
      delete button.dataset.copied;
    }, 2000);
  } catch {
    toast({ text: "Could not copy.", detail: "Reload the page and try again.", tone: "bad" });
  }
});

const masks = new WeakMap();
on("click", "[data-reveal-url]", async (button) => {
  const shown = button.getAttribute("aria-pressed") === "true";
  const place = button.closest(".copyable, .panel").querySelector("[data-key]");
  try {
    if (!shown) masks.set(button, place.textContent);
    place.textContent = shown ? masks.get(button) : await ask(button.dataset.revealUrl);
    button.setAttribute("aria-pressed", String(!shown));
    setIcon(button.querySelector(".icon"), shown ? "eye" : "eye-off");
  } catch {
    toast({ text: "Could not show the key.", detail: "Reload the page and try again.", tone: "bad" });
  }
});

on("click", "[data-show-password]", (button) => {
  const input = button.parentElement.querySelector("input");
  const shown = input.type === "text";
  input.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", String(!shown));
  setIcon(button.querySelector(".icon"), shown ? "eye" : "eye-off");
});

// ---------- editing in place: Esc gives up ----------
on("keydown", "[data-in-place]", (form, event) => {
  if (event.key === "Escape") form.querySelector("[data-give-up]").click();
});

const takeFocus = () => document.querySelector("main [data-take-focus]")?.focus();
document.addEventListener("htmx:load", takeFocus);
takeFocus();

// ---------- presets: tick exactly the named boxes of a group ----------
on("click", "[data-check-only]", (button) => {
  const wanted = new Set(button.dataset.values.split(" "));
  for (const box of document.getElementById(button.dataset.checkOnly).querySelectorAll("input[type='checkbox']")) {
    box.checked = wanted.has(box.value);
  }
  showWholes();
});

// ---------- a group of boxes, with one that ticks them all ----------
const boxesOf = (group) => [...group.querySelectorAll("input[type='checkbox']:not([data-check-all])")];
const showWhole = (group) => {
  const boxes = boxesOf(group);
  const head = group.querySelector("[data-check-all]");
  const ticked = boxes.filter((box) => box.checked).length;
  head.checked = ticked === boxes.length;
  head.indeterminate = ticked > 0 && !head.checked;
};
on("change", "[data-check-group] input", (box) => {
  const group = box.closest("[data-check-group]");
  if (box.matches("[data-check-all]")) for (const one of boxesOf(group)) one.checked = box.checked;
  showWhole(group);
});
const showWholes = () => document.querySelectorAll("[data-check-group]").forEach(showWhole);
document.addEventListener("htmx:load", showWholes);
showWholes();
