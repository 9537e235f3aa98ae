"""Made-up conversations sound like conversations: turns, both parties, sometimes both at once."""

from __future__ import annotations

import subprocess
from array import array
from pathlib import Path

import pytest

from firmware.adapters.generator.conversation import converse
from firmware.adapters.generator.speech import SAMPLE_RATE_HZ, Passage, speech_material
from firmware.core.errors import MissingComponent
from firmware.core.speech_level import NOMINAL_DBM0, active_speech_level_dbm0


def _passages(count: int, seconds: float = 3.0) -> list[Passage]:
    length = int(seconds * SAMPLE_RATE_HZ)
    return [Passage(f"p{number}", array("h", [number + 1] * length)) for number in range(count)]


def test_both_tracks_last_exactly_as_long_as_asked() -> None:
    talk = converse(_passages(6), 12.5)
    assert len(talk.far_party) == len(talk.office) == 12.5 * SAMPLE_RATE_HZ
    assert talk.duration_s == 12.5


def test_no_passage_is_said_by_both_parties() -> None:
    talk = converse(_passages(8), 120.0)
    assert not (set(talk.far_party) & set(talk.office)) - {0}
    assert len(set(talk.far_party)) > 2
    assert len(set(talk.office)) > 2


def test_the_parties_take_turns_and_now_and_then_speak_at_once() -> None:
    talk = converse(_passages(6), 60.0)
    both = sum(1 for far, office in zip(talk.far_party, talk.office, strict=True) if far and office)
    neither = sum(1 for far, office in zip(talk.far_party, talk.office, strict=True) if not far and not office)
    assert 0.02 < both / len(talk.office) < 0.2
    assert 0.02 < neither / len(talk.office) < 0.2


def test_calls_can_begin_with_other_words() -> None:
    assert converse(_passages(8), 10.0, beginning=1).office != converse(_passages(8), 10.0).office


def test_a_conversation_of_a_second_is_possible() -> None:
    talk = converse(_passages(2), 1.0)
    assert any(talk.office)
    assert not any(talk.far_party)


def _level(passage: Passage) -> float:
    level = active_speech_level_dbm0(passage.samples, SAMPLE_RATE_HZ)
    assert level is not None
    return level


def test_speech_is_at_the_level_of_a_telephone_call() -> None:
    material = speech_material(most=6)
    assert 2 <= len(material) <= 6
    assert all(abs(_level(passage) - NOMINAL_DBM0) < 0.5 for passage in material)


def test_without_studio_speech_a_synthesiser_speaks_in_two_voices(tmp_path: Path) -> None:
    subprocess.run(["espeak-ng", "--version"], check=True, stdout=subprocess.DEVNULL)
    material = speech_material(folders=(tmp_path,))
    assert len(material) == 10
    assert all(1.5 < passage.duration_s < 9.0 for passage in material)
    assert all(abs(_level(passage) - NOMINAL_DBM0) < 1.0 for passage in material)


def test_without_any_speech_the_error_names_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingComponent, match="apt-get install asterisk-core-sounds-en-wav"):
        speech_material(folders=(tmp_path,))
