// Keeps the calls in progress, and the list of recorded calls below them, up to date without loading the page again.

const section = document.getElementById("live");
const list = document.getElementById("live-list");
const connection = document.getElementById("connection");
const noCalls = document.getElementById("no-calls");
const TRY_AGAIN_MS = 3000;
// What the page fetches by itself does not count as somebody being there.
const BY_ITSELF = { "Earmark-Background": "yes", Accept: "text/html" };

let clockAheadMs = 0; // how far this browser's clock is ahead of the box's
let recordingsShown = null;
let refreshes = 0;
let lastSaid = "";
let source = null;

function listen() {
  source?.close();
  source = new EventSource(section.dataset.events);
  source.addEventListener("calls", (event) => show(JSON.parse(event.data)));
  source.addEventListener("signed-out", () => location.reload());
  source.addEventListener("error", () => {
    say("connecting…", true);
    // The browser tries again by itself after a broken connection, but not after a refusal.
    if (source.readyState === EventSource.CLOSED && !document.hidden) setTimeout(listenAgain, TRY_AGAIN_MS);
  });
}

async function listenAgain() {
  try {
    const answer = await fetch(location.href, { method: "HEAD", redirect: "manual", headers: BY_ITSELF });
    if (answer.type === "opaqueredirect") {
      location.reload(); // the session is over: the box shows where to sign in
      return;
    }
  } catch {
    // the box is away: ask again below
  }
  listen();
}

function show(news) {
  clockAheadMs = Date.now() - news.now_ms;
  const live = news.connection === "live";
  list.replaceChildren(...(live ? news.calls.map(card) : []));
  noCalls.hidden = !live || news.calls.length > 0;
  say(live ? count(news.calls.length) : "connecting…", !live);
  if (recordingsShown !== null && news.recordings !== recordingsShown) refreshRecorded();
  recordingsShown = news.recordings;
}

function count(calls) {
  if (calls === 0) return "live";
  return calls === 1 ? "live, 1 call" : `live, ${calls} calls`;
}

function say(words, waiting) {
  if (words === lastSaid) return; // a screen reader says every change aloud
  lastSaid = words;
  connection.textContent = words;
  connection.classList.toggle("waiting", waiting);
}

function card(call) {
  const item = document.createElement("li");
  item.classList.toggle("recorded", call.recorded);
  const parties = part("div", "parties", icon(call.direction), words(call));
  const time = part("div", "for", "");
  time.dataset.since = call.since_ms ?? "";
  item.append(
    parties,
    time,
    part("div", "what", `${call.state_name} · line ${call.line}`),
    part("div", "recorded-tag", part("span", call.recorded ? "tag on" : "tag", call.recorded ? "Recording" : "Not recorded")),
  );
  tick(time);
  return item;
}

function words(call) {
  if (call.far_party === undefined) return `${call.direction_name} call`;
  return call.direction === "outbound" ? `${call.office_party} → ${call.far_party}` : `${call.far_party} → ${call.office_party}`;
}

function part(kind, className, ...children) {
  const element = document.createElement(kind);
  element.className = className;
  element.append(...children);
  return element;
}

function icon(name) {
  const namespace = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(namespace, "svg");
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(namespace, "use");
  use.setAttribute("href", `${section.dataset.icons}#${name}`);
  picture.append(use);
  return picture;
}

function tick(element) {
  if (!element.dataset.since) return;
  const seconds = Math.max(0, Math.floor((Date.now() - clockAheadMs - Number(element.dataset.since)) / 1000));
  const minutes = Math.floor(seconds / 60);
  const text = `${String(minutes % 60).padStart(minutes < 60 ? 1 : 2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
  element.textContent = minutes < 60 ? text : `${Math.floor(minutes / 60)}:${text}`;
}

async function refreshRecorded() {
  const mine = ++refreshes;
  if (!listToRefresh()) return;
  try {
    const answer = await fetch(location.href, { headers: BY_ITSELF });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("recorded");
    // Only the last question's answer counts, and the list may have been replaced while it was on its way.
    if (fresh && mine === refreshes) listToRefresh()?.replaceWith(document.adoptNode(fresh));
  } catch {
    // the next change tries again
  }
}

function listToRefresh() {
  const shown = document.getElementById("recorded");
  // Somebody looking at earlier calls, or with the keyboard in the list, is not disturbed.
  return shown && shown.dataset.fresh === "yes" && !shown.contains(document.activeElement) ? shown : null;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) source?.close();
  else listen();
});
setInterval(() => document.querySelectorAll("#live-list .for").forEach(tick), 1000);
listen();
