"""The plug is pulled in mid-call: at most two seconds of audio are lost, and all that is left can be read and verified.

Simulated on an ext4 of its own: the recorder is stopped where it is and the block image copied, so that only what had
reached the device is in the copy. The copy then boots: mounted, recovered by its own recorder, opened and verified.
"""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.functional.conftest import Note
from tests.functional.instruments.measure import Sent, ends_at
from tests.functional.instruments.speech import conversation
from tests.functional.office.completeness import missing_speech
from tests.functional.office.disks import copy_of, ext4, mounted
from tests.functional.office.office import Office
from tests.functional.office.processes import Processes
from tests.functional.office.speaking import live_call

pytestmark = pytest.mark.functional

_LOST_AT_MOST_S = 2.0


@dataclass(frozen=True)
class Cut:
    """One power cut: when, and what the catalogue had called complete by then."""

    at: float
    image: Path
    complete: tuple[str, ...]


@pytest.fixture
def office_on_a_disk(folder: Path) -> Iterator[tuple[Office, Path]]:
    """An office whose whole data folder lies on an ext4 of its own, and that ext4's image."""
    image = folder / "disk.img"
    with ext4(image, folder / "disk") as disk, Office.found(disk / "home", notice="") as office:
        subprocess.run(["sync", "--file-system", str(disk)], check=True)  # it was set up long before any power cut
        yield office, image


@pytest.mark.parametrize("cuts", [2, pytest.param(20, marks=[pytest.mark.long, pytest.mark.timeout(1200)])])
def test_a_power_cut_loses_two_seconds_at_most_and_leaves_everything_readable(
    office_on_a_disk: tuple[Office, Path], folder: Path, note: Note, cuts: int
) -> None:
    office, image = office_on_a_disk
    processes = office.start()
    chance = random.Random(cuts)
    lasts = 10 + 4.0 * cuts
    with live_call(office, folder / "earlier", 4) as earlier:
        assert earlier.caller.wait(20) == 0
    office.wait_until_quiet()
    with live_call(office, folder / "call", lasts + 10) as call:
        call.say(conversation(lasts, seed=cuts))
        taken = [
            _cut(office, processes, image, folder / f"cut{number}.img", chance.uniform(2.2, 3.6))
            for number in range(cuts)
        ]
        sent = call.sent()
    lost = [_boot(office, cut, folder / "boot", call.recording_id, sent) for cut in taken]
    note("lost before the cut, s (worst)", round(max(lost), 2))
    note("lost before the cut, s (all)", ", ".join(f"{one:.2f}" for one in lost))
    assert max(lost) <= _LOST_AT_MOST_S


def test_a_call_that_was_complete_before_the_power_cut_is_complete_after_it(
    office_on_a_disk: tuple[Office, Path], folder: Path
) -> None:
    office, image = office_on_a_disk
    processes = office.start()
    with live_call(office, folder, 6) as call:
        call.say(conversation(6))
        assert call.caller.wait(20) == 0
        sent = call.sent()
    office.wait_until_quiet()
    cut = _cut(office, processes, image, folder / "cut.img", 0)
    assert cut.complete == (call.recording_id,)
    with _booted(office, cut, folder / "boot") as after:
        assert missing_speech(after, call.recording_id, *sent) == []


def _cut(office: Office, processes: Processes, image: Path, to: Path, after_s: float) -> Cut:
    time.sleep(after_s)
    complete = tuple(row["id"] for row in office.recordings() if row["state"] == "complete")
    with processes.stopped("recorder"):
        return Cut(time.monotonic(), copy_of(image, to), complete)


@contextmanager
def _booted(office: Office, cut: Cut, at: Path) -> Iterator[Office]:
    """The office as it comes up on the disk that the power cut left: recovered, all of it opened once, and verified."""
    with mounted(cut.image, at) as disk, office.elsewhere(disk / "home") as after:
        after.start("recorder", "opener")
        after.wait_until_settled()
        rows = {row["id"]: row["state"] for row in after.recordings()}
        assert all(rows[one] == "complete" for one in cut.complete)
        assert set(rows.values()) <= {"complete", "interrupted"}
        for recording_id in rows:
            after.opened(recording_id)
        verified = after.verify()
        assert verified.returncode == 0, verified.stdout + verified.stderr
        yield after
    cut.image.unlink()


def _boot(office: Office, cut: Cut, at: Path, recording_id: str, sent: tuple[Sent, Sent]) -> float:
    """Seconds of the call that this power cut cost."""
    with _booted(office, cut, at) as after:
        assert after.record_of(recording_id)["state"] == "interrupted"
        return cut.at - ends_at(after.opened(recording_id), sent[0])
