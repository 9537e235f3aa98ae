// Sends a form that asks something of a recording, without leaving the page.

import { BY_ITSELF } from "./news.js";

/** Said where nothing came back; the page has it in the language of whoever looks. */
export const NO_ANSWER = document.body.dataset.noAnswer;

/** What became of it: { done, said }, in words for a person. */
export async function ask(form) {
  try {
    let answer = await send(form);
    // A box that was restarted since has forgotten the form's token: it gives another.
    if (answer.status === 400 && (await renewTokens())) answer = await send(form);
    if (answer.type === "opaqueredirect" || answer.status === 401) {
      location.reload(); // nobody is signed in here any more: the box says what to do
      return { done: false, said: "" };
    }
    const { said } = await answer.json();
    return { done: answer.ok, said };
  } catch {
    return { done: false, said: NO_ANSWER };
  }
}

function send(form) {
  return fetch(form.action, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    headers: { Accept: "application/json" },
    redirect: "manual",
  });
}

async function renewTokens() {
  const answer = await fetch(location.href, { headers: BY_ITSELF });
  if (!answer.ok || answer.redirected) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("input[name=csrf_token]")?.value;
  const templates = [...document.querySelectorAll("template")].map((template) => template.content);
  for (const part of [document, ...templates])
    for (const input of part.querySelectorAll("input[name=csrf_token]")) input.value = fresh;
  return Boolean(fresh);
}

/** Which button takes the place of one that has done its work: the keyboard stays where it was. */
export function standIn(action, forms) {
  const shown = forms.filter((form) => !form.hidden);
  const counterpart = { pause: "resume", resume: "pause", start: "pause" }[action];
  return (shown.find((form) => form.dataset.action === counterpart) ?? shown[0])?.querySelector("button");
}
