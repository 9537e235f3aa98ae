// How loud each party is over the recording's time. The box makes it while it is fetched; the sound waits for none of it.

const LOUDEST = 255;
const QUIET = 0.25; // of a voice's own loudest: speech is far above, a line's hiss below
const HISS = 16; // of LOUDEST, some 48 dB under full scale: all there is of a party that says nothing
const SHORTEST_SILENCE_S = 2;
const BEFORE_SPEECH_S = 0.3; // so that a word's beginning is heard
const LOUDEST_BOOST = 8;

/** One recording's bins, a byte for each and voice: the root of its loudest sample. `known` bins have come so far. */
export class Peaks {
  constructor(durationS, binMs, channels) {
    this.binS = binMs / 1000;
    this.count = Math.max(1, Math.ceil(durationS / this.binS));
    this.voices = Array.from({ length: channels }, () => new Uint8Array(this.count));
    this.known = 0;
    this.loudestOf = this.voices.map(() => 0);
    this.complete = false;
  }

  /** Fetch them; `news` is called as they come. */
  async fetch(address, news) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`the box answered ${answer.status}`);
    const reader = answer.body.getReader();
    let taken = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      for (const byte of value) this.#take(taken++, byte);
      this.known = Math.min(this.count, Math.floor(taken / this.voices.length));
      news();
    }
    this.complete = true;
    news();
  }

  #take(place, byte) {
    const bin = Math.floor(place / this.voices.length);
    if (bin >= this.count) return; // the last packet may end after the recording does
    const voice = place % this.voices.length;
    this.voices[voice][bin] = byte;
    this.loudestOf[voice] = Math.max(this.loudestOf[voice], byte);
  }

  /** A voice for the picture, 0 to 1; a quiet call is drawn as tall as a loud one. */
  drawInto(heights, voice) {
    const whole = Math.max(...this.loudestOf, LOUDEST / 6);
    this.voices[voice].forEach((byte, bin) => { heights[bin] = (byte / whole) ** 1.3; });
  }

  /** Where playing may go on, in seconds, if at `atS` both are silent for long; null where somebody speaks. */
  endOfSilence(atS) {
    const least = this.loudestOf.map((loudest) => Math.max(loudest * QUIET, HISS)); // a soft party speaks, too
    const quiet = (bin) => bin < this.known && this.voices.every((voice, whose) => voice[bin] < least[whose]);
    const here = Math.floor(atS / this.binS);
    if (!quiet(here)) return null;
    let end = here;
    while (quiet(end)) end++;
    let start = here;
    while (start > 0 && quiet(start - 1)) start--;
    const until = end * this.binS - BEFORE_SPEECH_S;
    return (end - start) * this.binS >= SHORTEST_SILENCE_S && until > atS + 0.5 ? until : null;
  }

  /** By how much each voice is to be amplified so that the quieter is as loud as the other. */
  boosts() {
    const [one, other] = this.voices.map((voice) => loudness(voice));
    if (!one || !other) return [1, 1];
    return [Math.min(LOUDEST_BOOST, Math.max(1, other / one)), Math.min(LOUDEST_BOOST, Math.max(1, one / other))];
  }
}

/** What three quarters of a voice's loud bins stay below, 0 to 1; 0 for one that says nothing. */
function loudness(voice) {
  const loudest = voice.reduce((most, byte) => Math.max(most, byte), 0);
  const spoken = voice.filter((byte) => byte > loudest * QUIET).sort();
  return spoken.length ? (spoken[Math.floor(spoken.length * 0.75)] / LOUDEST) ** 2 : 0;
}
