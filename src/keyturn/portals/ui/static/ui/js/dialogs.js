import { on } from "./dom.js";
import { changed, firstChoice } from "./unsaved.js";

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

function ask(discard) {
  const question = document.getElementById("discard-template").content.firstElementChild.cloneNode(true);
  document.body.append(question);
  question.querySelector("[data-discard]").addEventListener("click", () => {
    question.close();
    discard();
  });
  question.addEventListener("close", () => question.remove());
  open(question);
}

/** Closes a dialog for somebody who did not press its button: what he typed is not lost without a question. */
function dismiss(dialog) {
  if (!changed(dialog)) return dialog.close();
  ask(() => {
    dialog.querySelectorAll("form").forEach((form) => form.reset());
    dialog.close();
  });
}

// A choice that puts another text in place of what was typed.
document.addEventListener("htmx:confirm", (event) => {
  const select = event.detail.elt;
  if (!("replaces" in select.dataset) || !changed(select.closest("dialog"))) return;
  event.preventDefault();
  const chosen = select.value;
  firstChoice(select).selected = true;
  ask(() => {
    select.value = chosen;
    event.detail.issueRequest(true);
  });
});

// By the key and not by the event alone: browsers let nobody refuse a second Esc.
document.addEventListener("keydown", (event) => {
  const dialog = [...document.querySelectorAll("dialog[open]")].find((one) => one.contains(event.target));
  if (event.key !== "Escape" || event.defaultPrevented || !dialog || !changed(dialog)) return;
  event.preventDefault();
  dismiss(dialog);
});
document.addEventListener(
  "cancel",
  (event) => {
    if (!(event.target instanceof HTMLDialogElement) || !changed(event.target)) return;
    event.preventDefault();
    dismiss(event.target);
  },
  true,
);

// A text may be marked from a field to beside the box: only what also began beside it closes it.
let pressed = null;
on("pointerdown", "dialog.dialog, dialog.palette", (_dialog, event) => {
  pressed = event.target;
});
on("mousedown", "dialog.dialog", (dialog, event) => {
  if (event.target === dialog) event.preventDefault();
});

// The element fills the screen around its box, so a click on itself is a click beside the box.
on("click", "dialog.dialog, dialog.palette", (dialog, event) => {
  if (event.target !== dialog || pressed !== dialog) return;
  const box = dialog.classList.contains("palette") ? dialog.getBoundingClientRect() : null;
  const inside = box && event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (!inside) dismiss(dialog);
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
