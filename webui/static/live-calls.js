// Keeps the calls in progress, and the list of recorded calls below them, up to date without loading the page again.

import { ask, standIn } from "./asking.js";
import { BY_ITSELF, clockText, elapsedMs, follow } from "./news.js";

const section = document.getElementById("live");
const heading = document.getElementById("live-heading");
const list = document.getElementById("live-list");
const connection = document.getElementById("connection");
const noCalls = document.getElementById("no-calls");
const refusal = document.getElementById("live-refusal");
const said = document.getElementById("live-said");
const template = document.getElementById("live-card").content.firstElementChild;

let recordingsShown = null;
let refreshes = 0;
let lastSaid = "";

function show(news) {
  const live = news.connection === "live";
  showCalls(news.calls);
  // Not said, it keeps its place: what is below must not move while somebody is about to click it.
  noCalls.classList.toggle("unsaid", !live);
  noCalls.hidden = news.calls.length > 0;
  say(news.standing, !live);
  if (recordingsShown !== null && news.recordings !== recordingsShown) refreshRecorded();
  recordingsShown = news.recordings;
}

function say(words, waiting) {
  if (words === lastSaid) return; // a screen reader says every change aloud
  lastSaid = words;
  connection.textContent = words;
  connection.classList.toggle("waiting", waiting);
}

// Cards stay the elements they are, so that the keyboard and a screen reader keep their place. Who may not know which
// call is which is sent no ids: then the first card shows the first call, and so on.
function showCalls(calls) {
  const cards = [...list.children];
  const known = new Map(cards.filter((card) => card.dataset.call).map((card) => [card.dataset.call, card]));
  const wanted = calls.map((call, place) => (call.id ? known.get(call.id) : cards[place]) ?? newCard(call));
  for (const card of cards) if (!wanted.includes(card)) remove(card);
  wanted.forEach((card, place) => {
    if (list.children[place] !== card) list.insertBefore(card, list.children[place] ?? null);
    fill(card, calls[place]);
  });
}

function newCard(call) {
  const card = template.cloneNode(true);
  if (call.id) {
    card.dataset.call = call.id;
    for (const form of formsOf(card))
      form.action = form.getAttribute("action").replace("/-/", `/${encodeURIComponent(call.id)}/`);
  }
  return card;
}

function remove(card) {
  const hadKeyboard = card.contains(document.activeElement);
  const next = card.nextElementSibling ?? card.previousElementSibling;
  card.remove();
  if (!hadKeyboard) return;
  said.textContent = section.dataset.ended.replace("{who}", part(card, "who").textContent);
  (next ?? heading).focus();
}

function fill(card, call) {
  tellChange(card, call);
  card.className = call.recording;
  const icon = part(card, "icon");
  icon.setAttribute("href", icon.getAttribute("href").replace(/#.*/, `#${call.direction}`));
  write(part(card, "who"), call.who);
  write(part(card, "what"), call.what);
  const time = part(card, "for");
  time.dataset.since = call.since_ms ?? "";
  tick(time);
  const tag = part(card, "recording");
  write(tag, call.recording_name);
  tag.className = `tag ${call.recording}`;
  for (const words of ["pause", "playing"]) {
    write(part(card, words), call[words]);
    part(card, words).hidden = !call[words];
  }
  fillTags(part(card, "tags"), call.tags);
  fillButtons(card, call);
}

function fillTags(marks, tags) {
  if (tags.join() !== [...marks.children].map((mark) => mark.textContent).join())
    marks.replaceChildren(...tags.map((tag) => Object.assign(document.createElement("li"), { textContent: tag })));
  marks.hidden = tags.length === 0;
}

function fillButtons(card, call) {
  const steer = part(card, "steer");
  steer.setAttribute("aria-label", call.who);
  for (const of of card.querySelectorAll("[data-part=of]")) write(of, ` ${call.who}`);
  const focused = document.activeElement?.closest("form[data-action]");
  for (const form of formsOf(card)) form.hidden = !call.actions.includes(form.dataset.action);
  steer.hidden = call.actions.length === 0;
  if (focused?.hidden && card.contains(focused)) (standIn(focused.dataset.action, formsOf(card)) ?? card).focus();
}

function tellChange(card, call) {
  const was = ["on", "paused", "off"].find((name) => card.classList.contains(name));
  const shownBefore = card.isConnected && part(card, "what").textContent !== "";
  if (shownBefore && part(card, "who").textContent === call.who && was !== call.recording)
    said.textContent = `${call.recording_name}: ${call.who}. ${call.pause}`;
}

function formsOf(card) {
  return [...card.querySelectorAll("form[data-action]")];
}

function part(card, name) {
  return card.querySelector(`[data-part=${name}]`);
}

function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function tick(element) {
  if (element.dataset.since) write(element, clockText(elapsedMs(element.dataset.since)));
}

list.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { done, said: words } = await ask(event.target);
  // What changed is told when the news of it comes; what did not, here.
  refusal.textContent = done ? "" : words;
  refusal.hidden = done || !words;
  if (done && !["pause", "resume", "start"].includes(event.target.dataset.action)) said.textContent = words;
});

async function refreshRecorded() {
  const mine = ++refreshes;
  if (!listToRefresh()) return;
  const address = location.href;
  try {
    const answer = await fetch(address, { headers: BY_ITSELF });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("recorded");
    // Only the last question's answer counts, and the list may have been replaced while it was on its way.
    if (!fresh || mine !== refreshes || address !== location.href || !listToRefresh()) return;
    listToRefresh().replaceWith(document.adoptNode(fresh));
    write(document.getElementById("found-count"), page.getElementById("found-count").textContent);
  } catch {
    // the next change tries again
  }
}

function listToRefresh() {
  const shown = document.getElementById("recorded");
  // Somebody looking at earlier calls, with the keyboard in the list, or just clicking in it, is not disturbed.
  const inUse = shown?.contains(document.activeElement) || shown?.matches(":active");
  return shown?.dataset.fresh === "yes" && !inUse ? shown : null;
}

setInterval(() => list.querySelectorAll("[data-part=for]").forEach(tick), 1000);
follow(section.dataset.events, "signed-out", show, () => say(section.dataset.connecting, true));
