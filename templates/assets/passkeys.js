// Passkeys (Web Authentication), where the browser knows them: at ⑪ among what it
// completes the login ID with; on ⑨, in the account and as a second step behind a button. Every page
// works without this file; it sets no HTML from strings.
"use strict";
{
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (list) => list.map((one) => ({ ...one, id: bytes(one.id) }));

  // The JSON of the specification (§5.1): not every browser reads and writes it itself.
  const read = (json) => {
    const options = JSON.parse(json);
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    if (options.excludeCredentials) options.excludeCredentials = named(options.excludeCredentials);
    return options;
  };
  const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const written = ({ id, type, response }) => {
    const parts = PARTS.filter((part) => response[part]).map((part) => [part, text(response[part])]);
    const transports = response.getTransports ? response.getTransports() : [];
    return JSON.stringify({ id, rawId: id, type, response: { ...Object.fromEntries(parts), transports } });
  };
  const send = (form, credential) => {
    form.elements.passkey.value = written(credential);
    form.requestSubmit(form.querySelector("button"));
  };

  const logIn = async (form) => {
    if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    const publicKey = read(form.dataset.passkeyGet);
    send(form, await navigator.credentials.get({ mediation: "conditional", publicKey }));
  };

  const create = (form) => navigator.credentials.create({ publicKey: read(form.dataset.passkeyCreate) });
  const ask = (form) => navigator.credentials.get({ publicKey: read(form.dataset.passkeyAsk) });

  const answer = async (form, ceremony) => {
    const status = form.querySelector("[role=status]");
    status.textContent = "";
    try {
      send(form, await ceremony(form));
    } catch (error) {
      // The authenticator has one of this account already; or its user said no.
      const sentences = { InvalidStateError: status.dataset.known, NotAllowedError: status.dataset.stopped };
      status.textContent = sentences[error.name] ?? status.dataset.failed;
    }
  };

  const known = "PublicKeyCredential" in window && "requestSubmit" in HTMLFormElement.prototype;
  for (const form of document.querySelectorAll("[data-passkey-get]")) {
    // Whoever chooses none, or types a password, is no failure.
    if (known) logIn(form).catch(() => {});
  }
  for (const form of document.querySelectorAll("[data-passkey-create], [data-passkey-ask]")) {
    if (!known) (form.closest("section.scripted") ?? form).hidden = true;
    form.addEventListener("submit", (event) => {
      if (form.elements.passkey.value) return;
      event.preventDefault();
      answer(form, form.dataset.passkeyAsk ? ask : create);
    });
  }
}
