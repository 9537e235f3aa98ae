// The list of calls: searched while somebody types (htmx sends and shows it), and the keyboard.

const TYPED_AT_LEAST = 2;
const KEYS_OFF = "earmark-keys-off";

const form = document.getElementById("find-calls");
const box = document.getElementById("find");
const filters = document.getElementById("filters");
const trouble = document.getElementById("find-trouble");
const showAll = document.getElementById("show-all");
const dialog = document.getElementById("keys");
const keysOn = document.getElementById("keys-on");

let typingOn = false; // the address already stands for what is being typed

// Addresses say what was asked for and nothing else; a letter alone finds nothing worth showing.
form.addEventListener("htmx:configRequest", (event) => {
  const { parameters, triggeringEvent } = event.detail;
  const typed = triggeringEvent?.type === "input";
  if (typed && box.value.trim().length === 1) event.preventDefault();
  for (const [name, value] of [...parameters.entries()]) if (!value.trim()) parameters.delete(name);
  showAll.hidden = [...parameters.keys()].length === 0;
  form.dataset.typed = typed ? "yes" : "no";
});

// While somebody types on, one step back leads to what was shown before they began.
document.body.addEventListener("htmx:beforeHistoryUpdate", (event) => {
  const typed = form.dataset.typed === "yes";
  if (typed && typingOn) event.detail.history.type = "replace";
  typingOn = typed;
});

document.body.addEventListener("htmx:beforeSwap", (event) => {
  const answered = new URL(event.detail.xhr.responseURL || location.href, location.href);
  if (answered.pathname === new URL(form.action).pathname) return;
  event.detail.shouldSwap = false; // nobody is signed in here any more: the box says where to
  location.assign(event.detail.pathInfo.finalRequestPath);
});
form.addEventListener("htmx:beforeRequest", () => tell(""));
form.addEventListener("htmx:sendError", () => tell(trouble.dataset.words));
form.addEventListener("htmx:timeout", () => tell(trouble.dataset.words));
// The box says what is wrong on a page of its own.
form.addEventListener("htmx:responseError", (event) => location.assign(event.detail.pathInfo.finalRequestPath));

function tell(words) {
  trouble.textContent = words;
  trouble.hidden = !words;
}

// Single keys can be switched off (WCAG 2.1.4), and never act where somebody types or chooses.
const keys = {
  "/": () => focusOn(box),
  f: () => {
    filters.open = !filters.open;
    focusOn(filters.querySelector("summary"));
  },
  j: () => step(1),
  k: () => step(-1),
  e: () => document.querySelector("#recorded a[rel=next]")?.click(),
  "?": () => dialog.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (!keysOn.checked || dialog.open || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.target.closest("input, select, textarea, [contenteditable], audio, video")) return;
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

function focusOn(element) {
  element.focus();
  element.select?.();
}

function step(by) {
  const calls = [...document.querySelectorAll("#recorded .time a")];
  const at = calls.indexOf(document.activeElement);
  calls[at < 0 ? 0 : Math.min(Math.max(at + by, 0), calls.length - 1)]?.focus();
}

keysOn.checked = remembered() !== "yes";
keysOn.addEventListener("change", () => {
  try {
    localStorage.setItem(KEYS_OFF, keysOn.checked ? "no" : "yes");
  } catch {
    // a browser that keeps nothing forgets this, too
  }
});

function remembered() {
  try {
    return localStorage.getItem(KEYS_OFF);
  } catch {
    return null;
  }
}

const showKeys = document.getElementById("show-keys");
showKeys.hidden = false;
showKeys.addEventListener("click", () => dialog.showModal());
