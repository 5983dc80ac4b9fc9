import { csrfToken, on } from "./dom.js";

// Files go up piece by piece while the form is filled in. Only a whole file has a hidden field with its identifier, so
// nothing half-sent is ever part of a form.
const ATTEMPTS = 6;
const running = new Map();
let made = 0;
const words = (size) => (size >= 2 ** 30 ? `${(size / 2 ** 30).toFixed(2)} GB` : size >= 2 ** 20 ? `${(size / 2 ** 20).toFixed(2)} MB` : size >= 2 ** 10 ? `${(size / 2 ** 10).toFixed(2)} KB` : `${size} B`);
const part = (row, name) => row.querySelector(`[data-upload-${name}]`);
const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

class Refusal extends Error {}

function send(method, url, body, { signal, progress, kind } = {}) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.setRequestHeader("Accept", "application/json");
    if (kind) request.setRequestHeader("Content-Type", kind);
    if (progress) request.upload.onprogress = (event) => progress(event.loaded);
    request.onload = () => {
      let answer;
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        answer = {};
      }
      if (request.status < 300 && answer.url) return done(answer);
      const final = [403, 404, 413, 422].includes(request.status) || request.status < 300;
      const message = answer.message ?? (request.status === 413 ? "A proxy in front of the server refuses pieces of 8 MB." : "The server did not take it. Reload the page and try again.");
      failed(final ? new Refusal(message) : new Error(message));
    };
    request.onerror = request.ontimeout = () => failed(new Error("The connection broke off."));
    request.onabort = () => failed(new Refusal("Stopped."));
    signal?.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

function show(row, text, sent, size) {
  part(row, "state").textContent = text;
  const bar = row.querySelector("progress");
  if (size) bar.value = Math.floor((100 * sent) / size);
}

async function pieces(row, file, state, signal) {
  let tries = 0;
  while (!state.sha256) {
    const from = state.received;
    try {
      const body = file.slice(from, from + state.piece);
      const progress = (sent) => show(row, from + sent >= file.size ? "Checking…" : `${words(from + sent)} of ${words(file.size)}`, from + sent, file.size);
      state = await send("POST", `${state.url}?offset=${from}`, body, { signal, progress, kind: "application/octet-stream" });
      tries = 0;
    } catch (problem) {
      if (problem instanceof Refusal || ++tries >= ATTEMPTS) throw problem;
      show(row, "The connection broke off. Going on…");
      await pause(Math.min(2 ** tries, 20));
      if (signal.aborted) throw new Refusal("Stopped.");
      state = await send("GET", state.url, null, { signal }).catch((again) => {
        if (again instanceof Refusal) throw again;
        return state;
      });
    }
  }
  return state;
}

async function upload(row) {
  const job = running.get(row);
  part(row, "again").hidden = true;
  delete row.dataset.failed;
  settle(row);
  try {
    const zone = row.closest("[data-uploads]");
    if (file_too_large(zone, job.file)) throw new Refusal(`Larger than ${zone.dataset.largestWords}, the most a file may have.`);
    const told = new URLSearchParams({ name: job.file.name, size: job.file.size });
    job.state = job.state ? await send("GET", job.state.url, null, job) : await send("POST", zone.dataset.beginUrl, told, job);
    job.state = await pieces(row, job.file, job.state, job.signal);
    finish(row, job.state);
  } catch (problem) {
    if (job.signal.aborted) return;
    row.dataset.failed = "";
    show(row, problem.message);
    part(row, "again").hidden = problem instanceof Refusal;
    part(row, "state").setAttribute("role", "alert");
  }
  settle(row);
}

const file_too_large = (zone, file) => file.size > Number(zone.dataset.largest);

function finish(row, state) {
  const field = part(row, "uuid");
  field.name = "file_uuid";
  field.value = state.uuid;
  part(row, "progress").dataset.done = "";
  const sum = part(row, "sum");
  sum.hidden = false;
  sum.lastElementChild.textContent = sum.lastElementChild.title = state.sha256;
  delete row.dataset.pending;
  for (const select of row.querySelectorAll("select")) select.disabled = false;
  running.delete(row);
}

// The form waits for what is under way, and says so.
function settle(row) {
  const zone = row.closest("[data-uploads]") ?? document.querySelector("[data-uploads]");
  const form = zone.closest("form");
  const left = zone.querySelectorAll("[data-upload][data-pending]:not([data-failed])").length;
  const button = form.querySelector("footer button[type='submit']");
  button.disabled = left > 0;
  zone.querySelector("[data-upload-status]").textContent = left ? `${left} of the files are being uploaded.` : "All files are uploaded.";
}

function add(zone, files) {
  for (const file of files) {
    const row = zone.querySelector("[data-upload-row]").content.firstElementChild.cloneNode(true);
    const number = `new-${++made}`;
    for (const label of row.querySelectorAll("label[for]")) {
      row.querySelector(`#${label.htmlFor}`).setAttribute("id", label.htmlFor.replace("new", number));
      label.htmlFor = label.htmlFor.replace("new", number);
    }
    part(row, "name").textContent = file.name;
    part(row, "size").textContent = words(file.size);
    part(row, "remove").setAttribute("aria-label", `Remove ${file.name}`);
    row.querySelector("progress").setAttribute("aria-label", `${file.name} uploaded`);
    // Rows of files are read side by side: one that is not whole must send none of its fields.
    for (const select of row.querySelectorAll("select")) select.disabled = true;
    zone.querySelector("[data-upload-list]").append(row);
    const stop = new AbortController();
    running.set(row, { file, stop, signal: stop.signal });
    upload(row);
  }
}

on("change", "[data-uploads] input[type='file']", (input) => {
  add(input.closest("[data-uploads]"), [...input.files]);
  input.value = "";
});
on("click", "[data-upload-again]", (button) => upload(button.closest("[data-upload]")));
on("click", "[data-upload-remove]", (button) => {
  const row = button.closest("[data-upload]");
  const zone = row.closest("[data-uploads]");
  running.get(row)?.stop.abort();
  running.delete(row);
  row.remove();
  settle(zone);
  zone.querySelector("input[type='file']").focus();
});
for (const kind of ["dragover", "dragleave", "drop"]) {
  on(kind, "[data-uploads] .dropzone", (place, event) => {
    event.preventDefault();
    place.toggleAttribute("data-over", kind === "dragover");
    if (kind === "drop") add(place.closest("[data-uploads]"), [...event.dataTransfer.files]);
  });
}
addEventListener("beforeunload", (event) => {
  if ([...running.keys()].some((row) => row.isConnected && !("failed" in row.dataset))) event.preventDefault();
});
