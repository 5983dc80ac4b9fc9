/** Calls handler(element, event) for events of a kind on, or inside, what the selector matches. */
export function on(kind, selector, handler, options) {
  document.addEventListener(
    kind,
    (event) => {
      const element = event.target.closest?.(selector);
      if (element) handler(element, event);
    },
    options,
  );
}

/** Points an icon at another symbol of the sprite. */
export function setIcon(icon, name) {
  const use = icon?.querySelector("use");
  if (use) use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#i-${name}`));
}

export const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";
