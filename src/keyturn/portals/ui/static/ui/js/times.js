// "5 minutes ago" goes on counting; the exact moment is told in the viewer's own time zone.
const STEPS = [["day", 86_400], ["hour", 3_600], ["minute", 60]];
const exact = new Intl.DateTimeFormat("en-US", {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZoneName: "short",
});

// The same words as times.relative() on the server.
function relative(at) {
  const distance = (at - Date.now()) / 1000;
  for (const [unit, step] of STEPS) {
    const count = Math.abs(distance) >= step ? Math.round(Math.abs(distance) / step) : 0;
    if (!count) continue;
    const words = `${count} ${unit}${count === 1 ? "" : "s"}`;
    return distance > 0 ? `in ${words}` : `${words} ago`;
  }
  return distance > 5 ? "in less than a minute" : "just now";
}

function tick() {
  document.querySelectorAll("time[data-ago]").forEach((time) => {
    const at = new Date(time.dateTime);
    const words = relative(at);
    if (time.textContent !== words) time.textContent = words;
    time.title = exact.format(at);
  });
}
document.addEventListener("htmx:load", tick);
setInterval(tick, 10_000);
tick();
