"""Touch-tones as ITU-T Q.23 has them, at levels in dBm0 for each of the two frequencies, and what may lie over them."""

from __future__ import annotations

import subprocess
import wave
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tests.contract.native_ear import Samples

Sound = npt.NDArray[np.float64]

KEYS = "123A456B789C*0#D"
ROWS = (697, 770, 852, 941)
COLUMNS = (1209, 1336, 1477, 1633)
#: The amplitude of a sine of 0 dBm0, 3.14 dB below full scale (ITU-T G.711, A-law).
AMPLITUDE_0_DBM0 = 32768 * 10 ** (-3.14 / 20)
SPEECH_FOLDER = Path("/usr/share/asterisk/sounds")
MULTIMON_RATE = 22050


def tone(
    key: str,
    length_ms: float,
    *,
    level_dbm0: float = -10.0,
    twist_db: float = 0.0,
    off: tuple[float, float] = (0.0, 0.0),
    rate: int = 8000,
    phases: tuple[float, float] = (0.0, 0.0),
) -> Sound:
    """One key; ``twist_db`` is how much louder the upper frequency is, ``off`` by what share each is beside its own."""
    place = KEYS.index(key)
    time = np.arange(round(length_ms * rate / 1000)) / rate
    loud = AMPLITUDE_0_DBM0 * 10 ** (level_dbm0 / 20)
    lower = loud * 10 ** (-max(0.0, twist_db) / 20)
    upper = loud * 10 ** (min(0.0, twist_db) / 20)
    row, column = ROWS[place // 4] * (1 + off[0]), COLUMNS[place % 4] * (1 + off[1])
    return lower * np.sin(2 * np.pi * row * time + phases[0]) + upper * np.sin(2 * np.pi * column * time + phases[1])


def silence(length_ms: float, rate: int = 8000) -> Sound:
    return np.zeros(round(length_ms * rate / 1000))


def noise(samples: int, level_dbm0: float, chance: np.random.Generator) -> Sound:
    """White noise of a power in dBm0."""
    return chance.normal(0, AMPLITUDE_0_DBM0 / np.sqrt(2) * 10 ** (level_dbm0 / 20), samples)


def pcm(*parts: Sound) -> Samples:
    return np.clip(np.round(np.concatenate(parts)), -32768, 32767).astype(np.int16)


def at_level(sound: Sound, level_dbm0: float) -> Sound:
    power = float(np.sqrt(np.mean(sound**2))) or 1.0
    factor = float(AMPLITUDE_0_DBM0 / np.sqrt(2) * 10 ** (level_dbm0 / 20) / power)
    return sound * factor


@cache
def recorded_speech() -> Sound:
    """25 minutes of studio speech at 8 kHz (Debian's asterisk-core-sounds-en-wav)."""
    recordings = sorted({path.resolve() for path in SPEECH_FOLDER.rglob("*.wav")})
    return np.concatenate([_read_wav(path.read_bytes()) for path in recordings])


@cache
def synthetic_speech(voice: str, pitch: int, text: str) -> Sound:
    """What espeak-ng says, at 8 kHz."""
    command = ["espeak-ng", "-v", voice, "-p", str(pitch), "--stdout"]
    spoken = subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout
    return _resampled(_read_wav(spoken, frames_known=False), 22050, 8000)


def _read_wav(content: bytes, frames_known: bool = True) -> Sound:
    """Mono, 16 bits. A wav file that was piped does not know its own length."""
    if not frames_known:
        return np.frombuffer(content[44:], np.int16).astype(np.float64)
    with wave.open(BytesIO(content)) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (8000, 1)
        return np.frombuffer(sound.readframes(sound.getnframes()), np.int16).astype(np.float64)


def _resampled(sound: Sound, rate: int, wanted: int) -> Sound:
    """Through the Fourier transform: what fits into both rates is kept exactly. Padded to a length that is quick."""
    padded = np.pad(sound, (0, -len(sound) % (16 * rate)))
    length = len(padded) * wanted // rate
    spectrum, kept = np.fft.rfft(padded), np.zeros(length // 2 + 1, complex)
    shared = min(len(kept), len(spectrum))
    kept[:shared] = spectrum[:shared]
    found: Sound = np.fft.irfft(kept, length) * (wanted / rate)
    return found[: round(len(sound) * wanted / rate)]


def decoded_by_multimon(audio: Samples, rate: int = 8000) -> str:
    """The keys that multimon-ng, a decoder of its own, hears."""
    raw = pcm(_resampled(audio.astype(np.float64), rate, MULTIMON_RATE)).tobytes()
    heard = subprocess.run(
        ["multimon-ng", "-q", "-t", "raw", "-a", "DTMF", "-"], input=raw, capture_output=True, check=True
    )
    return "".join(line.split()[1] for line in heard.stdout.decode().splitlines() if line.startswith("DTMF:"))
