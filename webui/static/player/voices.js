// Which voice is heard in which ear, and how loud. The browser's own player is used as it is until somebody chooses.

// For each choice: how loud the outside party and the office are in the left and in the right ear.
const CHOICES = {
  sides: [[1, 0], [0, 1]],
  middle: [[0.7, 0.7], [0.7, 0.7]],
  outside: [[1, 1], [0, 0]],
  office: [[0, 0], [1, 1]],
};

/** Routes an element's two voices. */
export class Voices {
  #element;
  #gains = null;
  #choice = "sides";
  #boosts = [1, 1];

  constructor(element) {
    this.#element = element;
  }

  hear(choice) {
    this.#choice = choice;
    this.#set();
  }

  boost(boosts) {
    this.#boosts = boosts;
    this.#set();
  }

  #set() {
    this.#gains ??= wire(this.#element);
    CHOICES[this.#choice].forEach((ears, voice) => ears.forEach((loudness, ear) => {
      this.#gains[voice][ear].gain.value = loudness * this.#boosts[voice];
    }));
  }
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
