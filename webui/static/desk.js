// A paired desk's page: one button, and how the recording of the desk's own call is.

import { ask, standIn } from "./asking.js";
import { clockText, elapsedMs, follow } from "./news.js";

const section = document.getElementById("desk");
const heading = document.getElementById("desk-heading");
const words = document.getElementById("desk-words");
const clock = document.getElementById("desk-clock");
const refusal = document.getElementById("desk-refusal");
const forms = [...section.querySelectorAll("form[data-action]")];
const title = document.title;
const { awayHeading, awayWords, goesOn } = section.dataset; // in the language of whoever looks
const AWAY = { state: "away", heading: awayHeading, words: awayWords, action: "" };

let shown = AWAY;

function show(news) {
  const changed = shown.state !== news.state;
  shown = news;
  section.dataset.state = news.state;
  if (heading.textContent !== news.heading) heading.textContent = news.heading;
  if (words.textContent !== news.words) words.textContent = news.words;
  document.title = `${news.heading} · ${title}`;
  const focused = document.activeElement?.closest("form[data-action]");
  for (const form of forms) form.hidden = form.dataset.action !== news.action;
  if (focused?.hidden) standIn(focused.dataset.action, forms)?.focus();
  if (changed) refusal.hidden = true;
  tick();
}

function tick() {
  clock.textContent = clockWords();
}

function clockWords() {
  if (shown.state === "paused" && shown.resumes_at_ms)
    return goesOn.replace("{time}", clockText(-elapsedMs(shown.resumes_at_ms)));
  return shown.since_ms && shown.state !== "away" ? clockText(elapsedMs(shown.since_ms)) : "";
}

section.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { done, said } = await ask(event.target);
  refusal.textContent = done ? "" : said;
  refusal.hidden = done || !said;
});

setInterval(tick, 1000);
follow(section.dataset.events, "revoked", show, () => show(AWAY));
