// Parts of a page that ask for themselves: one that was not answered stays, and is marked until it is.
function mark(event, stale) {
  const note = event.detail.target?.closest?.("[data-refresh]")?.querySelector("[data-stale]");
  if (note) note.hidden = !stale;
}
for (const kind of ["htmx:responseError", "htmx:sendError", "htmx:timeout"])
  document.addEventListener(kind, (event) => mark(event, true));
document.addEventListener("htmx:afterSwap", (event) => mark(event, false));
// Nobody sits before a page for asking by itself: it must not keep a session alive.
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.elt.matches("[data-refresh] > [hx-get]")) event.detail.headers["X-Keyturn-Background"] = "true";
});
