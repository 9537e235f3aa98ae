"""A call during which the data disk fills up, turns read-only or is pulled out for longer than a ring lasts."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from firmware.core.errors import EarmarkError
from tests.functional.instruments.speech import conversation
from tests.functional.office.completeness import missing_speech
from tests.functional.office.disks import FailingDisk
from tests.functional.office.office import Office
from tests.functional.office.processes import wait_until
from tests.functional.office.speaking import live_call

pytestmark = [pytest.mark.functional, pytest.mark.long, pytest.mark.timeout(300)]

_TALK_S, _AWAY_S = 46, 26


def _mend(disk: FailingDisk) -> None:
    wait_until(disk.take_out, 20, "the recorder to let go of the disk")
    disk.put_in()


_FAULTS: dict[str, tuple[Callable[[FailingDisk], None], Callable[[FailingDisk], None]]] = {
    "full": (FailingDisk.fill, FailingDisk.make_room),
    "read-only": (FailingDisk.become_read_only, _mend),
    "pulled out": (FailingDisk.fail, _mend),
}


@pytest.mark.parametrize("fault", _FAULTS)
def test_every_second_of_a_call_is_found_whatever_becomes_of_the_disk_meanwhile(folder: Path, fault: str) -> None:
    strikes, is_mended = _FAULTS[fault]
    with Office.found(folder / "home", notice="") as office:
        disk = FailingDisk(folder / "disk.img", office.home.data, 128)
        try:
            office.start("recorder", "lines")
            with live_call(office, folder / "call", _TALK_S + 4) as call:
                call.say(conversation(_TALK_S))
                time.sleep(4)
                strikes(disk)
                began = time.monotonic()
                wait_until(lambda: _spooled(office, call.recording_id), 15, "the call to go over to the spool")
                wait_until(lambda: time.monotonic() - began > _AWAY_S, _AWAY_S + 5, "a ring to go round")
                assert _health(office).get("spooled") == 1
                is_mended(disk)
                assert call.caller.wait(60) == 0, call.caller.report()
            wait_until(lambda: _is_well(office), 60, "the recorder to be well again")
            office.start("opener")
            assert missing_speech(office, call.recording_id, *call.sent()) == []
            assert [row["state"] for row in office.recordings()] == ["complete"]
            verified = office.verify()
            assert verified.returncode == 0, verified.stdout
        finally:
            for processes in office.running:
                processes.stop()
            wait_until(disk.take_out, 20, "everybody to let go of the disk")


def _spooled(office: Office, recording_id: str) -> bool:
    return any(office.home.spooled.recordings.rglob(f"{recording_id}.*.ear"))


def _health(office: Office) -> dict[str, Any]:
    with suppress(EarmarkError):
        return office.recorder.get("/health")
    return {}


def _is_well(office: Office) -> bool:
    health = _health(office)
    return (health.get("spooled"), health.get("attention"), health.get("data_disk")) == (0, [], "there")
