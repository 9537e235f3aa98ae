"""The data disk fills up, turns read-only or is pulled out in mid-call, the state partition turns read-only: on real
file systems. Not a second of a call is lost, people are told, and it is over when the disk is well again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware.adapters.control.client import ControlClient
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision.writable_folder import why_not_writable
from tests.functional.office.disks import FailingDisk, memory_disk, read_only
from tests.integration.recorder_at_work import Call, Lines, Office, RecorderAtWork, eventually, record_beside, speech
from tests.integration.recorder_process.processes import keeper_process, must_hold_all_of_it, wrong

_MB = 1_000_000


@pytest.fixture
def disk(office: Office, tmp_path: Path) -> Iterator[FailingDisk]:
    settings = SettingsFile(office.home.settings_file)
    rooms = {"recorder": {"minimum_free_mb": 50}, "space": {"reserve_mb": 20}}
    settings.replace(settings.read() | rooms)
    made = FailingDisk(tmp_path / "disk.img", office.home.data, 160)
    yield made
    eventually(made.take_out, 20, "something of it is still in use")


@pytest.fixture
def recorder(disk: FailingDisk, office: Office) -> Iterator[RecorderAtWork]:
    """It ends before its disk is taken out."""
    made = RecorderAtWork(office.home)
    yield made
    made.end()


class Talk:
    """A call in which both speak for a long time."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self.voices = speech(80), speech(80, 4.0)
        self.call = lines.call(*self.voices)
        self.call.wait_until_taken()

    def go_on(self, seconds: float) -> None:
        self._lines.talk(self.call, seconds)

    def hang_up(self) -> Call:
        self.call.hang_up()
        return self.call


def alarms(keeper: ControlClient) -> set[str]:
    """Which checks find a fault."""
    return {each["check"] for each in keeper.get("/findings")["findings"] if each["severity"] == "fault"}


def attention(recorder: RecorderAtWork) -> str:
    return str(recorder.health()["attention"])


def wait_until_well(recorder: RecorderAtWork) -> None:
    def is_well() -> bool:
        health = recorder.health()
        return (health["spooled"], health["attention"], health["data_disk"]) == (0, [], "there")

    eventually(is_well, 60, f"it is not well again: {recorder.health()}")


def must_be_all_there(office: Office, recorder: RecorderAtWork, talk: Talk, *others: Call) -> None:
    assert recorder.stop() == 0
    must_hold_all_of_it(office, talk.call, *talk.voices)
    for call in others:
        whole = office.unseal(call.id)
        assert (whole.samples, whole.gaps, whole.state) == (call.said, (), "complete")
    for call in (talk.call, *others):
        row = office.row(call.id)
        assert row is not None
        assert row.state == "complete"
    assert wrong(office) == []


def test_a_disk_that_fills_up_in_mid_call_costs_nothing_that_is_said(
    office: Office, disk: FailingDisk, recorder: RecorderAtWork, lines: Lines
) -> None:
    recorder.start()
    with keeper_process(office.home) as keeper:
        talk = Talk(lines)
        talk.go_on(4)
        disk.fill(but_for_bytes=15 * _MB)
        in_the_reserve = record_beside(lines)
        assert office.sealed_files(in_the_reserve.id) == []
        talk.go_on(4)
        assert not list(office.home.spooled.recordings.rglob(f"{talk.call.id}.*")), "it goes on into the reserve"
        disk.fill()
        talk.go_on(26)
        on_a_full_disk = record_beside(lines)
        eventually(lambda: "disk" in alarms(keeper), 60, f"nobody is told: {alarms(keeper)}")
        recorder.kill()
        recorder.start()
        talk.go_on(4)
        disk.make_room()
        eventually(lambda: office.sealed_files(on_a_full_disk.id), 60, f"it is not taken in: {recorder.health()}")
        talk.go_on(4)
        talk.hang_up()
        lines.wait_until_finished()
        wait_until_well(recorder)
        eventually(lambda: "disk" not in alarms(keeper), 60, "people are told of a disk that has room")
    must_be_all_there(office, recorder, talk, in_the_reserve, on_a_full_disk)
    assert len(office.sealed_files(talk.call.id)) == 3


@pytest.mark.parametrize("breaks", [FailingDisk.become_read_only, FailingDisk.fail], ids=["read-only", "pulled out"])
def test_a_disk_that_fails_in_mid_call_costs_nothing_that_is_said(
    office: Office,
    disk: FailingDisk,
    recorder: RecorderAtWork,
    lines: Lines,
    breaks: Callable[[FailingDisk], None],
) -> None:
    recorder.start()
    before = record_beside(lines)
    talk = Talk(lines)
    talk.go_on(4)
    breaks(disk)
    assert why_not_writable(disk.at)
    talk.call.say(2)
    assert recorder.wait() != 0, "the recorder must end: what was written and not flushed cannot be trusted"
    recorder.start()
    talk.go_on(26)
    meanwhile = record_beside(lines)
    assert "in the spool" in attention(recorder)
    eventually(disk.take_out, 20, "something of it is still in use")
    talk.go_on(4)
    disk.put_in()
    eventually(lambda: recorder.health()["data_disk"] == "there", 60, recorder.log()[-2000:])
    talk.go_on(4)
    afterwards = record_beside(lines)
    assert office.sealed_files(afterwards.id)
    talk.hang_up()
    lines.wait_until_finished()
    wait_until_well(recorder)
    must_be_all_there(office, recorder, talk, before, meanwhile, afterwards)


def test_a_state_partition_that_turns_read_only_costs_no_call_while_the_data_disk_is_well(
    office: Office, disk: FailingDisk, recorder: RecorderAtWork, lines: Lines, tmp_path: Path
) -> None:
    aside = tmp_path / "aside"
    shutil.move(office.home.state, aside)
    with memory_disk(office.home.state, 96) as state:
        shutil.copytree(aside, state, dirs_exist_ok=True)
        recorder.start()
        with read_only(state):
            assert not os.access(state, os.W_OK)
            talk = Talk(lines)
            talk.go_on(4)
            recorder.kill()
            recorder.start()
            talk.go_on(4)
            talk.hang_up()
            lines.wait_until_finished()
            with keeper_process(office.home) as keeper:
                eventually(lambda: "state" in alarms(keeper), 60, f"nobody is told: {alarms(keeper)}")
        assert why_not_writable(state) == ""
        must_be_all_there(office, recorder, talk)
        lines.stop()
