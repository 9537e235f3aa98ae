"""Rows of the PBX's call log beside the recordings: matched, missed, taken over, and gone with what they speak of."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.catalogue.call_log import CallLogTable
from firmware.adapters.catalogue.carrying_over import carry_over
from firmware.adapters.catalogue.database import open_for_writing
from firmware.adapters.catalogue.erasing import ErasureRows
from firmware.adapters.catalogue.reader import CatalogueReader, RecordingQuery
from firmware.adapters.catalogue.redactions import RedactionRows
from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.sealing.spool_seal import new_spool_key, spool_public_key
from firmware.adapters.store.spooled_call_log import SpooledCallLog
from firmware.cli.recorder.call_log import CallLogDesk
from firmware.core.call_log import LoggedCall, LogRow
from firmware.core.call_record import OPTED_OUT, CallRecord, Party
from firmware.core.errors import StorageError
from firmware.core.home import Home
from firmware.ports.catalogue import RecordingState, SaveRecording, SegmentRow
from firmware.ports.erasing import Erasure
from firmware.ports.redactions import RedactionOrder
from firmware.services.call_log_matching import FILLED, FOUND, MISSED, CallLogMatching

NOON = 1_795_348_800_000
UNKNOWN = Party(presentation="unavailable")
NUMBER = "+441632960123"


class _Log:
    def __init__(self) -> None:
        self.entries: list[tuple[str, Mapping[str, str], Mapping[str, Any] | None]] = []

    def enter(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any] | None = None) -> int:
        self.entries.append((kind, subject, detail))
        return len(self.entries)

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _, _ in self.entries]


@dataclass
class Office:
    path: Path
    writer: SqliteCatalogueWriter
    table: CallLogTable
    matching: CallLogMatching
    log: _Log

    def record(self, name: str, at_ms: int = NOON, state: RecordingState = "complete", **told: Any) -> str:
        record = CallRecord(
            name, name, "main", "inbound", UNKNOWN, Party("0"), at_ms, "line main", ended_at_ms=at_ms + 60_000
        )
        record = replace(record, **told)
        self.writer.apply([SaveRecording(name, at_ms, state, record, 60_000)])
        return name

    def later(self, minutes: float = 6) -> None:
        self.matching.run(NOON + 60_000 + round(minutes * 60_000))

    @property
    def states(self) -> dict[str, str]:
        return {each.row.row_id: each.state for each in self.table.rows_between(0, 2**52)}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    path = Home(tmp_path).catalogue
    writer, log = SqliteCatalogueWriter(path), _Log()
    table = CallLogTable(path)
    yield Office(path, writer, table, CallLogMatching(table, log), log)
    table.close()
    writer.close()


def _row(name: str = "a", at_ms: int = NOON, meant: bool = True, **told: Any) -> LogRow:
    call = LoggedCall(at_ms, 60_000, "inbound", "201", "T1", NUMBER)
    call = replace(call, **told)
    return LogRow(name, "pbx", "main", call, meant, "line main: always recorded", "standard", at_ms + 61_000)


def _erase(office: Office, name: str, now_ms: int) -> None:
    engine = open_for_writing(office.path)
    rows = ErasureRows(engine, office.path)
    rows.order_erased({name: "request"}, now_ms)
    rows.forget(rows.ordered(9), now_ms, now_ms)
    engine.dispose()


def _settle(office: Office, now_ms: int) -> None:
    engine = open_for_writing(office.path)
    ErasureRows(engine, office.path).settle_gone(now_ms)
    engine.dispose()


def test_a_matched_row_tells_the_catalogue_what_the_recording_did_not_know(office: Office) -> None:
    recording = office.record("r")
    assert office.matching.take([_row()]) == 1
    office.later(1)
    assert office.states == {"a": "matched"}
    row = CatalogueReader(office.path).recording(recording)
    assert row is not None
    assert (row.far_number, row.extension) == (None, None)  # something that suits better may still come

    office.later(6)
    found = {row.id: row for row in CatalogueReader(office.path).recordings(RecordingQuery(number="01632 960123"))}
    assert list(found) == ["r"]
    assert (found["r"].far_party, found["r"].extension) == (NUMBER, "201")
    kind, subject, detail = office.log.entries[-1]
    told = {"from": "the call log of pbx", "number": NUMBER, "extension": "201"}
    assert (kind, subject["recording"], dict(detail or {})) == (FILLED, "r", told)


def test_where_two_recordings_are_as_likely_nothing_is_taken_over(office: Office) -> None:
    office.record("r")
    office.record("s", NOON + 1_000)
    office.matching.take([_row()])
    office.later(6)
    assert office.states == {"a": "matched"}
    assert FILLED not in office.log.kinds


def test_a_call_that_was_to_be_recorded_and_is_not_is_an_alarm_until_its_recording_turns_up(office: Office) -> None:
    office.matching.take([_row()])
    office.later(4)
    assert office.states == {"a": "waiting"}
    assert not office.matching.attention()
    office.later(7)
    assert office.states == {"a": "missed"}
    assert office.log.kinds == [MISSED]
    assert "has no recording" in office.matching.attention()[0]
    assert NUMBER not in str(office.log.entries)

    office.record("r")
    office.later(8)
    assert office.states == {"a": "matched"}
    assert FOUND in office.log.kinds
    assert not office.matching.attention()


def test_a_log_that_fell_silent_is_told_by_the_calls_that_are_recorded_meanwhile(office: Office) -> None:
    office.matching.take([_row()])
    for number in range(9):
        office.record(f"r{number}", NOON + 3600_000 + number * 60_000)
    office.later(80)
    assert "is silent" not in str(office.matching.attention())
    office.record("last", NOON + 2 * 3600_000)
    office.later(130)
    assert "10 calls were recorded since its last line" in str(office.matching.attention())


def test_the_same_rows_again_after_a_reconnect_change_nothing(office: Office) -> None:
    assert office.matching.take([_row("a"), _row("b", NOON + 600_000)]) == 2
    assert office.matching.take([_row("b", NOON + 600_000), _row("a")]) == 0
    assert len(office.states) == 2


def test_a_withheld_number_stays_withheld_whatever_the_pbx_says(office: Office) -> None:
    office.record("r", far_party=Party(presentation="withheld"), extension="201")
    office.matching.take([_row()])
    office.later(7)
    row = CatalogueReader(office.path).recording("r")
    assert row is not None
    assert (row.far_party, row.far_number) == ("withheld", None)


def test_nothing_is_kept_of_a_call_that_was_not_recorded_because_its_caller_asked(office: Office) -> None:
    office.record("r", state="not_recorded", tags=(OPTED_OUT,), far_party=Party(NUMBER))
    office.matching.take([_row()])
    office.later(7)
    assert office.states == {}
    assert MISSED not in office.log.kinds


def test_a_call_that_could_not_be_recorded_is_missed_although_the_catalogue_knows_of_it(office: Office) -> None:
    office.record("r", state="not_recorded", far_party=Party(NUMBER), mode="always")
    office.matching.take([_row()])
    office.later(7)
    assert office.states == {"a": "missed"}


def test_rows_of_calls_that_nobody_meant_to_record_are_kept_a_day(office: Office) -> None:
    office.matching.take([_row(meant=False)])
    office.later(60)
    assert office.states == {"a": "left"}
    office.matching.take([_row("b", NOON + 23 * 3600_000, meant=False)])
    office.later(25 * 60)
    assert office.states == {"b": "left"}


def test_a_part_of_a_call_that_goes_on_is_not_missed(office: Office) -> None:
    office.record("r", NOON - 3600_000, "recording", ended_at_ms=None)
    office.matching.take([_row()])
    office.later(30)
    assert office.states == {"a": "waiting"}


def test_a_row_goes_with_its_recording_when_that_is_erased(office: Office) -> None:
    office.record("r", far_party=Party(NUMBER))
    office.matching.take([_row()])
    office.later(7)
    engine = open_for_writing(office.path)
    ErasureRows(engine, office.path).forget([Erasure("r", NOON, "request")], NOON, NOON)
    engine.dispose()
    assert office.states == {}


def test_a_row_that_comes_after_its_recording_was_erased_is_not_missed_and_not_kept(office: Office) -> None:
    office.record("r", far_party=Party(NUMBER))
    _erase(office, "r", NOON + 70_000)
    office.matching.take([_row(), _row("b", NOON + 120_000)])
    office.later(2)
    assert office.states == {"a": "left", "b": "waiting"}
    office.later(9)
    assert office.states == {"b": "missed"}  # another call of that line
    assert office.log.kinds == [MISSED]
    office.matching.take([_row()])  # the PBX sends its log once more
    office.later(10)
    assert office.states == {"b": "missed"}
    with closing(sqlite3.connect(office.path)) as database:
        known = "SELECT line, started_at_ms FROM erasures"
        assert database.execute(known).fetchall() == [("main", NOON)]
        _settle(office, NOON + 9 * 24 * 3600_000)
        assert database.execute(known).fetchall() == [(None, NOON)]


def test_a_recording_that_was_erased_with_its_row_excuses_no_other_call(office: Office) -> None:
    office.record("r", far_party=Party(NUMBER))
    office.matching.take([_row()])
    office.later(1)
    _erase(office, "r", NOON + 70_000)
    office.matching.take([_row("b", NOON + 3_000)])
    office.later(9)
    assert office.states == {"b": "missed"}


def test_a_row_goes_over_to_the_revision_of_its_recording(office: Office) -> None:
    office.record("r", far_party=Party(NUMBER))
    office.matching.take([_row()])
    office.later(7)
    engine = open_for_writing(office.path)
    order = RedactionOrder("s", "r", NOON, NOON, "received")
    RedactionRows(engine, office.path).replace(order, SegmentRow("s", 0, "recordings/s.0.ear", 0), 1, NOON)
    engine.dispose()
    assert [each.recording_id for each in office.table.rows_between(NOON, NOON)] == ["s"]


def test_what_was_taken_over_is_taken_back_when_a_better_recording_comes(office: Office) -> None:
    row = _row(extension="201")
    office.record("r", NOON + 20_000, extension="201")
    office.matching.take([row])
    office.later(6)
    first = CatalogueReader(office.path).recording("r")
    assert first is not None
    assert first.far_number == NUMBER
    office.record("s", NOON, extension="201", far_party=Party(NUMBER))
    office.later(7)
    again = CatalogueReader(office.path).recording("r")
    assert again is not None
    assert (again.far_number, again.far_party) == (None, "unavailable")
    kept = office.table.rows_between(NOON, NOON)[0]
    assert (kept.recording_id, kept.filled) == ("s", ())


def test_a_catalogue_made_anew_knows_what_was_taken_over_from_the_log(office: Office, tmp_path: Path) -> None:
    office.record("r")
    office.matching.take([_row()])
    office.later(6)
    anew = tmp_path / "anew.db"
    writer = SqliteCatalogueWriter(anew)
    record = CallRecord("r", "r", "main", "inbound", UNKNOWN, Party("0"), NOON, "line main", ended_at_ms=NOON + 60_000)
    writer.apply([SaveRecording("r", NOON, "complete", record, 60_000)])
    writer.close()
    assert not carry_over(office.path, anew).unreadable
    row = CatalogueReader(anew).recording("r")
    assert row is not None
    assert (row.far_number, row.extension) == (NUMBER, "201")


class _Places(_Log):
    """What the recorder's places are to the desk: whether the data disk is there, and where to enter."""

    def __init__(self, data: object | None = None) -> None:
        super().__init__()
        self.data = data


def test_what_came_while_the_data_disk_was_away_is_taken_in_and_matched_when_it_is_there(office: Office) -> None:
    home, places = Home(office.path.parents[2]), _Places()
    secret = new_spool_key()
    home.spool.mkdir(parents=True)
    home.spool_public_key.write_bytes(spool_public_key(secret))
    home.spool_key.write_bytes(secret)
    office.record("r", far_party=Party(NUMBER))
    desk = CallLogDesk(home, places, every_s=0.05)
    desk.start()
    assert desk.take([_row()]) == 1
    assert office.states == {}
    with pytest.raises(StorageError):
        desk.erase(["a"])
    places.data = object()
    give_up_s = time.monotonic() + 5
    while office.states != {"a": "matched"}:
        assert time.monotonic() < give_up_s
        time.sleep(0.02)
    desk.stop()


def test_nothing_of_a_row_that_is_erased_on_request_is_left_on_the_disk(office: Office) -> None:
    home, places = Home(office.path.parents[2]), _Places(data=object())
    far_away = "447700900887"
    row = _row("b")
    desk = CallLogDesk(home, places, every_s=0.05)
    desk.take([_row(), replace(row, call=replace(row.call, number=f"+{far_away}"))])
    kept = [needle.encode() for needle in (far_away, far_away[::-1])]
    assert any(needle in _on_disk(home) for needle in kept)
    desk.start()
    desk.erase(["b"])
    give_up_s = time.monotonic() + 5
    while any(needle in _on_disk(home) for needle in kept):
        assert time.monotonic() < give_up_s
        time.sleep(0.02)
    desk.stop()
    assert office.states.keys() == {"a"}


def _on_disk(home: Home) -> bytes:
    """The database, and its write-ahead log."""
    return b"".join(path.read_bytes() for path in home.catalogue.parent.glob("catalogue.db*"))


def test_rows_wait_sealed_while_the_data_disk_is_away(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for folder in (home.spool, home.data):
        folder.mkdir(parents=True)
    spooled = SpooledCallLog(home)
    with pytest.raises(StorageError, match="cannot be sealed"):
        spooled.keep([_row()])
    secret = new_spool_key()
    home.spool_public_key.write_bytes(spool_public_key(secret))
    spooled.keep([_row("a")])
    spooled.keep([_row("b")])
    on_disk = b"".join(path.read_bytes() for path in home.spool.rglob("*") if path.is_file())
    assert b"960123" not in on_disk
    assert b"201" not in on_disk
    home.spool_key.write_bytes(secret)
    taken: list[LogRow] = []
    assert spooled.take_in(taken.extend) == 2
    assert [each.row_id for each in taken] == ["a", "b"]
    assert not spooled.waits()
