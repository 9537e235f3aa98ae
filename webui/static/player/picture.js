// The picture: a waveform for each party, what is not as it was spoken drawn over it, moments as flags above it.

import WaveSurfer from "../vendor/wavesurfer-7.12.12.js";
import Regions from "../vendor/wavesurfer-regions-7.12.12.js";

const LANE_PX = 26; // above the waveforms, for flags
const VOICE_PX = 58;
const SMALLEST_ZOOMED_BIN_PX = 3;
const SETTLE_MS = 150; // while the picture is dragged, the sound is sought this often
const FLAGS = { announcement: "♪", transfer: "⇄", mark: "★", note: "✎" };
const DARK = matchMedia("(prefers-color-scheme: dark)");

export class Picture {
  #wave;
  #told;
  #regions;
  #surfer;
  #heights;
  #ready;
  #zoom = 1;
  #loop = null;

  /** `told` is what the page says of the recording; `peaks` may still be empty. */
  constructor(wave, audio, told, peaks) {
    this.#wave = wave;
    this.#told = told;
    this.#heights = peaks.voices.map((voice) => new Float32Array(voice.length));
    this.#regions = Regions.create();
    this.#surfer = WaveSurfer.create({
      container: wave,
      media: audio,
      peaks: this.#heights,
      duration: told.duration_s,
      cspNonce: told.nonce,
      height: VOICE_PX,
      barWidth: 2,
      barGap: 1,
      cursorWidth: 2,
      dragToSeek: { debounceTime: SETTLE_MS },
      plugins: [this.#regions],
      ...this.#colours(),
    });
    this.#ready = new Promise((resolve) => { this.#surfer.once("ready", resolve); });
    this.#surfer.getWrapper().parentElement.tabIndex = -1; // the slider around it has the focus and the keys
    DARK.addEventListener("change", () => this.#surfer.setOptions(this.#colours()));
    this.#ready.then(() => told.bands.forEach((band) => this.#addBand(band)));
  }

  /** `moved` is called whenever the position may have changed, many times a second while it plays. */
  follow(moved) {
    this.#surfer.on("timeupdate", moved);
  }

  async draw(peaks) {
    await this.#ready;
    this.#heights.forEach((heights, voice) => peaks.drawInto(heights, voice));
    this.#surfer.setOptions({}); // reads the very same arrays again
    this.#wave.dataset.drawn = peaks.complete ? "voices" : "partly";
  }

  /** A flag above the moment; a click on it calls `chosen`. The lists on the page say the same in words. */
  async addFlag(atS, kind, words, chosen) {
    await this.#ready;
    const flag = document.createElement("span");
    flag.textContent = FLAGS[kind] ?? "•";
    flag.title = words;
    flag.addEventListener("pointerdown", (event) => event.stopPropagation());
    flag.addEventListener("click", (event) => {
      event.stopPropagation();
      chosen();
    });
    const marker = this.#regions.addRegion({ id: `flagged ${kind}`, start: atS, color: "transparent", content: flag });
    flag.setAttribute("part", `flag ${kind}`);
    flag.style.pointerEvents = "all";
    this.#leaveToTheWave(marker);
    return () => marker.remove();
  }

  /** Show which stretch is looped; null for none. `changed` is called with its ends when somebody drags one of them. */
  async showLoop(loop, changed) {
    await this.#ready;
    this.#loop?.remove();
    this.#loop = null;
    if (!loop) return;
    const shape = { start: loop.from, end: loop.to, drag: false, minLength: 0.5, color: "transparent" };
    this.#loop = this.#regions.addRegion({ id: "loop", ...shape });
    this.#place(this.#loop, "");
    this.#loop.element.style.pointerEvents = "none";
    for (const handle of this.#loop.element.children) {
      handle.style.pointerEvents = "all";
      handle.addEventListener("click", (event) => event.stopPropagation());
    }
    const region = this.#loop;
    region.on("update-end", () => changed({ from: region.start, to: region.end }));
  }

  /** Twice as wide, or half as wide again, as far as there is something to see. */
  async zoom(wider) {
    await this.#ready;
    const fitting = this.#wave.clientWidth / this.#told.duration_s;
    const most = Math.max(1, (SMALLEST_ZOOMED_BIN_PX * 1000) / this.#told.bin_ms / fitting);
    this.#zoom = Math.min(most, Math.max(1, wider ? this.#zoom * 2 : this.#zoom / 2));
    this.#surfer.zoom(this.#zoom > 1 ? fitting * this.#zoom : 0);
  }

  #addBand(band) {
    const label = document.createElement("b");
    label.textContent = band.label;
    const region = this.#regions.addRegion({
      id: `band ${band.kind} ${band.side}`.trim(),
      start: band.start_s,
      end: Math.max(band.start_s + band.length_s, band.start_s + 0.001),
      drag: false,
      resize: false,
      color: "transparent",
      content: label,
    });
    label.setAttribute("part", "band-label");
    this.#place(region, band.side);
    this.#leaveToTheWave(region);
    new ResizeObserver(() => {
      label.style.visibility = label.scrollWidth > region.element.clientWidth - 4 ? "hidden" : "visible";
    }).observe(region.element);
  }

  #place(region, side) {
    const both = this.#told.channels * VOICE_PX;
    const half = this.#told.channels === 2 && side;
    Object.assign(region.element.style, {
      top: `${LANE_PX + (half && side === "office" ? VOICE_PX : 0)}px`,
      height: `${half ? VOICE_PX : both}px`,
    });
  }

  #leaveToTheWave(region) {
    region.element.style.pointerEvents = "none";
  }

  #colours() {
    const style = getComputedStyle(this.#wave);
    const colour = (name) => style.getPropertyValue(name).trim();
    const voice = (name) => ({ waveColor: `${colour(name)}80`, progressColor: colour(name) });
    return {
      cursorColor: colour("--ink"),
      splitChannels: [voice("--far"), voice("--office")].slice(0, this.#told.channels),
    };
  }
}
