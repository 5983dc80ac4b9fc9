import { on } from "./dom.js";

const ITEMS = '[role^="menuitem"]:not(:disabled, [aria-disabled="true"])';
const anchored = CSS.supports("position-area", "bottom span-left");

const trigger = (menu) => document.querySelector(`[popovertarget="${menu.id}"]`);

function place(menu) {
  const box = trigger(menu)?.getBoundingClientRect();
  if (!box) return;
  const below = box.bottom + menu.offsetHeight + 8 <= innerHeight || box.top < menu.offsetHeight;
  const left = Math.min(Math.max(8, box.right - menu.offsetWidth), innerWidth - menu.offsetWidth - 8);
  // The object model is not an inline style: the policy allows it.
  menu.style.left = `${left}px`;
  menu.style.top = `${below ? box.bottom : box.top - menu.offsetHeight - 8}px`;
}

document.addEventListener(
  "toggle",
  (event) => {
    const menu = event.target;
    if (!menu.matches?.(".menu[popover]")) return;
    const opened = event.newState === "open";
    trigger(menu)?.setAttribute("aria-expanded", String(opened));
    if (!opened) return;
    if (!anchored) place(menu);
    (menu.querySelector('[aria-checked="true"]') ?? menu.querySelector(ITEMS))?.focus({ preventScroll: true });
  },
  true,
);

on("keydown", ".menu[popover]", (menu, event) => {
  const items = [...menu.querySelectorAll(ITEMS)];
  const at = items.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 }[event.key];
  if (next !== undefined) {
    event.preventDefault();
    items.at(next % items.length)?.focus();
  } else if (event.key === "Tab") {
    menu.hidePopover();
  } else if (event.key.length === 1 && /\S/.test(event.key)) {
    const initial = event.key.toLowerCase();
    [...items.slice(at + 1), ...items.slice(0, at + 1)].find((item) => item.textContent.trim().toLowerCase().startsWith(initial))?.focus();
  }
});

on("click", `.menu[popover] ${ITEMS}`, (item) => item.closest("[popover]").hidePopover());
on("keydown", "[aria-haspopup='menu'][popovertarget]", (button, event) => {
  if (event.key !== "ArrowDown") return;
  event.preventDefault();
  document.getElementById(button.getAttribute("popovertarget"))?.showPopover({ source: button });
});
