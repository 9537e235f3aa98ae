"""Speech for made-up calls: recorded by a person where Debian's studio prompts are installed, else spoken by espeak-ng.

Neither is part of the product: the first comes with the package ``asterisk-core-sounds-en-wav``, the second with
``espeak-ng``.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import wave
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

from firmware.core.errors import MissingComponent
from firmware.core.speech_level import NOMINAL_DBM0, active_speech_level_dbm0

SAMPLE_RATE_HZ = 8000
STUDIO_FOLDERS = (Path("/usr/share/asterisk/sounds/en_US_f_Allison"), Path("/usr/share/asterisk/sounds/en"))

# Shouting monkeys are not speech.
_NOT_SPEECH = frozenset({"tt-monkeys"})
_VOICES = ("en-gb+f3", "en-gb-x-rp+m3")
_SENTENCES = (
    "Good morning, you are through to the front desk. How can I help you today?",
    "Hello, I am ringing about the order we placed with you at the end of last week.",
    "Of course. Could you give me the reference, please? It is on the first page of the letter.",
    "Yes, one moment. It is four, seven, one, nine, and the letters are B and K.",
    "Thank you. I can see it here: two boxes, and they left our warehouse this morning.",
    "That is good to hear, because we shall need them before the meeting on Thursday.",
    "They ought to be with you tomorrow, and somebody will have to sign for them.",
    "There is always someone here between half past eight and five o'clock.",
    "Perfect. I have made a note of that. Is there anything else I can do for you?",
    "No, that was all. Thank you very much for your help, and goodbye.",
)


@dataclass(frozen=True)
class Passage:
    """One person saying something: 16-bit mono at 8 kHz, at the nominal speech level."""

    name: str
    samples: array[int]

    @property
    def duration_s(self) -> float:
        return len(self.samples) / SAMPLE_RATE_HZ


def speech_material(
    shortest_s: float = 2.5, longest_s: float = 9.0, most: int = 48, folders: Sequence[Path] = STUDIO_FOLDERS
) -> list[Passage]:
    """Passages of clean speech in a fixed order: at least two, at most as many as asked for.

    Raises:
        MissingComponent: neither source of speech is installed.
    """
    for folder in folders:
        found = list(islice(_studio(folder, shortest_s, longest_s), most))
        if len(found) > 1:
            return found
    if shutil.which("espeak-ng") is None:
        raise MissingComponent(
            "There is no speech for made-up calls.",
            "Install it: apt-get install asterisk-core-sounds-en-wav (or espeak-ng)",
        )
    return [_spoken(number, sentence) for number, sentence in enumerate(_SENTENCES)]


def _studio(folder: Path, shortest_s: float, longest_s: float) -> Iterator[Passage]:
    for path in sorted(folder.glob("*.wav")):
        passage = None if path.stem in _NOT_SPEECH else _read(path, shortest_s, longest_s)
        if passage is not None:
            yield passage


def _read(path: Path, shortest_s: float, longest_s: float) -> Passage | None:
    with wave.open(str(path), "rb") as audio:
        telephone_grade = (audio.getframerate(), audio.getnchannels(), audio.getsampwidth()) == (SAMPLE_RATE_HZ, 1, 2)
        if not telephone_grade or not shortest_s <= audio.getnframes() / SAMPLE_RATE_HZ <= longest_s:
            return None
        samples = _native(audio.readframes(audio.getnframes()))
    levelled = _levelled(samples)
    return Passage(path.stem, levelled) if levelled is not None else None


def _spoken(number: int, sentence: str) -> Passage:
    command = ["espeak-ng", "-v", _VOICES[number % len(_VOICES)], "-s", "150", "--stdout", sentence]
    wav = subprocess.run(command, capture_output=True, check=False, timeout=30)
    # espeak-ng streams: its RIFF lengths are made up, so the header is read by hand (44 bytes, rate at 24).
    rate_hz = int.from_bytes(wav.stdout[24:28], "little")
    samples = _levelled(_to_8_khz(_native(wav.stdout[44:]), rate_hz)) if rate_hz >= SAMPLE_RATE_HZ else None
    if samples is None:
        reason = wav.stderr.decode(errors="replace").strip() or "it made no sound"
        raise MissingComponent(f"espeak-ng could not speak: {reason}.", "Install it anew: apt-get install espeak-ng")
    return Passage(f"sentence {number}", samples)


def _native(little_endian: bytes) -> array[int]:
    samples = array("h", little_endian[: len(little_endian) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _to_8_khz(samples: array[int], rate_hz: int) -> array[int]:
    """Averages the stretch of input that an output sample stands for: a plain low pass, enough for a robot's voice."""
    step = rate_hz / SAMPLE_RATE_HZ
    edges = [round(index * step) for index in range(int(len(samples) / step) + 1)]
    return array("h", (round(sum(samples[start:end]) / (end - start)) for start, end in pairwise(edges)))


def _levelled(samples: array[int]) -> array[int] | None:
    level_dbm0 = active_speech_level_dbm0(samples, SAMPLE_RATE_HZ)
    if level_dbm0 is None:
        return None
    gain = 10 ** ((NOMINAL_DBM0 - level_dbm0) / 20)
    return array("h", (max(-32768, min(32767, round(sample * gain))) for sample in samples))
