"""Several processes that hear calls, one recorder: what becomes of one is nothing to the others."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.control.client import ControlClient
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.core.errors import EarmarkError, ServiceAway
from firmware.core.lines_instance import LinesInstance
from tests.integration.recorder_at_work import Office, RecorderAtWork, decode, eventually, likeness, speech


class TappedLines:
    """A process of made-up calls."""

    def __init__(self, office: Office, instance: LinesInstance, channels: int) -> None:
        self._office = office
        self._command = [sys.executable, "-m", "tests.integration.tapped_line_process", str(office.home.root)]
        self._command += [instance, str(channels)]
        self.client = ControlClient(office.home.lines_socket_of(instance))
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdin=subprocess.PIPE, text=True, stderr=subprocess.PIPE)
        eventually(self._is_ready, 20.0, "the process does not start")

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, self.process.communicate()
        try:
            return bool(self.client.get("/health")["recorder_connected"])
        except ServiceAway:
            return False

    def say(self, words: str) -> None:
        assert self.process.stdin is not None
        print(words, file=self.process.stdin, flush=True)

    def calls(self) -> list[dict[str, Any]]:
        return list(self.client.get("/calls")["calls"])

    def recording(self, call_id: str) -> str:
        """Begin a call and wait until it is recorded."""
        self.say(f"call {call_id}")
        found: list[str] = []

        def is_recorded() -> bool:
            found[:] = [call["recording_id"] for call in self.calls() if call["call_id"] == call_id]
            return bool(found)

        eventually(is_recorded, 30, "the call does not begin")
        return found[0]

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.communicate(timeout=10)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    made = Office.found(tmp_path / "office")
    made.home.run.mkdir(exist_ok=True)
    return made


@pytest.fixture
def recorder(office: Office) -> Iterator[RecorderAtWork]:
    made = RecorderAtWork(office.home).start()
    yield made
    made.end()


@pytest.fixture
def copies(office: Office, recorder: RecorderAtWork) -> Iterator[TappedLines]:
    made = TappedLines(office, "siprec", 2)
    yield made
    made.stop()


@pytest.fixture
def wires(office: Office, recorder: RecorderAtWork) -> Iterator[TappedLines]:
    made = TappedLines(office, "analogue", 1)
    yield made
    made.stop()


def sealed_s(recorder: RecorderAtWork, recording: str) -> float:
    told: Any = recorder.health()["recordings"]
    return next((each["sealed_ms"] / 1000 for each in told if each["recording_id"] == recording), 0.0)


def test_a_process_that_dies_in_a_call_costs_the_others_nothing(
    office: Office, recorder: RecorderAtWork, copies: TappedLines, wires: TappedLines
) -> None:
    cut, whole = copies.recording("copied"), wires.recording("tapped")
    eventually(lambda: sealed_s(recorder, cut) > 1 and sealed_s(recorder, whole) > 1, 30, "nothing is sealed")
    copies.kill()
    eventually(lambda: (row := office.row(cut)) is not None and row.state == "interrupted", 30, "nobody noticed")
    assert sealed_s(recorder, whole) > 1, "the other goes on"
    # It comes back by itself, and hears its calls again; the recorder, too, may go and come meanwhile.
    copies.start()
    after = copies.recording("copied again")
    recorder.kill()
    recorder.start()
    eventually(lambda: sealed_s(recorder, after) > 2 and sealed_s(recorder, whole) > 4, 20.0, "nobody goes on")
    copies.say("end copied again")
    wires.say("unplug tapped")
    for recording, channels in ((after, 2), (whole, 1)):

        def is_complete(recording: str = recording) -> bool:
            row = office.row(recording)
            return row is not None and row.state == "complete"

        eventually(is_complete, 30, "the call does not end")
        heard = office.unseal(recording)
        assert (heard.channels, heard.state, heard.gaps) == (channels, "complete", ())
        assert heard.record.notice_given_by == "the PBX"
        voices = decode(heard.ogg, channels)
        assert likeness(speech(4.0), voices[0][: 4 * 8000]) > 0.85
    assert office.unseal(whole).record.end_cause == "the sound card was unplugged"


def test_what_is_asked_of_a_tapped_call_is_done_to_its_recording_and_hanging_up_is_not(
    office: Office, recorder: RecorderAtWork, wires: TappedLines
) -> None:
    SettingsFile(office.home.settings_file).replace(
        SettingsFile(office.home.settings_file).read() | {"lines": [{"kind": "analogue"}]}
    )
    recording = wires.recording("tapped")
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(office.home.root), "calls", "--json"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [call["call_id"] for call in json.loads(shown.stdout)["calls"]] == ["tapped"]
    [line] = wires.client.get("/lines")["lines"]
    assert (line["channels"], line["capabilities"]["announces"], line["notice_given_by"]) == (1, False, "the PBX")
    with pytest.raises(EarmarkError, match="only listens"):
        wires.client.post("/calls/tapped/hang-up")
    eventually(lambda: sealed_s(recorder, recording) > 1, 30, "nothing is sealed")
    asked = {"how": "page", "who": "ann"}
    assert wires.client.post("/calls/tapped/pause", asked)["call"]["paused"]
    eventually(lambda: sealed_s(recorder, recording) > 3, 30, "nothing is sealed")
    wires.client.post("/calls/tapped/resume", asked)
    wires.say("end tapped")
    eventually(lambda: (row := office.row(recording)) is not None and row.state == "complete", 30, "it does not end")
    [pause] = office.unseal(recording).record.pauses
    assert (pause.how, pause.who, pause.resumed_who) == ("page", "ann", "ann")
    assert len(office.unseal(recording).pauses) == 1
