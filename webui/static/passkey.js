// Makes and uses passkeys (W3C WebAuthn), with a form that says which: data-passkey="make" or "use".
// What the browser signed goes into the form's field "credential", and the form goes its usual way.
// Its button is disabled until this runs: whoever is quicker than that would send it with nothing signed.

import { NO_ANSWER } from "./asking.js";

const ways = {
  make: async (options) =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
  use: async (options) =>
    navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
};

const can = Boolean(
  window.PublicKeyCredential?.parseCreationOptionsFromJSON && PublicKeyCredential.parseRequestOptionsFromJSON,
);

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (can) prepare(form);
  else say(form, form.dataset.notHere);
}

function prepare(form) {
  const button = form.querySelector("button");
  form.addEventListener("submit", (event) => begin(event, form));
  button.disabled = false;
  // Disabled, it could not take it.
  if (button.autofocus) button.focus();
}

async function begin(event, form) {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  say(form, "");
  try {
    const options = await asked(form);
    const credential = await ways[form.dataset.passkey](options.publicKey ?? options);
    form.elements.credential.value = JSON.stringify(credential.toJSON());
    form.submit();
  } catch (error) {
    say(form, error instanceof Refusal ? error.message : error instanceof TypeError ? NO_ANSWER : form.dataset.notDone);
    button.disabled = false;
  }
}

class Refusal extends Error {}

async function asked(form) {
  const answer = await fetch(form.dataset.options, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    headers: { Accept: "application/json" },
  });
  if (!answer.headers.get("Content-Type")?.startsWith("application/json")) throw new Refusal(NO_ANSWER);
  const { options, said } = await answer.json();
  if (!options) throw new Refusal(said);
  return options;
}

function say(form, words) {
  const place = form.querySelector("[role=alert]");
  place.textContent = words;
  place.hidden = !words;
}
