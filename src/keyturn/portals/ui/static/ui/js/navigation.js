import { on } from "./dom.js";

// ---------- sidebar on phones ----------
const sidebar = () => document.getElementById("sidebar");
function setSidebar(open) {
  const bar = sidebar();
  if (!bar || open === "sidebarInitialized" in bar.dataset) return;
  if (open) bar.dataset.sidebarInitialized = "true";
  else delete bar.dataset.sidebarInitialized;
  document.querySelectorAll("[data-toggle-sidebar]").forEach((button) => button.setAttribute("aria-expanded", String(open)));
  if (open) bar.querySelector("a")?.focus();
  else document.querySelector("[data-toggle-sidebar]")?.focus();
}
on("click", "[data-toggle-sidebar]", () => setSidebar(!("sidebarInitialized" in sidebar().dataset)));
document.addEventListener("click", (event) => {
  if (!event.target.closest("#sidebar nav, [data-toggle-sidebar]")) setSidebar(false);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector(":popover-open, dialog[open]")) setSidebar(false);
});

// ---------- a boosted page behaves like a loaded one ----------
let scrolled = 0;
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.boosted) scrolled = document.querySelector("#sidebar nav > section")?.scrollTop ?? 0;
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (!event.detail.boosted) return;
  const list = document.querySelector("#sidebar nav > section");
  if (list) list.scrollTop = scrolled;
  const main = document.getElementById("main");
  if (main && !main.contains(document.activeElement)) main.focus({ preventScroll: true });
  showTab();
});

// Tabs scroll sideways on phones: the one that is open must be in sight.
function showTab() {
  const tab = document.querySelector(".tabs-nav [aria-current]");
  const strip = tab?.parentElement;
  if (strip) strip.scrollLeft = tab.offsetLeft - strip.offsetLeft - (strip.clientWidth - tab.offsetWidth) / 2;
}
showTab();

// The scroll position of each page, for the way back.
history.scrollRestoration = "manual";
const key = () => `scroll:${location.pathname}${location.search}`;
const remember = () => sessionStorage.setItem(key(), String(scrollY));
const restore = () => scrollTo(0, Number(sessionStorage.getItem(key()) ?? 0));
document.addEventListener("htmx:beforeRequest", remember);
document.addEventListener("htmx:historyRestore", restore);
addEventListener("pagehide", remember);
addEventListener("pageshow", () => {
  const back = performance.getEntriesByType("navigation")[0]?.type;
  if (back === "back_forward" || back === "reload") restore();
});

// A list drawn anew may be without the row that had the focus: reading goes on at the top of the page.
let focused = null;
document.addEventListener("focusin", (event) => (focused = event.target));
document.addEventListener("htmx:afterSettle", () => {
  if (document.activeElement !== document.body || !focused || focused.isConnected) return;
  document.getElementById("main")?.focus({ preventScroll: true });
});
