"""The store is read again within a month, a portion each night, and what a disk forgot is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from firmware.adapters.catalogue.closed_segments import ClosedSegmentRows
from firmware.adapters.catalogue.database import open_beside_the_recorder
from firmware.adapters.store.evidence_files import EvidenceFilesReader
from firmware.adapters.store.scrub_notebook import ScrubNotebookFile
from firmware.adapters.store.segment_files import SegmentFilesReader
from firmware.core.errors import ServiceAway
from firmware.core.evidence_chain import EvidenceLine
from firmware.core.home import Home
from firmware.ports.integrity import ScrubMark
from firmware.ports.recording_store import SegmentDigest, StoredSegment
from firmware.services.integrity_scrub import BYTES_PER_S, NIGHTS, IntegrityScrub
from tests.integration.evidenced_store import EvidencedStore

LONDON = ZoneInfo("Europe/London")
HOUR_MS = 3_600_000


class WatchedStore(SegmentFilesReader):
    """Tells which files were read, and ends the process, as it were, after so many."""

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.read: list[str] = []
        self.most = 10_000

    def digest(self, stored: StoredSegment) -> SegmentDigest:
        if len(self.read) == self.most:
            raise KeyboardInterrupt
        self.read.append(stored.recording_id)
        return super().digest(stored)


@dataclass
class Nights:
    """A store, and a keeper that runs at hours that a test sets."""

    made: EvidencedStore
    now: datetime = datetime(2026, 4, 1, 12, tzinfo=LONDON)
    waited_s: float = 0.0
    store: WatchedStore = field(init=False)
    scrub: IntegrityScrub = field(init=False)

    def __post_init__(self) -> None:
        self.store = WatchedStore(self.made.home)
        self.engine = open_beside_the_recorder(self.made.home.catalogue)
        self.restart()

    def restart(self) -> None:
        """As the keeper's next process begins."""
        home = self.made.home
        self.notebook = ScrubNotebookFile(home.scrub_mark)
        self.scrub = IntegrityScrub(
            ClosedSegmentRows(self.engine, home.catalogue),
            self.store,
            partial(EvidenceFilesReader, home),
            self.made.desk,
            self.notebook,
            LONDON,
            self._wait,
        )

    def _wait(self, seconds: float) -> None:
        self.waited_s += seconds

    def at(self, day: int, hour: int) -> list[str]:
        """Run then; the recordings that were read."""
        self.store.read.clear()
        moment = datetime(2026, 4 + (day - 1) // 30, (day - 1) % 30 + 1, hour, tzinfo=LONDON)
        self.scrub.run(round(moment.timestamp() * 1000))
        return list(self.store.read)

    def told(self, kind: str) -> list[EvidenceLine]:
        return [line for line in EvidenceFilesReader(self.made.home).lines() if line.kind == kind]


@pytest.fixture
def nights(tmp_path: Path) -> Iterator[Nights]:
    made = EvidencedStore(Home(tmp_path / "box"))
    made.record()
    made.log.checkpoint()
    kept = Nights(made)
    yield kept
    kept.engine.dispose()
    made.log.close()
    made.close()


def many(nights: Nights, count: int) -> list[str]:
    recordings = []
    for _ in range(count):
        nights.made.pass_time(0.1)
        recordings.append(nights.made.record())
    nights.made.log.checkpoint()
    return recordings


def test_a_box_that_was_just_set_up_rests_until_its_first_night(nights: Nights) -> None:
    assert nights.at(1, 12) == []
    assert nights.at(1, 23) == []
    assert len(nights.at(2, 2)) == 1


def test_every_file_is_read_within_a_month_in_equal_portions_and_none_twice(nights: Nights) -> None:
    many(nights, 2 * NIGHTS - 1)
    everything = {path.name.split(".")[0] for path in nights.made.home.recordings.rglob("*.ear")}
    nights.at(1, 12)
    portions = [nights.at(day, 3) for day in range(2, NIGHTS + 2)]
    assert [len(portion) for portion in portions] == [2] * NIGHTS
    read = [recording for portion in portions for recording in portion]
    assert len(read) == len(set(read))
    assert set(read) == everything
    assert len(nights.told("integrity-checked")) == NIGHTS


def test_a_new_round_begins_when_the_end_was_reached(nights: Nights) -> None:
    nights.at(1, 12)
    (only,) = nights.at(2, 2)
    assert nights.at(3, 2) == []
    assert nights.at(4, 2) == [only]


def test_a_night_has_one_portion_and_a_day_has_none(nights: Nights) -> None:
    many(nights, 60)
    nights.at(1, 12)
    assert nights.at(2, 1)
    for hour in (2, 3, 4, 5, 6, 12, 23):
        assert nights.at(2, hour) == []


def test_a_box_that_is_off_at_night_is_read_by_day(nights: Nights) -> None:
    nights.at(1, 12)
    assert nights.at(2, 12) == []
    assert nights.at(3, 9)


def test_where_it_was_up_to_survives_a_kill_and_most_of_a_night_s_work_is_not_lost(nights: Nights) -> None:
    many(nights, 219)
    nights.notebook.save(ScrubMark(left=210, rested_ms=1))  # the portion of a large store has begun
    nights.store.most = 150
    with pytest.raises(KeyboardInterrupt):
        nights.at(2, 2)
    first = list(nights.store.read)
    nights.store.most = 10_000
    nights.restart()
    then = nights.at(2, 9)
    assert then[:50] == first[100:]
    assert len(then) == 110


def test_reading_leaves_the_disk_to_the_calls(nights: Nights) -> None:
    nights.at(1, 12)
    nights.at(2, 2)
    (sealed,) = nights.made.home.recordings.rglob("*.ear")
    assert nights.waited_s == pytest.approx(sealed.stat().st_size / BYTES_PER_S)


@pytest.mark.parametrize(
    ("harm", "word"),
    [("bit", "altered"), ("gone", "missing"), ("key", "keyslot-altered"), ("no key", "keyslot-missing")],
)
def test_a_file_that_is_not_as_it_was_closed_is_told_once_and_until_it_is_put_back(
    nights: Nights, harm: str, word: str
) -> None:
    nights.made.log.checkpoint()
    (sealed,) = nights.made.home.recordings.rglob("*.ear")
    slot = Home.keyslot_of(sealed)
    sound = {path: path.read_bytes() for path in (sealed, slot)}
    nights.at(1, 12)
    if harm == "bit":
        sealed.write_bytes(sound[sealed][:5000] + b"?" + sound[sealed][5001:])
    elif harm == "key":
        slot.write_bytes(bytes(1024))
    else:
        (sealed if harm == "gone" else slot).unlink()
    nights.at(2, 2)
    (line,) = nights.told("integrity-fault")
    assert line.subject == {"recording": sealed.name.split(".")[0], "segment": "0", "what": word}
    (words,) = nights.scrub.attention
    assert sealed.name.removesuffix(".ear") in words
    nights.restart()
    nights.at(2, 9)
    assert list(nights.scrub.attention) == [words]
    nights.at(3, 2)
    assert len(nights.told("integrity-fault")) == 1
    for path, content in sound.items():
        path.write_bytes(content)
    nights.at(4, 2)
    assert not nights.scrub.attention
    assert len(nights.told("integrity-mended")) == 1


def test_what_was_erased_or_wrapped_anew_is_no_fault(nights: Nights) -> None:
    recordings = many(nights, 2)
    nights.made.rewrap(recordings[0])
    nights.made.erase(recordings[1])
    nights.made.log.checkpoint()
    nights.at(1, 12)
    for day in range(2, 8):
        nights.at(day, 2)
    assert nights.told("integrity-fault") == []
    assert not nights.scrub.attention


def test_a_log_that_does_not_hold_together_is_told_once(nights: Nights) -> None:
    many(nights, 3)
    nights.at(1, 12)
    day = sorted(nights.made.home.evidence.glob("*.log"))[0]
    lines = day.read_text().splitlines(keepends=True)
    sound = day.read_text()
    day.write_text("".join([lines[1], lines[0], *lines[2:]]))
    nights.at(2, 2)
    nights.at(3, 2)
    (words,) = nights.scrub.attention
    assert "does not hold together" in words
    assert day.read_text().count("what=evidence-log") == 1
    day.write_text(sound + day.read_text()[len(sound) :])
    nights.at(4, 2)
    assert not nights.scrub.attention


def test_news_that_the_recorder_could_not_take_is_brought_again(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    (sealed,) = nights.made.home.recordings.rglob("*.ear")
    nights.at(1, 12)
    sealed.unlink()

    def away(*_: object) -> int:
        raise ServiceAway("The recorder does not answer.", "Start it.")

    with monkeypatch.context() as patch:
        patch.setattr(nights.made.desk, "enter", away)
        with pytest.raises(ServiceAway):
            nights.at(2, 2)
    nights.at(2, 3)
    assert len(nights.told("integrity-fault")) == 1


def test_a_mark_that_cannot_be_read_begins_the_round_again(nights: Nights) -> None:
    nights.made.home.scrub_mark.parent.mkdir(exist_ok=True)
    nights.made.home.scrub_mark.write_text('{"last": 7}')
    assert nights.notebook.load() == ScrubMark()
    mark = ScrubMark(("a" * 32, 1), 7, (("b" * 32, 0),), (("c" * 32, 2),), "fault", 123)
    nights.notebook.save(mark)
    assert nights.notebook.load() == mark
