import { on } from "./dom.js";
import { setBusy } from "./forms.js";

// ---------- passkeys: a form whose answer a device gives (WebAuthn) ----------
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const known = (list) => list?.map((one) => ({ ...one, id: bytes(one.id) }));

const FAULTS = {
  NotAllowedError: "No passkey was used. Try again, or cancel.",
  InvalidStateError: "This device holds a passkey of yours already.",
  SecurityError: "Passkeys do not work at this address. Open the portal at its https:// address.",
};

async function make(options) {
  const publicKey = { ...options, challenge: bytes(options.challenge), user: { ...options.user, id: bytes(options.user.id) } };
  const made = await navigator.credentials.create({ publicKey: { ...publicKey, excludeCredentials: known(options.excludeCredentials) } });
  return answer(made, { attestationObject: text(made.response.attestationObject), transports: made.response.getTransports?.() ?? [] });
}

async function use(options) {
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: known(options.allowCredentials) };
  const shown = await navigator.credentials.get({ publicKey });
  const { authenticatorData, signature, userHandle } = shown.response;
  return answer(shown, {
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    userHandle: userHandle && text(userHandle),
  });
}

const answer = (credential, parts) =>
  JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: { clientDataJSON: text(credential.response.clientDataJSON), ...parts },
  });

async function fill(form, wish) {
  if (wish.make) return make(JSON.parse(wish.make));
  const asked = await (await fetch(wish.use, { headers: { Accept: "application/json" } })).json();
  if (asked.error) throw new Error(asked.error);
  form.elements.ticket.value = asked.ticket;
  return use(JSON.parse(asked.options));
}

// Before htmx sees it: the form has nothing to send until the device has answered.
on(
  "submit",
  "form",
  async (form, event) => {
    const fault = form.querySelector("[data-passkey]");
    if (!fault || form.elements.answer.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    fault.hidden = true;
    try {
      form.elements.answer.value = await fill(form, fault.dataset);
    } catch (failure) {
      fault.textContent = FAULTS[failure.name] ?? "Your device did not answer. Try again.";
      fault.hidden = false;
    }
    setBusy(form, event.submitter, false);
    if (fault.hidden) form.requestSubmit(event.submitter);
  },
  true,
);
