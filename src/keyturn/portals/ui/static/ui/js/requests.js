import { csrfToken } from "./dom.js";
import { toast } from "./toasts.js";

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = csrfToken();
});

// Only links are boosted: a form posts in full, with its own redirect and error page.
document.addEventListener("htmx:beforeProcessNode", (event) => {
  const form = event.target;
  if (form.tagName === "FORM" && !form.hasAttribute("hx-boost")) form.setAttribute("hx-boost", "false");
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { boosted, serverResponse, xhr, target } = event.detail;
  const whole = /^\s*<!doctype/i.test(serverResponse);
  if (boosted && whole) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  } else if (whole && target?.id !== "main" && xhr.status < 400) {
    // A whole page where a piece was asked for: signed out meanwhile.
    event.preventDefault();
    location.assign(xhr.responseURL);
  }
});

function failed(event) {
  if (event.detail.target?.id === "palette-results" || event.detail.target?.closest?.("[data-refresh]")) return;
  const gone = event.detail.xhr?.status === 403;
  if (gone && document.querySelector("[data-viewing]")) {
    toast({ text: "Nothing was changed.", detail: "You are viewing as a customer, which is read only.", tone: "bad" });
    return;
  }
  toast({
    text: gone ? "You may not do this." : "That did not work.",
    detail: gone ? "Your role does not allow it, or the page is too old. Reload it and try again." : "Check your connection and try again.",
    tone: "bad",
  });
}
document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", failed);
document.addEventListener("htmx:timeout", failed);
