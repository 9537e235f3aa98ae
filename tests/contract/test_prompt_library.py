"""Every notice that is promised can be played, and a bad file is refused with words that help."""

from __future__ import annotations

import math
import struct
import tomllib
import wave
from pathlib import Path
from typing import Any

import pytest

import firmware.prompts
from firmware.adapters.prompts.library import PromptLibrary
from firmware.core.errors import PromptError
from firmware.core.speech_level import NOMINAL_DBM0

SHIPPED = Path(firmware.prompts.__path__[0])
TEXTS = tomllib.loads((SHIPPED / "texts.toml").read_text())["prompts"]


def _tone(
    path: Path, *, rate: int = 8000, channels: int = 1, width: int = 2, level: float = 0.3, s: float = 1.0
) -> Path:
    samples = [round(level * 32767 * math.sin(n / 3)) for n in range(int(rate * s))]
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as audio:
        audio.setnchannels(channels)
        audio.setsampwidth(width)
        audio.setframerate(rate)
        packed = b"".join(struct.pack("<h", sample)[:width] * channels for sample in samples)
        audio.writeframes(packed)
    return path


@pytest.mark.parametrize("prompt", TEXTS)
def test_every_shipped_prompt_is_playable_and_loud_enough(tmp_path: Path, prompt: str) -> None:
    found = PromptLibrary(tmp_path).find(prompt)
    assert found.path == SHIPPED / f"{prompt}.wav"
    # A person speaks some 14 letters a second; less than half of that or more than twice was not this text.
    assert len(TEXTS[prompt]["text"]) / 28 < found.duration_ms / 1000 < 1 + len(TEXTS[prompt]["text"]) / 7
    assert found.sample_rate_hz == 8000
    assert found.level_dbm0 == pytest.approx(NOMINAL_DBM0, abs=0.5)


def test_every_shipped_prompt_has_its_text_and_who_hears_it(tmp_path: Path) -> None:
    assert set(PromptLibrary(tmp_path).shipped()) == set(TEXTS)
    assert all(entry["text"] and entry["use"] for entry in TEXTS.values())


def test_the_notice_that_new_settings_name_is_shipped(tmp_path: Path) -> None:
    assert "call-recorded" in PromptLibrary(tmp_path).shipped()


def test_the_operators_own_recording_is_played_instead(tmp_path: Path) -> None:
    own = _tone(tmp_path / "call-recorded.wav", rate=16000, s=2.5)
    found = PromptLibrary(tmp_path).find("call-recorded")
    assert (found.path, found.duration_ms, found.sample_rate_hz) == (own, 2500, 16000)


def test_the_settings_may_name_another_file(tmp_path: Path) -> None:
    own = _tone(tmp_path / "greeting-2026.wav")
    assert PromptLibrary(tmp_path, {"call-recorded": "greeting-2026.wav"}).find("call-recorded").path == own


def test_a_named_file_that_is_missing_is_an_error_not_a_fallback(tmp_path: Path) -> None:
    library = PromptLibrary(tmp_path, {"call-recorded": "gone.wav"})
    with pytest.raises(PromptError, match=r"gone\.wav is missing.*take call-recorded out of \[prompts\]"):
        library.find("call-recorded")


def test_an_unknown_notice_is_an_error_that_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match=r"no notice called welcome.*call-recorded"):
        PromptLibrary(tmp_path).find("welcome")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ({"rate": 44100}, "44100 Hz"),
        ({"channels": 2}, "2 channels"),
        ({"width": 1}, "not plain 16-bit PCM"),
        ({"s": 0.05}, "less than a tenth of a second"),
        ({"level": 0.0}, "is silent"),
        ({"level": 0.001}, "too quiet to be heard"),
    ],
)
def test_audio_that_cannot_be_played_or_heard_is_refused(tmp_path: Path, kind: dict[str, Any], words: str) -> None:
    _tone(tmp_path / "call-recorded.wav", **kind)
    with pytest.raises(PromptError, match=words) as refused:
        PromptLibrary(tmp_path).find("call-recorded")
    assert str(tmp_path / "call-recorded.wav") in str(refused.value)
    assert refused.value.remedy


@pytest.mark.parametrize("content", [b"", b"hello", b"RIFF\0\0\0\0WAVE", b"ID3\x04" + bytes(2000)])
def test_a_file_that_is_not_audio_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "call-recorded.wav").write_bytes(content)
    with pytest.raises(PromptError, match="WAV file"):
        PromptLibrary(tmp_path).find("call-recorded")


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = _tone(tmp_path / "call-recorded.wav")
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(PromptError, match="cut short"):
        PromptLibrary(tmp_path).find("call-recorded")


def test_the_extensible_form_that_pjmedia_cannot_read_is_refused(tmp_path: Path) -> None:
    path = _tone(tmp_path / "call-recorded.wav")
    content = bytearray(path.read_bytes())
    content[20:22] = struct.pack("<H", 0xFFFE)
    path.write_bytes(bytes(content))
    with pytest.raises(PromptError, match="not plain 16-bit PCM"):
        PromptLibrary(tmp_path).find("call-recorded")
