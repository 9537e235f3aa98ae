"""Real speech for tests: the studio recordings of Debian's ``asterisk-core-sounds-en-wav`` (8 kHz, mono, 16-bit).

``conversation`` makes two parties who take turns, sometimes talking at once: the far party speaks other phrases than
the office, so that each is found again only in its own channel.
"""

from __future__ import annotations

import random
import wave
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from pathlib import Path

import numpy as np

from tests.functional.instruments.g711 import Law, Pcm, encode

RATE_HZ = 8000
FOLDER = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
_PAUSE_S = 0.25
_BOTH_AT_ONCE_EVERY = 6  # turns


class NoSpeechInstalled(RuntimeError):
    """The package with the recordings is not installed."""


@dataclass(frozen=True)
class Conversation:
    """Two parties' speech on one clock, equally long."""

    far: Pcm
    office: Pcm


def read_wav(path: Path) -> Pcm:
    """One mono 8 kHz 16-bit file's samples."""
    with wave.open(str(path)) as file:
        if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE_HZ, 1, 2):
            raise ValueError(f"{path} is not 8 kHz mono 16-bit")
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def write_wav(path: Path, samples: Pcm, channels: int = 1) -> Path:
    """Write 16-bit samples, the same in each channel."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(np.repeat(samples, channels).tobytes())
    return path


def write_raw(path: Path, samples: Pcm, law: Law) -> Path:
    """Write one G.711 octet a sample, as sipp streams it."""
    path.write_bytes(encode(samples, law))
    return path


@cache
def _phrases() -> tuple[Pcm, ...]:
    """Every phrase of 1 to 3 seconds, in the order of its name: no party is silent for long."""
    if not FOLDER.is_dir():
        raise NoSpeechInstalled("install Debian's asterisk-core-sounds-en-wav: the tests speak with it")
    spoken = (read_wav(path) for path in sorted(FOLDER.glob("*.wav")) if not path.is_symlink())
    return tuple(phrase for phrase in spoken if RATE_HZ <= len(phrase) <= 3 * RATE_HZ)


def conversation(seconds: float, seed: int = 1) -> Conversation:
    """Two parties in turns for ``seconds``; the same seed gives the same samples."""
    order = list(range(len(_phrases())))
    random.Random(seed).shuffle(order)
    stocks = {"far": cycle(order[0::2]), "office": cycle(order[1::2])}
    length = round(seconds * RATE_HZ)
    channels = {side: np.zeros(length, np.int16) for side in stocks}
    at, turn = 0, 0
    while at < length:
        speakers = ("far", "office") if turn % _BOTH_AT_ONCE_EVERY == 5 else (("far", "office")[turn % 2],)
        ends = [_say(channels[side], at, _phrases()[next(stocks[side])]) for side in speakers]
        at = max(ends) + round(_PAUSE_S * RATE_HZ)
        turn += 1
    return Conversation(channels["far"], channels["office"])


def _say(channel: Pcm, at: int, phrase: Pcm) -> int:
    end = min(at + len(phrase), len(channel))
    channel[at:end] = phrase[: end - at]
    return at + len(phrase)


def silence(seconds: float) -> Pcm:
    return np.zeros(round(seconds * RATE_HZ), np.int16)
