// The player: the browser's own audio element does the work; this gives it a picture, keys and words.

import { drawLeftOut, readLeftOut, stretchAt, words } from "./left-out.js";
import { voicesOf } from "./voices.js";
import { draw, readPeaks } from "./waveform.js";

const player = document.getElementById("player");
const audio = document.getElementById("audio");
const wave = document.getElementById("wave");
const canvas = document.getElementById("wave-canvas");
const play = document.getElementById("play");
const position = document.getElementById("position");
const fault = document.getElementById("player-fault");
const silence = document.getElementById("silence");
const skip = document.getElementById("skip");
const durationS = Number(player.dataset.duration);
const STEP_S = 5;
const JUMP_S = 10;
const STILL_HERE_MS = 120_000;

const leftOut = readLeftOut(player);

let peaks = null;

function show() {
  const at = Math.min(audio.currentTime, durationS);
  draw(canvas, peaks, durationS > 0 ? at / durationS : 0);
  const text = clock(at);
  if (silence) tellOfSilence(stretchAt(leftOut, Math.min(at, durationS - 0.1)));
  if (position.textContent !== text) {
    position.textContent = text;
    wave.setAttribute("aria-valuenow", at.toFixed(1));
    const silent = silence && silence.textContent ? `. ${silence.textContent}` : "";
    wave.setAttribute("aria-valuetext", `${text} of ${clock(durationS)}${silent}`);
  }
}

function tellOfSilence(stretch) {
  const told = stretch ? words(stretch) : "";
  if (silence.textContent === told) return; // a screen reader says each change once
  silence.textContent = told;
  skip.hidden = !stretch || stretch.side !== ""; // where one party was on hold, the other may speak
}

function showWhilePlaying() {
  show();
  if (!audio.paused) requestAnimationFrame(showWhilePlaying);
}

function showState() {
  play.dataset.playing = audio.paused ? "no" : "yes";
  play.setAttribute("aria-label", audio.paused ? "Play" : "Pause");
  showWhilePlaying();
}

function toggle() {
  if (audio.paused) audio.play().catch((error) => complain(error));
  else audio.pause();
}

function seek(seconds) {
  audio.currentTime = Math.max(0, Math.min(seconds, durationS));
  show();
}

function seekToPointer(event) {
  const box = wave.getBoundingClientRect();
  seek(((event.clientX - box.left) / box.width) * durationS);
}

function key(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const kind = event.target.tagName;
  if (kind === "INPUT" || kind === "SELECT") return;
  if (event.key === " " && (kind === "BUTTON" || kind === "A")) return; // space presses what has the focus
  const moves = {
    " ": toggle,
    ArrowLeft: () => seek(audio.currentTime - STEP_S),
    ArrowRight: () => seek(audio.currentTime + STEP_S),
    Home: () => seek(0),
    End: () => seek(durationS),
  };
  if (event.target === wave) {
    Object.assign(moves, {
      ArrowDown: moves.ArrowLeft,
      ArrowUp: moves.ArrowRight,
      PageDown: () => seek(audio.currentTime - 6 * STEP_S),
      PageUp: () => seek(audio.currentTime + 6 * STEP_S),
      Enter: toggle,
    });
  }
  if (!moves[event.key]) return;
  event.preventDefault();
  moves[event.key]();
}

function complain(error) {
  fault.textContent = audio.error || error.name === "NotSupportedError"
    ? "The recording cannot be played here. Load the page again; if that does not help, download it as MP3."
    : "The browser did not start playing. Press play once more.";
  fault.hidden = false;
}

function clock(seconds) {
  const whole = Math.floor(seconds + 0.05);
  const minutes = Math.floor(whole / 60);
  const rest = String(whole % 60).padStart(2, "0");
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

// Listening counts as being there: a long call must not sign its listener out half way through.
setInterval(() => {
  if (!audio.paused) fetch(player.dataset.audio, { method: "HEAD" }).catch(() => undefined);
}, STILL_HERE_MS);

audio.controls = false;
audio.hidden = true;
document.getElementById("deck").hidden = false;
document.getElementById("back").addEventListener("click", () => seek(audio.currentTime - JUMP_S));
document.getElementById("forward").addEventListener("click", () => seek(audio.currentTime + JUMP_S));
document.getElementById("speed").addEventListener("change", (event) => {
  audio.playbackRate = Number(event.target.value);
});
drawLeftOut(wave, leftOut, durationS);
skip?.addEventListener("click", () => {
  const stretch = stretchAt(leftOut, audio.currentTime);
  if (stretch) seek(stretch.start_s + stretch.length_s);
  play.focus(); // the button that had the focus is gone
});
const hear = voicesOf(audio);
// A line that hears both parties on one channel leaves nothing to choose.
document.getElementById("voices")?.addEventListener("change", (event) => hear(event.target.value));
play.addEventListener("click", toggle);
for (const name of ["play", "pause", "ended"]) audio.addEventListener(name, showState);
for (const name of ["seeked", "timeupdate", "loadedmetadata"]) audio.addEventListener(name, show);
audio.addEventListener("error", () => complain(audio.error));
document.addEventListener("keydown", key);
wave.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  wave.setPointerCapture(event.pointerId);
  seekToPointer(event);
});
wave.addEventListener("pointermove", (event) => {
  if (wave.hasPointerCapture(event.pointerId)) seekToPointer(event);
});
new ResizeObserver(show).observe(canvas);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
showState();
readPeaks(player.dataset.audio, durationS).then(
  (found) => {
    peaks = found;
    wave.dataset.drawn = found ? "voices" : "bar";
    show();
  },
  () => {
    wave.dataset.drawn = "bar"; // it plays without a picture
  },
);
