"""Made-up traffic on a tapped pair of wires, with what was really said when: tones of the British network, studio
speech, noise, hum, clicks, a caller's number sent as data, pauses."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from firmware.core.analogue.line_tones import UNITED_KINGDOM, ToneMeaning
from firmware.core.call_record import Direction
from tests.contract.touch_tones import AMPLITUDE_0_DBM0, Sound, at_level, noise, recorded_speech, silence, tone

RATE_HZ = 8000


@dataclass(frozen=True)
class TrueCall:
    """A call that was really made. Times in ms; speech and what is heard of the other end lie between the two."""

    direction: Direction
    first_word_ms: int
    last_word_ms: int
    dialled: str | None = None


@dataclass
class Line:
    """A line's sound in the making. ``level_dbm0`` of speech is that of active speech, roughly."""

    chance: np.random.Generator
    parts: list[Sound] = field(default_factory=list)
    calls: list[TrueCall] = field(default_factory=list)
    rings_ms: list[int] = field(default_factory=list)
    hooks: list[tuple[int, bool]] = field(default_factory=list)
    _samples: int = 0
    talk_and_hold_s: float = 0.0

    @property
    def now_ms(self) -> int:
        return self._samples * 1000 // RATE_HZ

    def add(self, sound: Sound) -> None:
        self.parts.append(sound)
        self._samples += len(sound)

    def quiet(self, seconds: float) -> None:
        self.add(np.zeros(round(seconds * RATE_HZ)))

    def hook(self, off: bool) -> None:
        """The phone is lifted or put down, with the click that makes."""
        self.hooks.append((self.now_ms, off))
        self.add(at_level(self.chance.normal(0, 1, 80), -12.0))
        self.quiet(0.05)

    def network_tone(self, meaning: ToneMeaning, seconds: float, level_dbm0: float = -21.0) -> None:
        self.add(network_tone(meaning, seconds, level_dbm0))

    def keys(self, number: str) -> None:
        for key in number:
            self.add(tone(key, float(self.chance.integers(70, 140)), level_dbm0=-9.0))
            self.add(silence(float(self.chance.integers(60, 400))))

    def rings(self, times: int, told: bool = True) -> None:
        """The phone rings; the tap hears the steep edges of the ringing current as a soft buzz."""
        for _ in range(times):
            buzz = at_level(np.sign(np.sin(2 * np.pi * 25 * np.arange(RATE_HZ) / RATE_HZ)), -32.0)
            if told:
                self.rings_ms.append(self.now_ms + 400)
            self.add(np.concatenate([buzz[:3200], np.zeros(1600), buzz[:3200], np.zeros(16000)]))

    def caller_id(self) -> None:
        """A number on its way to the display: V.23 at 1,200 bit/s, as ETSI EN 300 659-1 has it."""
        bits = [*([0, 1] * 150), *([1] * 180), *self.chance.integers(0, 2, 400)]
        hertz = np.repeat([1300.0 if bit else 2100.0 for bit in bits], 7)
        self.add(_amplitude(-18.0) * np.sin(2 * np.pi * np.cumsum(hertz) / RATE_HZ))
        self.quiet(0.4)

    def talk(self, direction: Direction, seconds: float, *, dialled: str | None = None, pause_s: float = 0.0) -> None:
        """Two parties, the far one softer; with a pause in which nobody says a word."""
        first_ms = self.now_ms
        half = seconds / 2
        self.add(self._speech(half))
        if self.talk_and_hold_s:
            self.add(music(self.talk_and_hold_s, self.chance))
            self.talk_and_hold_s = 0.0
        self.quiet(pause_s)
        self.add(self._speech(seconds - half))
        self.calls.append(TrueCall(direction, first_ms, self.now_ms, dialled))

    def _speech(self, seconds: float) -> Sound:
        said: list[Sound] = []
        left = round(seconds * RATE_HZ)
        while left > 0:
            turn = utterance(self.chance)[:left]
            said.append(at_level(turn, float(self.chance.uniform(-32, -16))))
            gap = np.zeros(min(max(0, left - len(turn)), int(self.chance.integers(800, 12000))))
            said.append(gap)
            left -= len(turn) + len(gap)
        return np.concatenate(said)

    def sound(self, noise_dbm0: float = -58.0, hum_dbm0: float = -45.0) -> npt.NDArray[np.int16]:
        """All of it, over the line's noise and hum."""
        clean = np.concatenate(self.parts)
        time = np.arange(len(clean)) / RATE_HZ
        hum = sum(np.sin(2 * np.pi * hertz * time) / (n + 1) for n, hertz in enumerate((50, 100, 150, 250)))
        noisy = clean + noise(len(clean), noise_dbm0, self.chance) + _amplitude(hum_dbm0) * hum
        return np.clip(np.round(noisy), -32768, 32767).astype(np.int16)


def network_tone(meaning: ToneMeaning, seconds: float, level_dbm0: float = -21.0) -> Sound:
    """So much of a tone of the British network, beginning with its first *on*."""
    chosen = next(each for each in UNITED_KINGDOM.tones if each.meaning == meaning)
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    loud = _amplitude(level_dbm0) * sum(np.sin(2 * np.pi * hertz * time) for hertz in chosen.frequencies_hz)
    if not chosen.cadence_ms:
        return np.asarray(loud)
    cycle = np.concatenate([np.full(ms * RATE_HZ // 1000, 1.0 - n % 2) for n, ms in enumerate(chosen.cadence_ms)])
    return np.asarray(loud * np.resize(cycle, len(time)))


def music(seconds: float, chance: np.random.Generator) -> Sound:
    """Chords with a few harmonics, one after the other without a break, as an exchange plays to people on hold."""
    chords = []
    for _ in range(round(seconds * 2)):
        time = np.arange(RATE_HZ // 2) / RATE_HZ
        notes = 220 * 2 ** (chance.choice([0, 2, 4, 5, 7, 9, 11, 12], 3, replace=False) / 12)
        chord = sum(np.sin(2 * np.pi * hertz * n * time) / n**1.5 for hertz in notes for n in (1, 2, 3))
        chords.append(chord * (0.5 + 0.5 * np.exp(-4 * time)))
    return at_level(np.concatenate(chords), -22.0)


def _amplitude(level_dbm0: float) -> float:
    return float(AMPLITUDE_0_DBM0 * 10 ** (level_dbm0 / 20))


@cache
def utterances() -> tuple[Sound, ...]:
    """Studio speech cut where it pauses: words and phrases of 0.3 to 6 s, with nothing before their first sound."""
    speech = recorded_speech()
    block = 160
    powers = np.sqrt(np.mean(speech[: len(speech) // block * block].reshape(-1, block) ** 2, axis=1))
    loud = powers > 60
    edges = np.flatnonzero(np.diff(np.convolve(loud, np.ones(8), "same") > 0))
    found = []
    for start, end in pairwise(edges):
        piece = speech[start * block : end * block]
        spoken = np.flatnonzero(np.abs(piece) > 300)
        if len(spoken) and 0.3 * RATE_HZ < len(piece) < 6 * RATE_HZ:
            found.append(piece[spoken[0] : spoken[-1]])
    return tuple(piece for piece in found if len(piece) > 0.25 * RATE_HZ)


def utterance(chance: np.random.Generator) -> Sound:
    pieces = utterances()
    return pieces[int(chance.integers(len(pieces)))]
