import { on } from "./dom.js";

// ---------- a picture is chosen or dropped, and shown before it is saved ----------
// As a data: address, which the page's policy allows; blob: it does not.
function show(place, file) {
  const [image, without] = place.querySelector(".picture-preview").children;
  if (!file || !file.type.startsWith("image/")) return;
  const reader = new FileReader();
  reader.addEventListener("load", () => {
    image.src = reader.result;
    image.hidden = false;
    without.hidden = true;
  });
  reader.readAsDataURL(file);
}

on("change", "[data-picture] input[type='file']", (input) => show(input.closest("[data-picture]"), input.files[0]));
for (const kind of ["dragenter", "dragover"])
  on(kind, "[data-drop]", (place, event) => {
    event.preventDefault();
    place.dataset.over = "";
  });
on("dragleave", "[data-drop]", (place, event) => {
  if (!place.contains(event.relatedTarget)) delete place.dataset.over;
});
on("drop", "[data-drop]", (place, event) => {
  event.preventDefault();
  delete place.dataset.over;
  if (!event.dataTransfer.files.length) return;
  const input = place.querySelector("input[type='file']");
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});
