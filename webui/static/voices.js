// Which voice is heard in which ear. The browser's own player is used as it is until somebody chooses otherwise.

// For each choice: how loud the outside party and the office are in the left and in the right ear.
const CHOICES = {
  sides: [[1, 0], [0, 1]],
  middle: [[0.7, 0.7], [0.7, 0.7]],
  outside: [[1, 1], [0, 0]],
  office: [[0, 0], [1, 1]],
};

/** A function that, given a choice's name, routes the element's two voices so. */
export function voicesOf(element) {
  let gains = null;
  return (choice) => {
    gains ??= wire(element);
    CHOICES[choice].forEach((ears, voice) => ears.forEach((loudness, ear) => {
      gains[voice][ear].gain.value = loudness;
    }));
  };
}

function wire(element) {
  const context = new AudioContext();
  const apart = context.createChannelSplitter(2);
  const together = context.createChannelMerger(2);
  context.createMediaElementSource(element).connect(apart);
  together.connect(context.destination);
  context.resume();
  return [0, 1].map((voice) => [0, 1].map((ear) => {
    const gain = context.createGain();
    apart.connect(gain, voice);
    gain.connect(together, 0, ear);
    return gain;
  }));
}
