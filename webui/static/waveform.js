// Both voices as a picture: the outside party above the middle, the office below; or both mixed, alike on either side.

// Decoded at the telephone's own rate an hour takes 230 MB of the browser's memory; a longer call gets a plain bar.
const LONGEST_S = 40 * 60;
const RATE_HZ = 8000;
const PEAKS = 1200;

/** The loudest sample of each of PEAKS stretches, per channel, 0 to 1; null when the call is too long to draw. */
export async function readPeaks(address, durationS) {
  if (durationS > LONGEST_S) return null;
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`the box answered ${answer.status}`);
  const decoder = new OfflineAudioContext(2, 1, RATE_HZ);
  const sound = await decoder.decodeAudioData(await answer.arrayBuffer());
  if (sound.numberOfChannels < 2) {
    const mixed = loudest(sound.getChannelData(0));
    return [mixed, mixed];
  }
  return [0, 1].map((channel) => loudest(sound.getChannelData(channel)));
}

function loudest(samples) {
  const peaks = new Float32Array(PEAKS);
  const step = samples.length / PEAKS;
  for (let index = 0; index < PEAKS; index++) {
    const end = Math.min(samples.length, Math.ceil((index + 1) * step));
    let peak = 0;
    for (let at = Math.floor(index * step); at < end; at++) peak = Math.max(peak, Math.abs(samples[at]));
    peaks[index] = peak;
  }
  return peaks;
}

/** Draw the picture, what was played in full colour. `played` is 0 to 1; `peaks` may be null. */
export function draw(canvas, peaks, played) {
  const scale = window.devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * scale);
  const height = Math.round(canvas.clientHeight * scale);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d");
  const colours = getComputedStyle(canvas);
  pen.clearRect(0, 0, width, height);
  const middle = height / 2;
  if (peaks) drawVoices(pen, peaks, played, width, middle, scale, colours);
  pen.fillStyle = colours.getPropertyValue("--line");
  pen.fillRect(0, middle - scale / 2, width, scale);
  pen.fillStyle = colours.getPropertyValue("--ink");
  pen.fillRect(Math.min(width - 2 * scale, played * width), 0, 2 * scale, height);
}

function drawVoices(pen, peaks, played, width, middle, scale, colours) {
  const bar = 3 * scale;
  const count = Math.floor(width / bar);
  const loud = Math.max(0.05, ...peaks[0], ...peaks[1]); // a quiet call is drawn as tall as a loud one
  for (let index = 0; index < count; index++) {
    pen.globalAlpha = index / count < played ? 1 : 0.4;
    for (const [voice, name] of [[0, "--far"], [1, peaks[0] === peaks[1] ? "--far" : "--office"]]) {
      const length = Math.max(scale, (most(peaks[voice], index / count, (index + 1) / count) / loud) * (middle - 6 * scale));
      pen.fillStyle = colours.getPropertyValue(name);
      pen.fillRect(index * bar, voice === 0 ? middle - length - scale : middle + scale, bar - scale, length);
    }
  }
  pen.globalAlpha = 1;
}

function most(peaks, from, to) {
  let peak = 0;
  const end = Math.max(Math.floor(from * PEAKS) + 1, Math.floor(to * PEAKS));
  for (let at = Math.floor(from * PEAKS); at < end; at++) peak = Math.max(peak, peaks[at] ?? 0);
  return peak;
}
