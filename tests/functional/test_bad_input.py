"""What goes wrong outside the box ends in a clear message, a stable exit code, and nothing lost."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from tests.functional.calls.stage import write_prompt
from tests.functional.instruments.sipp import Echoes, Sipp
from tests.functional.instruments.speech import conversation
from tests.functional.office.completeness import missing_speech
from tests.functional.office.disks import memory_disk, read_only
from tests.functional.office.office import Office, line_settings
from tests.functional.office.processes import Processes, wait_until
from tests.functional.office.speaking import LiveCall, live_call

pytestmark = pytest.mark.functional

_SETTINGS, _STORAGE, _DAMAGED, _REFUSED, _IN_USE = 11, 20, 22, 30, 40


def _ends_with(office: Office, *command: str, code: int, naming: str) -> str:
    """Run a command that must fail with ``code`` and a message that names the thing; return the message."""
    done = office.earmark(*command, may_fail=True)
    said = done.stderr
    assert done.returncode == code, f"exit code {done.returncode}: {said}"
    assert naming in said
    assert "Traceback" not in said
    assert "What to do" in said
    return said


# -- ports ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM], ids=["udp", "tcp"])
def test_a_sip_port_in_use_is_named_and_ends_the_process(office: Office, kind: int) -> None:
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", office.ports.box))
        if kind == socket.SOCK_STREAM:
            other.listen()
        _ends_with(office, "lines", code=_IN_USE, naming=str(office.ports.box))


def test_a_web_port_in_use_is_named_and_ends_the_process(office: Office) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as other:
        other.bind(("127.0.0.1", office.ports.web))
        other.listen()
        _ends_with(office, "web", code=_IN_USE, naming=str(office.ports.web))


# -- settings ---------------------------------------------------------------------------------------------------------

_Change = Callable[[dict[str, Any]], None]


def _unknown_key(settings: dict[str, Any]) -> None:
    settings["lines"][0]["colour"] = "red"


def _wrong_type(settings: dict[str, Any]) -> None:
    settings["lines"][0]["sip"]["session_timer_s"] = "soon"


def _out_of_range(settings: dict[str, Any]) -> None:
    settings["recorder"] = {"bitrate": 1}


@pytest.mark.parametrize(
    ("change", "key", "written"),
    [
        pytest.param(_unknown_key, "colour", 'colour = "red"', id="unknown key"),
        pytest.param(_wrong_type, "session_timer_s", 'session_timer_s = "soon"', id="wrong type"),
        pytest.param(_out_of_range, "bitrate", "bitrate = 1", id="out of range"),
    ],
)
def test_a_wrong_setting_is_named_with_its_line_and_changes_nothing(
    office: Office, folder: Path, change: _Change, key: str, written: str
) -> None:
    before = office.earmark("settings", "export").stdout
    settings = line_settings(office.ports)
    change(settings)
    text = tomlkit.dumps(settings)
    line = text.splitlines().index(written) + 1
    file = folder / "wrong.toml"
    file.write_text(text)
    said = _ends_with(office, "settings", "import", str(file), code=_SETTINGS, naming=key)
    assert f"line {line}" in said
    assert office.earmark("settings", "export").stdout == before


def test_a_settings_file_that_is_no_toml_is_named_with_the_line(office: Office, folder: Path) -> None:
    file = folder / "broken.toml"
    file.write_text('[office]\nname = "Office\ncountry = "GB"\n')
    assert "line 2" in _ends_with(office, "settings", "import", str(file), code=_SETTINGS, naming="broken.toml")


# -- notices ----------------------------------------------------------------------------------------------------------


_spoilt = pytest.mark.parametrize("content", [None, b"no sound at all", b""], ids=["missing", "not audio", "empty"])


def _with_notice_of_its_own(office: Office) -> dict[str, Any]:
    settings = line_settings(office.ports)
    settings["prompts"] = {"own": "own.wav"}
    settings["lines"][0]["notice"] = {"inbound": "own", "outbound": ""}
    return settings


def _spoil(file: Path, content: bytes | None) -> None:
    if content is None:
        file.unlink(missing_ok=True)
    else:
        file.write_bytes(content)


@_spoilt
def test_settings_with_a_notice_that_cannot_be_played_are_refused(
    office: Office, folder: Path, content: bytes | None
) -> None:
    own = office.home.prompts / "own.wav"
    _spoil(own, content)
    file = folder / "notice.toml"
    file.write_text(tomlkit.dumps(_with_notice_of_its_own(office)))
    told = _ends_with(office, "settings", "import", str(file), code=_SETTINGS, naming=str(own))
    assert "lines[1].notice.inbound" in told


@_spoilt
def test_a_notice_that_cannot_be_played_is_named_and_its_calls_go_through_unrecorded(
    office: Office, folder: Path, content: bytes | None
) -> None:
    """A caller who was not told is not recorded; the call matters more than both."""
    own = office.home.prompts / "own.wav"
    write_prompt(own)
    office.use_settings(_with_notice_of_its_own(office))
    _spoil(own, content)
    processes = office.start("recorder", "lines")
    (line,) = office.lines.get("/health")["lines"]
    assert str(own) in " ".join(line["attention"])
    assert str(own) in processes.log("lines")
    ports = office.ports
    phone = Sipp.answerer(folder, ports.office, Echoes(), media_base=ports.office_media)
    call = Sipp.caller(folder, ("127.0.0.1", ports.box), ports.trunk, Echoes(), media_base=ports.far_media, seconds=2)
    with phone, call as caller:
        assert caller.wait(20) == 0, caller.report()
    office.wait_until_quiet()
    wait_until(lambda: [row["state"] for row in office.recordings()] == ["not_recorded"], 20, "the call in the list")


# -- disks ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SmallOffice:
    """An office on a disk of its own, with no notice."""

    office: Office
    disk: Path

    def fill(self) -> Path:
        """Leave no room at all."""
        filler = self.disk / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                return filler


@pytest.fixture
def small(folder: Path) -> Iterator[SmallOffice]:
    with memory_disk(folder / "disk", 24) as disk, Office.found(disk / "home", notice="") as office:
        yield SmallOffice(office, disk)


def test_a_data_folder_that_cannot_be_written_is_named(small: SmallOffice) -> None:
    with read_only(small.disk):
        said = _ends_with(small.office, "recorder", code=_STORAGE, naming=str(small.office.root))
    assert "read-only" in said.lower()


def test_an_office_is_not_set_up_where_nothing_can_be_written(folder: Path, small: SmallOffice) -> None:
    nowhere = small.office.elsewhere(small.disk / "another")
    with read_only(small.disk):
        _ends_with(nowhere, "init", "--demo", code=_STORAGE, naming=str(nowhere.root))


def test_a_full_disk_costs_neither_the_call_nor_what_was_recorded_before(small: SmallOffice, folder: Path) -> None:
    """The call goes on. With room again before the ring overflows, not even its recording has lost anything."""
    office = small.office
    processes = office.start()
    with live_call(office, folder / "before", 5) as before:
        before.say(conversation(5))
        assert before.caller.wait(20) == 0
    office.wait_until_quiet()
    with live_call(office, folder / "during", 14) as during:
        during.say(conversation(12, seed=4))
        time.sleep(2)
        _fill_for_a_while(small, processes)
        assert during.caller.wait(30) == 0, during.caller.report()
    office.wait_until_quiet(40)
    for call in (before, during):
        _is_whole(office, call)
    assert office.verify().returncode == 0


def _fill_for_a_while(small: SmallOffice, processes: Processes) -> None:
    filler = small.fill()
    try:
        wait_until(lambda: "room" in processes.log("recorder").lower(), 15, "the recorder to say that there is no room")
    finally:
        filler.unlink()


def _is_whole(office: Office, call: LiveCall) -> None:
    assert missing_speech(office, call.recording_id, *call.sent()) == []


# -- recordings -------------------------------------------------------------------------------------------------------


def test_a_damaged_recording_is_named_with_its_frame_and_harms_no_other(silent_office: Office, folder: Path) -> None:
    office = silent_office
    office.start()
    calls = []
    for number in range(2):
        with live_call(office, folder / f"call{number}", 5) as call:
            call.say(conversation(5, seed=number))
            assert call.caller.wait(20) == 0
        office.wait_until_quiet()
        calls.append(call)
    assert office.verify().returncode == 0
    damaged, whole = calls
    (file,) = office.home.recordings.rglob(f"{damaged.recording_id}*.ear")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0x10
    file.write_bytes(content)

    verified = office.verify()
    assert verified.returncode == 1
    assert file.name in verified.stdout + verified.stderr
    out = folder / "damaged.wav"
    refused = office.earmark(
        *("export", damaged.recording_id, "--user", office.listener.name, "--out", str(out)),
        may_fail=True,
        EARMARK_PASSWORD=office.listener.password,
    )
    assert refused.returncode == _DAMAGED
    assert "frame" in refused.stderr
    assert not out.exists()
    _is_whole(office, whole)


def test_a_wrong_pass_phrase_is_refused_with_the_same_words_as_an_unknown_name(office: Office, folder: Path) -> None:
    office.start("recorder", "opener")
    said = []
    for name in (office.listener.name, "nobody"):
        refused = office.earmark(
            *("export", "0" * 32, "--user", name, "--out", str(folder / "x.wav")),
            may_fail=True,
            EARMARK_PASSWORD="not the pass phrase",
        )
        assert refused.returncode == _REFUSED
        said.append(refused.stderr)
    assert said[0] == said[1]
