"""A closed case with a paper, and a name in the evidence, whose time is over, beside those that must stay."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from firmware.adapters.catalogue.old_records import OldRecordRows
from firmware.adapters.store.old_evidence import EvidenceByDay
from firmware.cli.verify import verify_home
from firmware.core.home import Home
from firmware.core.retention import Period
from firmware.services.old_records import OldRecords, RecordRules
from tests.functional.kill_points.erase import THEN, WORD, at_work, lines_of
from tests.integration.vault import LONDON, vault

_SIX = RecordRules(Period(years=6), Period(years=6), LONDON)
_CASE = "INSERT INTO cases VALUES (?, 'erasure', ?, '{}', '2026-02-01', NULL, 'closed', 'p1', 'anna', ?)"
_PAPER = "INSERT INTO case_papers VALUES (?, ?, 'letter', 'scan.pdf', 1, 'anna', 'aa', '', 8)"


def prepare(home: Path) -> None:
    with vault(home, THEN) as made:
        made.home.device_key.write_text(made.made.key.private_text())
        closed_ms = made.time.wall_ms
        for case, subject, at_ms in (("goes", WORD, closed_ms), ("stays", "Mary", closed_ms + 10**10)):
            made.execute(_CASE, case, subject, at_ms)
            made.execute(_PAPER, f"paper-{case}", case)
            made.execute("INSERT INTO case_paper_parts VALUES (?, 0, ?, 1)", f"paper-{case}", subject.encode())
        made.made.tell("signed-in", "", name=WORD)
        made.made.pass_time(24 * 10)
        made.made.tell("signed-in", "", name="anna")
        made.made.log.checkpoint()


def run(home: Path, given: None) -> None:
    """The keeper looks once, after a start."""
    with at_work(home) as made:
        rows, days = OldRecordRows(made.engine, made.home.catalogue), EvidenceByDay(made.home.evidence)
        OldRecords(rows, made.made.desk, days, _SIX, lambda: True).run(made.time.wall_ms)


def check(home: Path, given: None) -> list[str]:
    wrong = [f"{each.subject}: {each.text}" for each in verify_home(Home(home)) if each.severity == "wrong"]
    with at_work(home) as made:
        for table, column in (("cases", "id"), ("case_papers", "case_id"), ("case_paper_parts", "paper_id")):
            left = [row[0].removeprefix("paper-") for row in made.query(f"SELECT {column} FROM {table}")]
            if left != ["stays"]:
                wrong.append(f"{table}: {left}")
        details = " ".join(row[0] for row in made.query("SELECT detail FROM evidence_details"))
        if WORD in details or "anna" not in details:
            wrong.append(f"details: {details}")
    for kind in ("case-erased", "details-erased"):
        entered = sum(f" {kind} " in line for line in lines_of(home))
        if entered != 1:
            wrong.append(f"{kind} was entered {entered} times")
    with closing(sqlite3.connect(Home(home).catalogue)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if any(WORD.encode() in path.read_bytes() for path in Home(home).catalogue.parent.glob("catalogue.db*")):
        wrong.append("a word about the case is left in the catalogue")
    return wrong
