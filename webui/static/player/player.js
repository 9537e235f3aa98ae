// The player: the browser's own audio element does the work; this gives it a picture, keys and words.

import { listenForKeys } from "./keys.js";
import { keepNotesInPlace } from "./note-form.js";
import { Peaks } from "./peaks.js";
import { Picture } from "./picture.js";
import { clock, filled, typedTime } from "./times.js";
import { Voices } from "./voices.js";

const STEP_S = 5;
const JUMP_S = 10;
const STRIDE_S = 30;
const STILL_HERE_MS = 120_000;
const SOUND_WITHIN_MS = 3000;

const by = (id) => document.getElementById(id);
const player = by("player");
const audio = by("audio");
const wave = by("wave");
const told = JSON.parse(player.dataset.told);
const words = told.words;
const peaks = new Peaks(told.duration_s, told.bin_ms, told.channels);
const picture = new Picture(wave, audio, told, peaks);
const voices = new Voices(audio);

let loop = null; // {from, to}; without `to` while its end is looked for
let shownBand = null;

const where = () => Math.min(audio.currentTime, told.duration_s);

// Playing and seeking

function play() {
  audio.play().catch((error) => complain(error));
}

function toggle() {
  if (audio.paused) play();
  else audio.pause();
}

function seek(seconds) {
  audio.currentTime = Math.max(0, Math.min(seconds, told.duration_s));
  show();
}

function playFrom(seconds) {
  seek(seconds);
  play();
}

function complain(error) {
  if (error?.name === "AbortError") return; // paused again before it had begun
  const unplayable = audio.error || error?.name === "NotSupportedError";
  by("player-fault").textContent = unplayable ? words.no_sound : words.not_started;
  by("player-fault").hidden = false;
}

// What is seen and said

function show() {
  goOnWithTheLoop();
  goOverSilence();
  const at = where();
  const text = clock(at);
  const heard = Math.min(at, told.duration_s - 0.1); // at its end, what it ended with
  tellOfBand(told.bands.find((each) => heard >= each.start_s && heard < each.start_s + each.length_s - 0.05));
  if (by("position").textContent === text) return;
  by("position").textContent = text;
  if (audio.paused || audio.seeking || document.activeElement !== wave) tellTheSlider(at, text);
}

/** Not while it plays and has the focus: a screen reader would talk into the call each second. */
function tellTheSlider(at, text) {
  wave.setAttribute("aria-valuenow", at.toFixed(1));
  const said = filled(words.position, { at: text, whole: clock(told.duration_s) });
  wave.setAttribute("aria-valuetext", shownBand ? `${said}. ${shownBand.words}` : said);
}

function tellOfBand(band) {
  if (band?.kind === "network") band = undefined; // heard as it was; the list has it
  if (shownBand === (band ?? null)) return; // a screen reader says each change once
  shownBand = band ?? null;
  by("silence").textContent = band ? band.words : "";
  by("skip").hidden = !band?.silent; // where one party was on hold, the other may speak
}

function showState() {
  by("play").dataset.playing = audio.paused ? "no" : "yes";
  by("play").setAttribute("aria-label", audio.paused ? words.play : words.pause);
  show();
  tellTheSlider(where(), clock(where()));
}

function say(text) {
  by("told").textContent = text;
}

// Silence

function goOverSilence() {
  if (audio.paused || audio.seeking || !by("skip-silence").checked) return;
  const at = where();
  const band = told.bands.find((each) => each.silent && at >= each.start_s && at < each.start_s + each.length_s - 0.3);
  const until = band ? band.start_s + band.length_s : peaks.endOfSilence(at);
  if (until !== null && until < told.duration_s) audio.currentTime = until;
}

function skipBand() {
  if (shownBand) seek(shownBand.start_s + shownBand.length_s);
  by("play").focus(); // the button that had the focus is gone
}

function balance() {
  if (by("louder")?.checked) voices.boost(peaks.boosts());
}

// Looping: three presses of one button, or of one key

function goOnWithTheLoop() {
  if (loop?.to !== undefined && !audio.paused && !audio.seeking && audio.currentTime >= loop.to) {
    audio.currentTime = loop.from;
  }
}

function stepLoop() {
  if (!loop) loopIs({ from: where() });
  else if (loop.to !== undefined) loopIs(null);
  else if (where() < loop.from + 0.5) say(words.loop_empty);
  else {
    loopIs({ from: loop.from, to: where() });
    playFrom(loop.from);
  }
}

function loopIs(stretch) {
  loop = stretch;
  const complete = stretch?.to !== undefined;
  by("loop").textContent = !stretch ? words.loop_from : complete ? words.loop_off : words.loop_to;
  const ends = { from: clock(stretch?.from ?? 0), to: clock(stretch?.to ?? 0) };
  say(filled(!stretch ? words.loop_over : complete ? words.looping : words.loop_began, ends));
  picture.showLoop(complete ? stretch : null, loopIs);
}

// Speed, and a typed time

function speedIs(rate) {
  audio.playbackRate = rate;
  say(filled(words.speed, { rate }));
}

function stepSpeed(steps) {
  const speed = by("speed");
  speed.selectedIndex = Math.max(0, Math.min(speed.options.length - 1, speed.selectedIndex + steps));
  speedIs(Number(speed.value));
}

function goToTyped(event) {
  event.preventDefault();
  const field = by("go-to");
  const seconds = typedTime(field.value);
  const wrong = seconds === null || seconds > told.duration_s;
  field.toggleAttribute("aria-invalid", wrong);
  say(wrong ? filled(words.no_time, { typed: field.value }) : "");
  if (!wrong) playFrom(seconds);
}

// Moments: what happened in the call, and notes that name one

let flags = [];

async function showMoments() {
  flags.splice(0).forEach((remove) => remove());
  const links = [...document.querySelectorAll("a[data-at]")];
  for (const link of links) {
    const atS = Number(link.dataset.at);
    link.onclick = (event) => {
      event.preventDefault();
      playFrom(atS);
    };
    if (link.dataset.flag) flags.push(await picture.addFlag(atS, link.dataset.flag, link.dataset.words, () => playFrom(atS)));
  }
}

function noteHere() {
  const note = by("note");
  if (!note) return;
  const moment = `@${clock(where())} `;
  const before = note.value && !/\s$/.test(note.value) ? `${note.value} ` : note.value;
  note.value = `${before}${moment}`;
  note.focus();
}

// Listening counts as being there: a long call must not sign its listener out half way through.
setInterval(() => {
  if (!audio.paused) fetch(player.dataset.audio, { method: "HEAD" }).catch(() => undefined);
}, STILL_HERE_MS);

function press(id) {
  by(id)?.click();
}

audio.controls = false;
audio.hidden = true;
audio.preservesPitch = true;
by("deck").hidden = false;
by("play").addEventListener("click", toggle);
by("back").addEventListener("click", () => seek(audio.currentTime - JUMP_S));
by("forward").addEventListener("click", () => seek(audio.currentTime + JUMP_S));
by("speed").addEventListener("change", (event) => speedIs(Number(event.target.value)));
by("voices")?.addEventListener("change", (event) => voices.hear(event.target.value));
by("louder")?.addEventListener("change", (event) => voices.boost(event.target.checked ? peaks.boosts() : [1, 1]));
by("skip").addEventListener("click", skipBand);
by("loop").addEventListener("click", stepLoop);
by("go").addEventListener("submit", goToTyped);
by("note-here")?.addEventListener("click", noteHere);
by("narrower").addEventListener("click", () => picture.zoom(false));
by("wider").addEventListener("click", () => picture.zoom(true));
for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, showState);
for (const name of ["seeked", "loadedmetadata"]) audio.addEventListener(name, show);
audio.addEventListener("error", () => complain(audio.error));
wave.addEventListener("pointerdown", () => wave.focus({ preventScroll: true }));
picture.follow(show);
listenForKeys(player, {
  " ": toggle,
  Enter: toggle,
  ArrowLeft: () => seek(audio.currentTime - STEP_S),
  ArrowDown: () => seek(audio.currentTime - STEP_S),
  ArrowRight: () => seek(audio.currentTime + STEP_S),
  ArrowUp: () => seek(audio.currentTime + STEP_S),
  "Shift ArrowLeft": () => seek(audio.currentTime - STRIDE_S),
  "Shift ArrowRight": () => seek(audio.currentTime + STRIDE_S),
  PageDown: () => seek(audio.currentTime - STRIDE_S),
  PageUp: () => seek(audio.currentTime + STRIDE_S),
  Home: () => seek(0),
  End: () => seek(told.duration_s),
  "[": () => stepSpeed(-1),
  "]": () => stepSpeed(1),
  s: () => press("skip-silence"),
  q: () => press("louder"),
  l: stepLoop,
  g: () => by("go-to").focus(),
  n: noteHere,
  "-": () => picture.zoom(false),
  "+": () => picture.zoom(true),
  "?": () => { by("keys").open = !by("keys").open; },
});
keepNotesInPlace(by("notes"), showMoments, () => {
  by("player-fault").textContent = words.note_lost;
  by("player-fault").hidden = false;
});
// Just opened: the keys are at hand. Before that the browser itself goes to what the address names.
addEventListener("load", () => {
  if (location.hash === "#player" && document.activeElement === document.body) wave.focus({ preventScroll: true });
});
showState();
showMoments();

function fetchPeaks() {
  peaks.fetch(player.dataset.peaks, () => {
    picture.draw(peaks);
    balance();
  }).catch(() => {
    wave.dataset.drawn = "bar"; // it plays without a picture
    say(words.no_drawing);
  });
}

// Sound first: drawing a long call keeps the box busy for a while. Some browsers bring no sound before Play.
const soundIsThere = new Promise((resolve) => {
  if (audio.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA) resolve();
  for (const name of ["canplay", "error"]) audio.addEventListener(name, resolve, { once: true });
  setTimeout(resolve, SOUND_WITHIN_MS);
});
soundIsThere.then(() => peaks.fetch(player.dataset.peaks, () => {
  picture.draw(peaks);
  balance();
})).catch(() => {
  wave.dataset.drawn = "bar"; // it plays without a picture
  say(words.no_drawing);
});
