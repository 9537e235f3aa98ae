"""The encrypted data disk on a real block device: pass phrases, sticks, growing; calls while it is locked or gone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from firmware.adapters.control.client import ControlClient
from firmware.adapters.disk.luks import DEVICE_VARIABLE, MAPPED, LuksVolume
from firmware.adapters.disk.mounted import Mounted
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.cli.disk.command import disk
from firmware.cli.disk.composition import data_volume
from firmware.core.data_volume import KeyKind, VolumeState
from firmware.core.errors import ActionRefused, ServiceAway, WrongDiskKey
from firmware.core.home import Home
from tests.integration.recorder_at_work import (
    Call,
    Lines,
    Office,
    RecorderAtWork,
    eventually,
    record_beside,
    speech,
)
from tests.integration.recorder_process.processes import wrong
from tests.vm.devices.block_device import BlockDevice, fail_all

# Trying a pass phrase takes seconds by design, and many of them where the processor is imitated.
pytestmark = pytest.mark.timeout(900)

PHRASE = "seven green bottles standing"
STICK = Path("/dev/disk/by-label/EARMARK-KEY")


class Box:
    """A box with a blank data disk, before and after it is an office's."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = Home(folder / "var")
        self.home.data.mkdir(parents=True)
        self.device = BlockDevice(folder / "disk.img", 96)
        monkeypatch.setenv(DEVICE_VARIABLE, str(self.device.path))

    @property
    def volume(self) -> LuksVolume:
        return data_volume(self.home)

    def earmark_disk(self, *arguments: str, typed: str = "", fails: type[Exception] | None = None) -> Result:
        done = CliRunner().invoke(disk, arguments, obj=self.home, input=typed)
        assert isinstance(done.exception, fails) if fails else done.exit_code == 0, (done.output, done.exception)
        return done

    def encrypted_office(self) -> Office:
        self.earmark_disk("format", "--choose", typed=f"{PHRASE}\n{PHRASE}\n")
        office = Office.found(self.home.root)
        settings = SettingsFile(office.home.settings_file)
        settings.replace(settings.read() | {"space": {"reserve_mb": 10}})  # the disk is small
        return office


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    made = Box(tmp_path, monkeypatch)
    yield made
    made.volume.close()
    made.device.take_away()


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[BlockDevice]:
    """In the port, as udev shows one that bears the label."""
    made = BlockDevice(tmp_path / "stick.img", 16)
    STICK.parent.mkdir(parents=True, exist_ok=True)
    STICK.symlink_to(made.path)
    yield made
    STICK.unlink(missing_ok=True)
    made.take_away()


def record(lines: Lines, seconds: float = 3.0) -> Call:
    call = lines.call(speech(seconds), speech(seconds, 4.0))
    call.wait_until_taken()
    call.say(seconds)
    call.hang_up()
    lines.wait_until_finished(60)
    return call


def must_be_whole(office: Office, call: Call) -> None:
    whole = office.unseal(call.id)
    assert (whole.samples, whole.gaps, whole.state) == (call.said, (), "complete")


def test_a_blank_disk_is_encrypted_once_and_opened_by_its_pass_phrase_alone(box: Box) -> None:
    assert box.volume.state() is VolumeState.BLANK
    told = box.earmark_disk("format").output
    found = re.search(r"shown this once: (.+)", told)
    assert found
    made_up = found[1]
    (box.home.data / "here").write_text("kept")
    assert subprocess.run(["grep", "-c", "-a", "kept", box.device.path], check=False).returncode == 1
    box.earmark_disk("format", fails=ActionRefused)
    box.earmark_disk("close")
    assert (box.volume.state(), list(box.home.data.iterdir())) == (VolumeState.CLOSED, [])
    box.earmark_disk("open", typed="not the pass phrase\n", fails=WrongDiskKey)
    assert box.volume.state() is VolumeState.CLOSED
    box.earmark_disk("open", typed=f"  {made_up.replace(' ', '  ')}\n")
    assert (box.home.data / "here").read_text() == "kept"
    assert "aes-xts-plain64" in _dump(box)
    assert "argon2id" in _dump(box)


def test_keys_are_added_and_removed_but_never_the_one_that_was_given(box: Box) -> None:
    box.earmark_disk("format", "--choose", typed=f"{PHRASE}\n{PHRASE}\n")
    new = "another pass phrase of ours"
    box.earmark_disk("key", "add", typed=f"wrong\n{new}\n{new}\n", fails=WrongDiskKey)
    box.earmark_disk("key", "add", typed=f"{PHRASE}\n{new}\n{new}\n")
    assert [key.kind for key in box.volume.slots()] == [KeyKind.PHRASE, KeyKind.PHRASE]
    box.earmark_disk("key", "remove", "1", typed=f"{new}\n", fails=ActionRefused)
    box.earmark_disk("key", "remove", "7", typed=f"{new}\n", fails=ActionRefused)
    box.earmark_disk("key", "remove", "0", typed=f"{new}\n")
    box.earmark_disk("close")
    box.earmark_disk("open", typed=f"{PHRASE}\n", fails=WrongDiskKey)
    box.earmark_disk("open", typed=f"{new}\n")
    assert [(key.slot, key.kind) for key in box.volume.slots()] == [(1, KeyKind.PHRASE)]


def test_a_disk_that_was_given_more_room_is_used_whole_once_it_is_opened(box: Box) -> None:
    box.earmark_disk("format", "--choose", typed=f"{PHRASE}\n{PHRASE}\n")
    before = shutil.disk_usage(box.home.data).total
    box.earmark_disk("close")
    box.device.grow(192)
    box.earmark_disk("open", typed=f"{PHRASE}\n")
    assert shutil.disk_usage(box.home.data).total > before + 80_000_000


def test_a_processor_without_instructions_for_aes_gets_a_disk_in_adiantum(box: Box, tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("Features : fp asimd evtstrm crc32 cpuid\n")
    volume = LuksVolume(box.device.path, Mounted(box.home.data), cpuinfo=tmp_path / "cpuinfo")
    volume.format(PHRASE.encode())
    (box.home.data / "here").write_text("kept")
    volume.close()
    volume.open(PHRASE.encode())
    assert (box.home.data / "here").read_text() == "kept"
    assert "adiantum" in _dump(box)


def test_the_box_opens_its_disk_when_the_stick_is_put_in_and_not_otherwise(box: Box, stick: BlockDevice) -> None:
    box.encrypted_office()
    box.earmark_disk("make-stick", str(stick.path), typed=f"y\n{PHRASE}\n")
    assert "stick" in box.earmark_disk("status").output
    box.earmark_disk("close", fails=ActionRefused)
    STICK.unlink()
    box.earmark_disk("close")
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(box.home.root), "box"]
    with subprocess.Popen(command, env=dict(os.environ)) as process:
        try:
            asked = ControlClient(box.home.box_socket, 60)
            eventually(lambda: _state(asked), 60, "the box's process does not answer")
            assert asked.get("/disk") == {"state": "closed", "stick": "out", "trouble": ""}
            STICK.symlink_to(stick.path)
            eventually(lambda: _state(asked) == "open", 60, f"the stick opens nothing: {asked.get('/disk')}")
            assert box.home.data_mark.exists()
        finally:
            process.terminate()


def test_calls_wait_in_the_spool_while_the_disk_is_locked_and_are_taken_in_in_order_when_it_is_opened(box: Box) -> None:
    office = box.encrypted_office()
    box.earmark_disk("close")
    recorder, lines = RecorderAtWork(office.home), Lines(office.home)
    try:
        recorder.start()
        calls = [record(lines), record(lines)]
        assert (recorder.health()["data_disk"], recorder.health()["spooled"]) == ("away", 2)
        box.earmark_disk("open", typed="wrong\n", fails=WrongDiskKey)
        box.earmark_disk("open", typed=f"{PHRASE}\n")
        eventually(lambda: recorder.health()["spooled"] == 0, 30, f"it is not taken in: {recorder.log()[-2000:]}")
        calls.append(record(lines))
        for call in calls:
            must_be_whole(office, call)
        assert recorder.stop() == 0
        assert wrong(office) == []
    finally:
        lines.stop()
        recorder.end()


def test_a_disk_that_is_pulled_out_in_mid_call_costs_nothing_that_was_said_however_long_it_is_away(box: Box) -> None:
    office = box.encrypted_office()
    recorder, lines = RecorderAtWork(office.home), Lines(office.home)
    try:
        recorder.start()
        before = record(lines)
        call = lines.call(speech(36), speech(36, 4.0))
        call.wait_until_taken()
        lines.talk(call, 4)
        fail_all(MAPPED)
        call.say(4)
        assert recorder.wait() != 0, "the recorder must end: another one records to the spool"
        assert box.volume.state() is VolumeState.CLOSED
        recorder.start()
        assert recorder.health()["data_disk"] == "away"
        lines.talk(call, 22)
        meanwhile = record_beside(lines)
        assert "wait in the spool" in str(recorder.health()["attention"])
        box.earmark_disk("open", typed=f"{PHRASE}\n")
        eventually(lambda: recorder.health()["data_disk"] == "there", 60, recorder.log()[-2000:])
        lines.talk(call, 6)
        call.hang_up()
        lines.wait_until_finished(120)
        eventually(lambda: recorder.health()["spooled"] == 0, 30, f"it is not taken in: {recorder.log()[-2000:]}")
        for each in (before, call, meanwhile):
            must_be_whole(office, each)
        assert recorder.stop() == 0
        assert wrong(office) == []
    finally:
        lines.stop()
        recorder.end()


def _dump(box: Box) -> str:
    dump = ["cryptsetup", "luksDump", str(box.device.path)]
    return subprocess.run(dump, check=True, capture_output=True, text=True).stdout


def _state(asked: ControlClient) -> str:
    try:
        return str(asked.get("/disk")["state"])
    except ServiceAway:
        return ""
