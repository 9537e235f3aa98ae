"""A catalogue of six years: how long searches, the page and a rebuild take, and how large the page grows.

The calls are made up: numbers of Ofcom's ranges for drama, evenly over the years, office hours only.
"""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from zoneinfo import ZoneInfo

import pyrage

from firmware.adapters.catalogue.reader import CatalogueReader, RecordingQuery
from firmware.adapters.catalogue.report_figures import ReportFigures
from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.sealing.sealed_words import SealedFileWords
from firmware.adapters.sealing.segment_sealer import PublicKeySealer
from firmware.adapters.store.segment_ends import SegmentFileSummaries
from firmware.adapters.store.segment_files import SegmentFiles, SegmentFilesReader
from firmware.cli.set_up.making import set_up_office
from firmware.config.settings_model import Settings
from firmware.core.call_record import CallRecord, LegReport, Party
from firmware.core.home import Home
from firmware.core.recording_id import RANDOM_BYTES, recording_id
from firmware.core.report_period import Period
from firmware.core.sealed_format import FrameType, SegmentHeader
from firmware.ports.catalogue import SaveRecording, SaveSegment, SegmentRow
from firmware.services.catalogue_rebuild import CatalogueRebuild, Entered
from tests.bench import page, painted

Say = Callable[[str], object]

YEARS = 6
RATE_HZ = 8000
_ENDS_AT = datetime(2026, 6, 30, 17, tzinfo=UTC)
_AT_ONCE = 5000
_TRIES_IN_CHROMIUM = 11
_COMMON = ("called", "back", "about", "the", "invoice", "order", "delivery", "late", "asked", "refund", "paid", "visit")


def made_up_record(chance: random.Random, moment: datetime) -> CallRecord:
    """One call of a small office, a few minutes long."""
    started_ms = round(moment.timestamp() * 1000)
    far = f"+44{chance.choice(('1632960', '2079460', '1134960', '7700900'))}{chance.randrange(1000):03d}"
    extension = str(200 + chance.randrange(30))
    legs = tuple(LegReport(side, "PCMA", 9000, 3, 0, 40.0) for side in ("far_party", "office"))
    return CallRecord(
        recording_id(started_ms, chance.randbytes(RANDOM_BYTES)),
        f"{chance.getrandbits(64):016x}",
        chance.choice(("main", "sales")),
        chance.choice(("inbound", "outbound")),
        Party(far, display_name="A caller"),
        Party(extension),
        started_ms,
        "line main: always",
        "pausable",
        started_ms + 4000,
        started_ms + 4000 + chance.randrange(5, 900) * 1000,
        end_cause="caller hung up",
        legs=legs,
        extension=extension,
    )


def moments(chance: random.Random, count: int) -> list[datetime]:
    """When calls begin: weekdays, nine to five, over six years, in order."""
    days = [day for back in range(YEARS * 365) if (day := _ENDS_AT.date() - timedelta(days=back)).weekday() < 5]
    return sorted(
        datetime.combine(chance.choice(days), datetime.min.time(), UTC) + timedelta(hours=9 + chance.random() * 8)
        for _ in range(count)
    )


def fill(path: Path, count: int, say: Say) -> list[CallRecord]:
    """A catalogue of ``count`` recordings; returns a thousandth of them, to search for."""
    chance = random.Random(count)
    writer = SqliteCatalogueWriter(path)
    kept = []
    waiting: list[SaveRecording | SaveSegment] = []
    for number, moment in enumerate(moments(chance, count)):
        record = made_up_record(chance, moment)
        if number % 1000 == 0:
            kept.append(record)
        lasted_ms = (record.ended_at_ms or 0) - record.started_at_ms
        waiting.append(SaveRecording(record.recording_id, record.started_at_ms, "complete", record, lasted_ms, 0, 0))
        row = SegmentRow(
            record.recording_id, 0, f"recordings/{moment:%Y/%m/%d}/{record.recording_id}.0.ear", 0, lasted_ms * 8
        )
        waiting.append(
            SaveSegment(replace(row, bytes=lasted_ms * 5, state="closed", chain="ab" * 32, sha256="cd" * 32))
        )
        if len(waiting) >= _AT_ONCE:
            writer.apply(waiting)
            waiting.clear()
            if number % 100_000 < _AT_ONCE // 2:
                say(f"{number} rows")
    writer.apply(waiting)
    writer.close()
    write_notes(path, chance, say)
    return kept


def write_notes(path: Path, chance: random.Random, say: Say) -> None:
    """About every third call, a note of common words and of a name that few calls have; some a long time afterwards."""
    with closing(sqlite3.connect(path)) as database, database:
        ids = [row[0] for row in database.execute("SELECT id FROM recordings ORDER BY started_at_ms")]
        written = [
            (each, " ".join([*chance.sample(_COMMON, 6), f"name{chance.randrange(20_000)}"]))
            for each in ids
            if chance.random() < 0.3
        ]
        for _ in range(len(written) // 500):  # remembered later
            written.append(written.pop(chance.randrange(len(written))))
        database.executemany(
            "INSERT INTO notes (recording_id, written_at_ms, person_id, person_name, text) VALUES (?, 1, 'p', 'n', ?)",
            written,
        )
    say(f"{len(written)} notes")


#: What is searched for: how many days around a call (None: all years), what is typed of its number, and words in notes.
_KINDS: dict[str, tuple[int | None, slice | None, str]] = {
    "newest": (None, None, ""),
    "a day": (1, None, ""),
    "last 6 digits, all years": (None, slice(-6, None), ""),
    "last 3 digits, all years": (None, slice(-3, None), ""),
    "last 3 digits, 30 days": (30, slice(-3, None), ""),
    "last 4 digits, a year": (365, slice(-4, None), ""),
    "4 digits within, 30 days": (30, slice(5, 9), ""),
    "4 digits within, a year": (365, slice(5, 9), ""),
    "area code, a year": (365, slice(0, 7), ""),
    "a name in notes, all years": (None, None, "name77"),
    "a name in notes, 30 days": (30, None, "name77"),
    "a common word in notes, 30 days": (30, None, "invoice"),
    "how a common word begins, 30 days": (30, None, "invo"),
    "three common words in notes, a year": (365, None, "invoice refund late"),
    "a common word in notes, a year": (365, None, "invoice"),
    "a common word and 3 digits, 30 days": (30, slice(-3, None), "invoice"),
}


def searches(path: Path, wanted: list[CallRecord], tries: int = 200) -> dict[str, dict[str, float]]:
    """Milliseconds, median and 95th percentile, of the first page (51 rows) of several kinds of search."""
    chance = random.Random(1)
    reader = CatalogueReader(path)
    found: dict[str, dict[str, float]] = {}
    for name, (days, part, noted) in _KINDS.items():
        took, rows = [], 0
        for _ in range(tries):
            asked = replace(_query(chance.choice(wanted), days, part), noted=noted or None)
            began = time.perf_counter()
            rows += len(reader.recordings(asked))
            took.append((time.perf_counter() - began) * 1000)
        figures = {"median_ms": round(median(took), 1), "p95_ms": round(quantiles(took, n=20)[18], 1)}
        found[name] = figures | {"rows": round(rows / tries, 1)}
    reader.close()
    return found


def _query(record: CallRecord, days: int | None, part: slice | None) -> RecordingQuery:
    number = (record.far_party.number or "")[part] if part else None
    if days is None:
        return RecordingQuery(limit=51, number=number)
    middle, half = datetime.fromtimestamp(record.started_at_ms / 1000, UTC), timedelta(days=days / 2)
    return RecordingQuery(limit=51, number=number, started_from=middle - half, started_to=middle + half)


def counted(path: Path, tries: int = 5) -> dict[str, dict[str, float]]:
    """Milliseconds to count a report's calls, of the last days that there are; processor's and by the clock."""
    figures, last, zone = ReportFigures(path), _ENDS_AT.date(), ZoneInfo("Europe/London")
    found: dict[str, dict[str, float]] = {}
    for name, days in (("a week", 7), ("a month", 31), ("a year", 365), ("all years", YEARS * 365)):
        took, used = [], []
        for _ in range(tries):
            began, processor = time.perf_counter(), time.process_time()
            figures.calls(Period(last - timedelta(days=days - 1), last), zone)
            took.append((time.perf_counter() - began) * 1000)
            used.append((time.process_time() - processor) * 1000)
        found[name] = {"median_ms": round(median(took), 1), "cpu_ms": round(median(used), 1)}
    return found


def seal_many(home: Home, count: int, say: Say) -> None:
    """So many sealed recordings, each of a header, a word about the call and a final frame."""
    chance = random.Random(count)
    store, sealer = SegmentFiles(home), PublicKeySealer.from_home(home)
    for number, moment in enumerate(moments(chance, count)):
        record = made_up_record(chance, moment)
        at_work = sealer.begin(SegmentHeader(record.recording_id, 0, 1, record.started_at_ms, 0, RATE_HZ))
        file = store.create(record.recording_id, 0, record.started_at_ms, at_work.keyslot, at_work.header_block)
        final = {"state": "complete", "samples": 800_000, "gaps": [], "losses": {}, "pauses": []}
        file.append(at_work.seal(FrameType.EVENT, 0, 0, json.dumps({"kind": "record"}).encode()))
        file.append(
            at_work.seal(FrameType.FINAL, 800_000, 0, json.dumps(final | {"record": record.to_json()}).encode())
        )
        file.close()
        if number % 10_000 == 0:
            say(f"{number} files")
    store.close()


def rebuilds(count: int, say: Say) -> dict[str, float]:
    """Seconds to rebuild a catalogue of ``count`` recordings, without and with the recovery key."""
    with _scratch() as folder:
        home = Home(folder / "var")
        made = set_up_office(home, Settings(), (), datetime.now(UTC))
        seal_many(home, count, say)
        key = pyrage.x25519.Identity.from_str(made.recovery_key)
        took: dict[str, float] = {}
        for name, words in (("without a key", None), ("with the recovery key", SealedFileWords(home, [key]))):
            writer = SqliteCatalogueWriter(folder / f"{len(took)}.db")
            began, processor = time.monotonic(), time.process_time()
            done = CatalogueRebuild(SegmentFilesReader(home), SegmentFileSummaries(home), writer, words).run(Entered())
            took[f"{name}, s"] = round(time.monotonic() - began, 1)
            took[f"{name}, CPU s"] = round(time.process_time() - processor, 1)
            writer.close()
            if done.recordings != count:
                raise RuntimeError(f"{done.recordings} of {count} recordings came back: {done.troubles[:3]}")
        return took


def run(rows: int, files: int, say: Say) -> dict[str, Any]:
    """All of it; figures by name."""
    report: dict[str, Any] = {"rows": rows, "files": files}
    with _scratch() as folder:
        home, port, pass_phrase = page.new_office(folder / "office")
        path = home.catalogue
        wanted = fill(path, rows, say)
        report["catalogue_mb"] = round(path.stat().st_size / 1e6)
        report["searches"] = searches(path, wanted)
        report["counted"] = counted(path)
        report["page"] = page.measure(home, port, pass_phrase, wanted)
        report["painted"] = painted.measure(home, port, page.NAME, pass_phrase, wanted, _TRIES_IN_CHROMIUM)
    report["rebuild"] = rebuilds(files, say) if files else {}
    return report


def shown(report: Mapping[str, Any]) -> str:
    """The figures, a line each."""
    lines = [f"catalogue of {report['rows']} recordings: {report['catalogue_mb']} MB"]
    for name, figures in report["searches"].items():
        lines.append(f"{name}: median {figures['median_ms']} ms, 95th percentile {figures['p95_ms']} ms")
    for name, figures in report["counted"].items():
        lines.append(f"report of {name}: median {figures['median_ms']} ms, processor {figures['cpu_ms']} ms")
    lines += [f"{name}: {took}" for name, took in report["page"].items()]
    lines += [f"painted in Chromium, {name}: {took}" for name, took in report["painted"].items()]
    lines += [f"rebuilt from {report['files']} recordings {name}: {took}" for name, took in report["rebuild"].items()]
    return "\n".join(lines)


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="earmark-catalogue-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
