// Passkeys: asks the browser for a key or a proof, and sends what the device answers
// as an ordinary form, so that a refusal is an ordinary page. A form with data-passkey
// ("get" or "create") stays hidden where that cannot work: an old browser, or an
// address the keys are not bound to.
"use strict";

(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  // The options come as JSON, in which bytes are base64url (WebAuthn level 3, 5.1.8).
  const options = (o) => {
    o.challenge = bytes(o.challenge);
    if (o.user) o.user.id = bytes(o.user.id);
    for (const list of [o.allowCredentials, o.excludeCredentials]) {
      for (const c of list || []) c.id = bytes(c.id);
    }
    return o;
  };

  const answer = (c) => {
    const r = { clientDataJSON: text(c.response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (c.response[name]) r[name] = text(c.response[name]);
    }
    if (c.response.getTransports) r.transports = c.response.getTransports();
    return JSON.stringify({
      id: c.id, rawId: text(c.rawId), type: c.type, response: r,
      authenticatorAttachment: c.authenticatorAttachment || undefined,
      clientExtensionResults: c.getClientExtensionResults(),
    });
  };

  const ask = async (form) => {
    const reply = await fetch(form.dataset.ask, { method: "POST", headers: { Accept: "application/json" } });
    if (reply.status === 403 && form.dataset.confirm) {
      location.assign(form.dataset.confirm);
      return false;
    }
    if (!reply.ok) throw new Error(String(reply.status));
    const asked = await reply.json();
    const publicKey = options(asked.options.publicKey);
    const key = form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey })
      : await navigator.credentials.get({ publicKey });
    form.elements.try.value = asked.try;
    form.elements.answer.value = answer(key);
    return true;
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const host = form.dataset.host;
    const here = location.hostname === host || location.hostname.endsWith("." + host);
    if (!here || !window.isSecureContext || !window.PublicKeyCredential) continue;
    form.hidden = false;
    for (const no of document.querySelectorAll("[data-no-passkey]")) no.hidden = true;
    const said = form.querySelector("[data-said]");
    const button = form.querySelector("button");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      said.textContent = form.dataset.wait;
      button.disabled = true;
      try {
        if (await ask(form)) form.submit();
      } catch {
        said.textContent = form.dataset.failed;
        button.disabled = false;
        button.focus();
      }
    });
  }
})();
