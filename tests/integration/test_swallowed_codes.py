"""Feature codes that the office keys by audible tones are not for the far party: 60 ms at most, on a real bridge."""

from __future__ import annotations

import subprocess
import sys
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.contract.native_ear import Samples

LOUD = 500


@pytest.mark.parametrize("order", ["first", "then"])
@pytest.mark.parametrize("code", ["*48", "*49", "*44"])
def test_a_code_is_told_and_at_most_60_ms_of_it_reach_the_far_party_who_then_hears_again(
    tmp_path: Path, code: str, order: str, record_property: Callable[[str, object], None]
) -> None:
    told, heard_ms = _keyed(tmp_path / "far.wav", code, order)
    record_property(f"ms of {code} that reached the far party", heard_ms[0])
    assert told == code
    assert len(heard_ms) == 2, "a part of the asterisk, and the 5 after the code"
    assert heard_ms[0] <= 60
    assert heard_ms[1] == pytest.approx(100, abs=25)


def test_a_far_party_whom_everybody_forgot_hears_again_after_three_seconds(tmp_path: Path) -> None:
    told, heard_ms = _keyed(tmp_path / "far.wav", "*48", "then", "forget")
    assert told == "*48"
    assert heard_ms[-1] == pytest.approx(100, abs=25)


def test_keys_that_are_no_code_reach_the_far_party_whole_and_nobody_else(tmp_path: Path) -> None:
    told, heard_ms = _keyed(tmp_path / "far.wav", "123", "then")
    assert told == ""
    assert heard_ms == pytest.approx([100] * 4, abs=25)


def _keyed(far: Path, *arguments: str) -> tuple[str, list[float]]:
    """The keys told, and how long each sound lasted that the far party heard."""
    outcome = subprocess.run(
        [sys.executable, "-m", "tests.integration.code_process", str(far), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    with wave.open(str(far)) as sound:
        audio = np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
    return outcome.stdout.rpartition("told: ")[2].strip(), _bursts(audio)


def _bursts(audio: Samples) -> list[float]:
    """Lengths, in ms, of the sounds that silence of more than 20 ms lies between."""
    loud = np.flatnonzero(np.abs(audio) > LOUD)
    if not len(loud):
        return []
    ends = np.flatnonzero(np.diff(loud) > 160)
    starts, stops = loud[np.concatenate([[0], ends + 1])], loud[np.concatenate([ends, [len(loud) - 1]])]
    return [float(stop - start + 1) / 8 for start, stop in zip(starts, stops, strict=True)]
