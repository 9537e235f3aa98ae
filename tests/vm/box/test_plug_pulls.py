"""The plug pulled at random moments, again and again, with a disk that forgets what was not flushed.

Between one pull and the next a day passes, and recordings are kept for two: so the starts have recordings to erase, and
the call that was cut last is not among them.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.vm.box.disks import ForgetfulDisk
from tests.vm.box.installed import seconds_to_ready, unlock, wait_until_ready
from tests.vm.box.machine import Box, BoxFailed, office_network
from tests.vm.box.set_up import DIRECTOR, SetUp, SetUpBox
from tests.vm.box.telephones import Call, change_settings, give_a_line, inbound_call, let_one_factor_do, recordings
from tests.vm.box.update_kit import FIRST, Kit, make_kit

PULLS = int(os.environ.get("EARMARK_PLUG_PULLS", "50"))
pytestmark = [pytest.mark.long, pytest.mark.timeout(PULLS * 900 + 3600)]

CLONE = Path(__file__).parents[3]
#: What a call may lose at its end when the power goes: what was not sealed yet, and what this machine was late with.
_LOST_AT_MOST_S = 4.0
_KEPT_FOR_TWO_DAYS = """
[[retention]]
name = "brief"
days = 2
[[rules]]
name = "all"
mode = "always"
retention_class = "brief"
"""
_LISTED_WITHIN_S = 300.0
Record = Callable[[str, object], None]
Recordings = Mapping[str, Mapping[str, Any]]


@dataclass
class Office:
    """A box that is set up and takes calls, and what is to be found on it again."""

    box: Box
    noted: SetUp
    chance: random.Random
    pulls: int = 0
    #: Recordings that were whole, and when their calls ended.
    whole: dict[str, datetime] = field(default_factory=dict)
    #: Recordings that were cut, as far as they were found; and how long the one lasted that must be found next.
    cut: set[str] = field(default_factory=set)
    talked_s: float | None = None
    lost_s: list[float] = field(default_factory=list)
    ready_s: list[float] = field(default_factory=list)

    def pull(self) -> None:
        self.box.pull_the_plug()
        self.pulls += 1

    def come_back(self) -> None:
        """A day later: without help to where it was, except for the disk's pass phrase."""
        assert self.box.date is not None
        self.box.date += timedelta(days=1)
        self.box.start_at_last()
        wait_until_ready(self.box, "lines")
        self.ready_s.append(seconds_to_ready(self.box, "lines"))
        unlock(self.box, self.noted.disk_phrase)

    def is_well(self) -> None:
        box = self.box
        assert box.out("systemctl --failed --no-legend") == ""
        said = box.run("journalctl -k --no-pager | grep -E 'EXT4-fs error|I/O error|orrupt|call trace'").out
        assert said == "", "the file systems are clean, or repaired without a word"
        listed = self._listed()
        if self.talked_s is not None:
            self._has_the_call_that_was_cut(listed, self.talked_s)
        verified = box.run("earmark verify", timeout_s=600)
        assert verified.status == 0, verified
        self._has_what_was_whole(listed)

    def hear(self, recording: str) -> None:
        """The director opens it, from its seal to its sound."""
        out = f"/run/{recording}.wav"
        self.box.out(
            f"EARMARK_PASSWORD='{self.noted.pass_phrase}' earmark export {recording} --user {DIRECTOR} --out {out}"
            f" && test $(stat -c %s {out}) -gt 32000 && rm {out}"
        )

    def _listed(self) -> Recordings:
        """As soon as the call that was cut is among them."""
        deadline = time.monotonic() + _LISTED_WITHIN_S
        while True:
            listed = {each["id"]: each for each in recordings(self.box)}
            if self.talked_s is None or self._newly_cut(listed):
                return listed
            assert time.monotonic() < deadline, "the call that was cut is not listed"

    def _newly_cut(self, listed: Recordings) -> set[str]:
        return {name for name, each in listed.items() if each["state"] == "interrupted"} - self.cut

    def _has_the_call_that_was_cut(self, listed: Recordings, talked_s: float) -> None:
        (cut,) = self._newly_cut(listed)
        self.lost_s.append(talked_s - listed[cut]["duration_s"])
        assert self.lost_s[-1] <= _LOST_AT_MOST_S
        self.hear(cut)
        self.cut.add(cut)
        self.talked_s = None

    def _has_what_was_whole(self, listed: Recordings) -> None:
        assert self.box.date is not None
        for recording, ended in list(self.whole.items()):
            if recording not in listed:
                assert self.box.date - ended > timedelta(hours=47), f"{recording} is gone, and was not due"
                del self.whole[recording]
        self.whole = {name: self.box.date for name, each in listed.items() if each["state"] == "complete"} | self.whole


@pytest.fixture(scope="module")
def kit(kept: SetUpBox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(CLONE / "image-build"))
        yield make_kit(kept.disk, tmp_path_factory.mktemp("kit"))


@pytest.fixture(scope="module")
def office(kept: SetUpBox, kit: Kit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    seed = int(os.environ.get("EARMARK_PLUG_SEED", str(random.SystemRandom().randrange(10**6))))
    print(f"EARMARK_PLUG_SEED={seed}", flush=True)
    stick = kit.stick([kit.bundle("again", FIRST, kit.system(FIRST))])
    with office_network():
        box = Box(kit.image, tmp_path_factory.mktemp("plugs"), sticks=[stick], make_disk=ForgetfulDisk)
        box.date = datetime.now(UTC)
        office = Office(box, kept.noted, random.Random(seed))
        try:
            box.start()
            wait_until_ready(box)
            unlock(box, kept.noted.disk_phrase)
            change_settings(box, _KEPT_FOR_TWO_DAYS)
            let_one_factor_do(box)
            box.out("systemctl restart earmark-keeper.service")
            give_a_line(box)
            yield office
        finally:
            box.pull_the_plug()


def in_a_start(office: Office) -> None:
    """Before anything is ready, or while it becomes so: the second in a row."""
    assert office.box.date is not None
    office.pull()
    office.box.date += timedelta(minutes=5)
    office.box.start()
    time.sleep(office.chance.uniform(0, 60))


def in_a_call(office: Office) -> None:
    phones, plan = inbound_call(60)
    with phones:
        call = Call(phones, phones.place(plan))
        talked_s = office.chance.uniform(5, 20)
        call.talk(talked_s)
        office.pull()
    office.talked_s = talked_s


def after_a_call(office: Office) -> None:
    """While it is closed, listed and put on record."""
    phones, plan = inbound_call(6)
    with phones:
        call = Call(phones, phones.place(plan))
        call.talk_until_over()
    time.sleep(office.chance.uniform(0, 4))


def in_a_sweep(office: Office) -> None:
    """The keeper begins to erase once the disk is there: now."""
    time.sleep(office.chance.uniform(0, 8))


def in_an_update(office: Office) -> None:
    """While it is written, while the box restarts for it, or in its trial."""
    box = office.box
    box.out("mkdir -p /run/stick && (mountpoint -q /run/stick || mount -o ro /dev/vdb /run/stick)")
    box.out("systemctl reset-failed again.service 2>/dev/null; systemctl stop again.service 2>/dev/null; true")
    box.out("systemd-run --unit=again earmark update apply --now /run/stick/again.raucb")
    try:
        box.wait_for_restart(office.chance.uniform(0, 240))
    except BoxFailed:
        return  # not yet
    box.start_at_last()
    time.sleep(office.chance.uniform(0, 60))


MOMENTS = (in_a_call, in_a_sweep, in_a_start, after_a_call, in_an_update)


def test_a_plug_pulled_at_any_moment_loses_nothing_and_needs_no_help(office: Office, record_property: Record) -> None:
    moments: list[Callable[[Office], None]] = []
    while office.pulls < PULLS:
        moments = moments or office.chance.sample(MOMENTS, len(MOMENTS))
        moment = moments.pop()
        moment(office)
        if moment is not in_a_call:
            office.pull()
        office.come_back()
        office.is_well()
        told = {"pulls": office.pulls, "moment": moment.__name__, "ready_s": round(office.ready_s[-1])}
        print(json.dumps(told), flush=True)
    for recording in office.whole:
        office.hear(recording)
    record_property("plugs pulled", office.pulls)
    record_property(
        "from kernel to ready", f"{statistics.median(office.ready_s):.0f} s median, {max(office.ready_s):.0f} s at most"
    )
    record_property("lost at the end of a call that was cut", f"{max(office.lost_s):.1f} s at most")
