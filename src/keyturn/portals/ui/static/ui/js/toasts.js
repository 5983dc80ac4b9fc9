import { on, setIcon } from "./dom.js";

const ICONS = { ok: "circle-check", info: "info", warn: "triangle-alert", bad: "circle-alert" };
const STAYS = ["warn", "bad"];

function dismiss(toast) {
  toast.setAttribute("aria-hidden", "true");
  toast.inert = true;
  setTimeout(() => toast.remove(), 350);
}

// Five seconds, not counting those in which somebody reads or has the focus in it.
function expire(toast) {
  if (STAYS.includes(toast.dataset.tone)) return;
  let left = 5000;
  const tick = setInterval(() => {
    if (!toast.isConnected) return clearInterval(tick);
    if (toast.matches(":hover, :focus-within") || document.hidden) return;
    left -= 250;
    if (left > 0) return;
    clearInterval(tick);
    dismiss(toast);
  }, 250);
}

/** Shows a message: {text, detail, tone, href, action}. */
export function toast({ text, detail = "", tone = "ok", href = "", action = "View" }) {
  const piece = document.getElementById("toast-template").content.cloneNode(true);
  const element = piece.querySelector(".toast");
  element.dataset.tone = tone;
  element.setAttribute("role", tone === "bad" ? "alert" : "status");
  setIcon(element.querySelector(".tone"), ICONS[tone] ?? "info");
  element.querySelector("h2").textContent = text;
  if (detail) element.querySelector("section").append(Object.assign(document.createElement("p"), { textContent: detail }));
  if (href) {
    const link = Object.assign(document.createElement("a"), { className: "btn", href, textContent: action });
    link.dataset.variant = "outline";
    link.dataset.toastAction = "";
    element.querySelector("footer").prepend(link);
  }
  document.getElementById("toaster").append(element);
  expire(element);
}

const expireShown = () => document.querySelectorAll("#toaster > .toast:not([data-seen])").forEach((element) => {
  element.dataset.seen = "";
  expire(element);
});

on("click", "[data-close-toast]", (button) => dismiss(button.closest(".toast")));
document.addEventListener("toast", (event) => toast(event.detail));
document.addEventListener("htmx:load", expireShown);
expireShown();
