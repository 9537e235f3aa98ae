"""``earmark prompts``: run as a person runs it, and read as a person reads it."""

from __future__ import annotations

import json
import wave
from array import array
from pathlib import Path

import pytest

import firmware.prompts
from firmware.adapters.prompts.library import PromptLibrary
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.store.evidence_files import EvidenceFilesReader
from firmware.config.loader import load_settings
from firmware.core.home import Home
from tests.integration.commands.earmark import Earmark

SHIPPED = Path(firmware.prompts.__path__[0])


@pytest.fixture
def earmark(earmark: Earmark) -> Earmark:
    """In an office that is set up."""
    assert earmark("init", "--demo").returncode == 0
    return earmark


@pytest.fixture
def spoken(tmp_path: Path) -> Path:
    """A recording of the office's own: 44.1 kHz, stereo."""
    file = tmp_path / "reception.wav"
    with wave.open(str(SHIPPED / "attendant-greeting.wav")) as shipped:
        samples = array("h", shipped.readframes(shipped.getnframes()))
    with wave.open(str(file), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(44100)
        out.writeframes(array("h", (sample // 4 for sample in samples for _ in range(11))).tobytes())
    return file


def in_settings(home: Home) -> dict[str, str]:
    return load_settings(SettingsFile(home.settings_file)).prompts


def test_a_list_says_of_every_shipped_prompt_how_long_it_is_who_plays_it_and_what_it_is(earmark: Earmark) -> None:
    lines = earmark("prompts", "list").stdout.splitlines()
    assert lines[0].split() == ["ID", "LASTS", "WHOSE", "PLAYED", "BY", "WHAT", "IT", "IS"]
    assert {line.split()[0] for line in lines[1:]} == {path.stem for path in SHIPPED.glob("*.wav")}
    notice = next(line for line in lines if line.startswith("call-recorded "))
    assert "9.7 s" in notice
    assert "main, generator" in notice
    assert "before being put through" in notice


def test_an_added_file_is_converted_entered_in_the_settings_and_in_the_evidence(
    earmark: Earmark, home: Home, spoken: Path
) -> None:
    done = earmark("prompts", "add", str(spoken), "--id", "welcome")
    assert done.returncode == 0, done.stderr
    assert "welcome is in the stock" in done.stdout
    assert "Lines know that from their next start" in done.stdout
    assert PromptLibrary(home.prompts).find("welcome").sample_rate_hz == 8000
    assert in_settings(home) == {"welcome": "welcome.wav"}
    shown = json.loads(earmark("prompts", "play-info", "welcome", "--json").stdout)
    assert shown["loudness_lufs"] == pytest.approx(-28.0, abs=0.5)
    (entry,) = EvidenceFilesReader(home).lines()
    assert (entry.kind, entry.subject) == ("prompt-kept", {"sha256": shown["sha256"]})


def test_an_own_prompt_with_a_shipped_id_is_played_instead_until_it_is_removed(
    earmark: Earmark, home: Home, spoken: Path
) -> None:
    earmark("prompts", "add", str(spoken), "--id", "call-recorded")
    rows = json.loads(earmark("prompts", "list", "--json").stdout)["prompts"]
    assert next(row for row in rows if row["id"] == "call-recorded")["whose"] == "own, instead of the shipped"
    done = earmark("prompts", "remove", "call-recorded")
    assert done.returncode == 0, done.stderr
    assert "the shipped one is played again" in done.stdout
    assert in_settings(home) == {}
    assert PromptLibrary(home.prompts).find("call-recorded").path.parent == SHIPPED


def test_what_is_there_is_only_replaced_when_told_to(earmark: Earmark, home: Home, spoken: Path) -> None:
    earmark("prompts", "say", "First words.", "--id", "welcome")
    before = (home.prompts / "welcome.wav").read_bytes()
    refused = earmark("prompts", "add", str(spoken), "--id", "welcome")
    assert (refused.returncode, "--replace" in refused.stderr) == (50, True)
    assert (home.prompts / "welcome.wav").read_bytes() == before
    assert earmark("prompts", "add", str(spoken), "--id", "welcome", "--replace").returncode == 0
    assert (home.prompts / "welcome.wav").read_bytes() != before


def test_a_prompt_that_the_settings_keep_in_another_file_is_replaced_there(
    earmark: Earmark, home: Home, spoken: Path
) -> None:
    earmark("prompts", "say", "Good morning.", "--id", "call-recorded")
    (home.prompts / "call-recorded.wav").rename(home.prompts / "Greeting.2026.wav")
    store = SettingsFile(home.settings_file)
    store.replace({**store.read(), "prompts": {"call-recorded": "Greeting.2026.wav"}})
    before = (home.prompts / "Greeting.2026.wav").read_bytes()
    assert earmark("prompts", "add", str(spoken), "--id", "call-recorded").returncode == 50
    assert earmark("prompts", "add", str(spoken), "--id", "call-recorded", "--replace").returncode == 0
    assert [path.name for path in home.prompts.iterdir()] == ["Greeting.2026.wav"]
    assert (home.prompts / "Greeting.2026.wav").read_bytes() != before
    assert earmark("prompts", "remove", "call-recorded").returncode == 0
    assert (list(home.prompts.iterdir()), in_settings(home)) == ([], {})


def test_what_is_no_sound_is_refused_and_changes_nothing(earmark: Earmark, home: Home, tmp_path: Path) -> None:
    letter = tmp_path / "letter.mp3"
    letter.write_text("Dear Sir or Madam")
    refused = earmark("prompts", "add", str(letter), "--id", "welcome")
    assert refused.returncode == 50
    assert f"{letter} is not sound that can be read" in refused.stderr
    assert "What to do: Give a recording in WAV, MP3" in refused.stderr
    assert not list(home.prompts.iterdir())
    assert in_settings(home) == {}


def test_without_espeak_ng_typed_text_is_refused_with_what_to_install(earmark: Earmark, tmp_path: Path) -> None:
    refused = earmark("prompts", "say", "Hello", "--id", "welcome", PATH=str(tmp_path))
    assert refused.returncode == 60
    assert "What to do: Install it: apt-get install espeak-ng" in refused.stderr


def test_a_prompt_that_a_line_plays_is_not_taken_away_from_it(earmark: Earmark, home: Home, tmp_path: Path) -> None:
    earmark("prompts", "say", "Good morning.", "--id", "welcome")
    settings = tmp_path / "office.toml"
    earmark("settings", "export", str(settings))
    settings.write_text(settings.read_text().replace('inbound = "call-recorded"', 'inbound = "welcome"', 1))
    assert earmark("settings", "import", str(settings)).returncode == 0
    refused = earmark("prompts", "remove", "welcome")
    assert refused.returncode == 50
    assert "welcome is what line main plays" in refused.stderr
    assert (home.prompts / "welcome.wav").exists()


def test_settings_that_name_a_prompt_that_does_not_exist_are_refused_by_line(earmark: Earmark, tmp_path: Path) -> None:
    settings = tmp_path / "office.toml"
    earmark("settings", "export", str(settings))
    text = settings.read_text().replace('inbound = "call-recorded"', 'inbound = "nowhere"', 1)
    settings.write_text(text)
    number = text[: text.index('"nowhere"')].count("\n") + 1
    refused = earmark("settings", "import", str(settings))
    assert refused.returncode == 11
    assert f"line {number}: lines[1].notice.inbound: There is no notice called nowhere" in refused.stderr
    assert "earmark prompts add FILE --id nowhere" in refused.stderr


@pytest.mark.parametrize("prompt", ["call-recorded", "nowhere"])
def test_only_the_offices_own_prompts_can_be_removed(earmark: Earmark, prompt: str) -> None:
    refused = earmark("prompts", "remove", prompt)
    assert refused.returncode == 50
    assert "earmark prompts list shows which are the office's own" in refused.stderr
