import { on } from "./dom.js";

const openers = new WeakMap();

// A menu item is gone once its menu closes: focus goes back to the menu's button.
function visibleOpener(element) {
  const menu = element?.closest?.("[popover]");
  return menu ? document.querySelector(`[popovertarget="${menu.id}"]`) : element;
}

/** Opens a dialog; `opener` gets the focus back when it closes. */
export function open(dialog, opener = document.activeElement) {
  if (dialog.open) return;
  openers.set(dialog, visibleOpener(opener));
  dialog.dispatchEvent(new Event("opening", { bubbles: true }));
  dialog.showModal();
}

on("click", "[data-open-dialog]", (button, event) => {
  const dialog = document.getElementById(button.dataset.openDialog);
  if (!dialog) return;
  event.preventDefault();
  open(dialog, button);
});

on("click", "[data-close-dialog]", (button) => button.closest("dialog")?.close());

// The element fills the screen around its box, so a click on itself is a click beside the box.
on("click", "dialog.dialog, dialog.palette", (dialog, event) => {
  if (event.target !== dialog) return;
  const box = dialog.classList.contains("palette") ? dialog.getBoundingClientRect() : null;
  const inside = box && event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (!inside) dialog.close();
});

document.addEventListener(
  "close",
  (event) => {
    const dialog = event.target;
    // Told late: by then it may be open again, and holds the focus.
    if (!(dialog instanceof HTMLDialogElement) || dialog.open) return;
    const opener = openers.get(dialog);
    // What the dialog changed may have been drawn anew, with its opener.
    const again = opener?.isConnected ? opener : opener?.id && document.getElementById(opener.id);
    (again || document.getElementById("main"))?.focus();
    if (dialog.parentElement?.id === "dialogs") dialog.remove();
  },
  true,
);

// The destructive button waits until the name is typed.
on("input", "[data-typed]", (input) => {
  const button = input.form.querySelector('[type="submit"]');
  button.disabled = input.value.trim() !== input.dataset.typed;
});

let fetchedBy = null;
document.addEventListener("htmx:beforeRequest", (event) => {
  const asker = event.detail.elt;
  if (event.detail.target?.id === "dialogs" && !asker.closest("dialog")) fetchedBy = asker;
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id !== "dialogs") return;
  const dialog = document.querySelector("#dialogs > dialog");
  if (!dialog) return;
  open(dialog, fetchedBy ?? undefined);
  dialog.querySelector("[data-take-focus], [aria-invalid='true']")?.focus();
});
document.addEventListener("closeDialog", () => document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close()));
on("htmx:afterRequest", "[data-closes-dialog]", (form, event) => {
  if (event.target === form && event.detail.successful) form.closest("dialog")?.close();
});
