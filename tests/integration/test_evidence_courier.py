"""Evidence on its way to the recorder: it waits while that is away, and arrives in order, and once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.control import evidence_courier
from firmware.adapters.control.evidence_courier import EvidenceCourier
from firmware.adapters.keys.device_key import new_device_key
from firmware.adapters.store.evidence_files import EvidenceFiles, EvidenceFilesReader
from firmware.core.errors import ServiceAway
from firmware.core.home import Home
from firmware.services.local_evidence import LocalEvidenceDesk

KEY = new_device_key("earmark-test")
PATIENCE_S = 20.0
KINDS = ("call-paused", "call-resumed", "call-reminder-played")


class Details:
    def keep_detail(self, commitment: str, salt: bytes, detail: Mapping[str, Any], recording_id: str = "") -> None: ...

    def note_keyslots(self, digests: Sequence[tuple[str, int, str]]) -> None: ...


class Recorder:
    """The recorder's end: away, there, started anew, or there with an answer that is lost on its way back."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.there = True
        self.answers_to_lose = 0
        self.details: list[Mapping[str, Any] | None] = []
        self.tried = threading.Semaphore(0)
        self.now = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)
        self.log = EvidenceFiles(home, KEY, lambda: self.now)

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any] | None = None) -> int:
        try:
            if not self.there:
                raise ServiceAway("The recorder process does not answer.")
            line = LocalEvidenceDesk(self.log, Details()).enter(kind, subject, detail)
            self.details.append(detail)
            if self.answers_to_lose:
                self.answers_to_lose -= 1
                self._start_anew()
                raise ServiceAway("The recorder process did not answer in time.")
            return line
        finally:
            self.tried.release()

    def kinds(self) -> list[str]:
        return [line.kind for line in EvidenceFilesReader(self.home).lines()]

    def _start_anew(self) -> None:
        """After midnight."""
        self.log.close()
        self.now = datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC)
        self.log = EvidenceFiles(self.home, KEY, lambda: self.now)


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    made = Recorder(Home(tmp_path))
    yield made
    made.log.close()


def test_entries_wait_for_a_recorder_that_is_away_and_whoever_made_them_does_not(recorder: Recorder) -> None:
    recorder.there = False
    courier = EvidenceCourier(recorder, again_after_s=0.01)
    courier.start()
    took_s = []
    for kind in KINDS:
        began_s = time.monotonic()
        courier.enter_soon(kind, {"call": "c1"}, {"who": "201"})
        took_s.append(time.monotonic() - began_s)
    assert max(took_s) < 0.2
    assert recorder.tried.acquire(timeout=PATIENCE_S)
    recorder.there = True
    courier.stop()
    assert recorder.kinds() == list(KINDS)


@pytest.mark.parametrize("lost", [1, 3])
def test_an_entry_whose_answer_was_lost_is_not_made_twice_even_by_a_recorder_started_anew(
    recorder: Recorder, lost: int
) -> None:
    recorder.answers_to_lose = lost
    courier = EvidenceCourier(recorder, again_after_s=0.01)
    courier.start()
    for kind in KINDS:
        courier.enter_soon(kind, {"call": "c1"}, {"who": "201"})
    for _ in range(len(KINDS) + lost):
        assert recorder.tried.acquire(timeout=PATIENCE_S)
    courier.stop()
    assert recorder.kinds() == list(KINDS)


def test_the_same_thing_done_twice_is_two_lines(recorder: Recorder) -> None:
    courier = EvidenceCourier(recorder)
    courier.start()
    for _ in range(2):
        courier.enter_soon("call-paused", {"call": "c1"}, {})
    courier.stop()
    assert recorder.kinds() == ["call-paused", "call-paused"]


def test_what_found_no_room_is_counted_behind_what_did(recorder: Recorder) -> None:
    most = evidence_courier._MOST_WAITING
    courier = EvidenceCourier(recorder)
    for number in range(most + 3):
        courier.enter_soon("call-paused", {"call": f"c{number}"}, {})
    courier.start()
    courier.stop()
    lines = list(EvidenceFilesReader(recorder.home).lines())
    assert [line.kind for line in lines[-2:]] == ["call-paused", "entries-lost"]
    assert lines[-2].subject["call"] == f"c{most - 1}"
    assert recorder.details[-1] == {"count": 3}
