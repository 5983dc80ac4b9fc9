// Parts of a page that ask for themselves: one that was not answered stays, and is marked until it is.
function mark(element, stale) {
  const note = element?.closest?.("[data-refresh]")?.querySelector("[data-stale]");
  if (note) note.hidden = !stale;
}
for (const kind of ["htmx:responseError", "htmx:sendError", "htmx:timeout"])
  document.addEventListener(kind, (event) => mark(event.detail.target, true));
// What was swapped in: the target itself may be gone.
document.addEventListener("htmx:afterSwap", (event) => mark(event.target, false));

const asksByItself = (element) => element?.matches?.('[data-refresh] > [hx-trigger*="every"]');
// Ticked rows and an open menu are somebody's work in progress: the next turn comes.
const inUse = (part) => part.querySelector('[popover]:popover-open, input[name="ids"]:checked');

document.addEventListener("htmx:configRequest", (event) => {
  const { elt, triggeringEvent, headers } = event.detail;
  if (!asksByItself(elt)) return;
  if (!triggeringEvent && inUse(elt)) event.preventDefault();
  // Nobody sits before a page for asking by itself: it must not keep a session alive.
  headers["X-Keyturn-Background"] = "true";
});

// The same answer as before changes nothing: marked text and the reader's place in it stay.
const answers = new WeakMap();
const places = new WeakMap();
const scrolling = (box) => [...box.querySelectorAll(".table-container")];
document.addEventListener("htmx:beforeSwap", (event) => {
  const { requestConfig, serverResponse, target, xhr } = event.detail;
  const box = target?.closest?.("[data-refresh]");
  if (!box || xhr.status !== 200) return;
  const same = answers.get(box) === serverResponse;
  answers.set(box, serverResponse);
  if (!asksByItself(requestConfig.elt) || requestConfig.triggeringEvent) return;
  // Between asking and answering somebody may have begun.
  if (same || inUse(box)) event.detail.shouldSwap = false;
  else places.set(box, scrolling(box).map((one) => one.scrollLeft));
  if (same) mark(box, false);
});
document.addEventListener("htmx:afterSwap", (event) => {
  const box = event.target.closest?.("[data-refresh]");
  const before = box && places.get(box);
  if (!before) return;
  places.delete(box);
  scrolling(box).forEach((one, index) => (one.scrollLeft = before[index] ?? 0));
});
