// A refused form comes back with what was typed as its defaults, so that it looks untouched.
const returned = new WeakSet();
let replaced = null;

// A name typed to confirm is no work, neither is the template of a text, and what a file is to look like is no loss.
const kept = (control) => control.form?.method === "post" && !["typed", "replaces"].some((one) => one in control.dataset) && !("download" in control.form.dataset);

/** The option that a choice began with. */
export const firstChoice = (select) => [...select.options].find((option) => option.defaultSelected) ?? select.options[0];

function differs(control) {
  if (control.type === "checkbox" || control.type === "radio") return control.checked !== control.defaultChecked;
  if (control.options) return firstChoice(control)?.selected === false;
  // What was emptied leaves nothing to lose.
  return control.type !== "hidden" && control.value !== "" && control.value !== control.defaultValue;
}

/** Whether a dialog holds something typed or chosen that closing it would lose. */
export function changed(dialog) {
  if (returned.has(dialog)) return true;
  return [...dialog.querySelectorAll("input, select, textarea")].some((control) => kept(control) && differs(control));
}

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id !== "dialogs") return;
  const dialog = document.querySelector("#dialogs > dialog[open]");
  replaced = dialog && changed(dialog) ? dialog.id : null;
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id !== "dialogs") return;
  const dialog = document.querySelector("#dialogs > dialog");
  if (dialog && dialog.id === replaced) returned.add(dialog);
  replaced = null;
});
