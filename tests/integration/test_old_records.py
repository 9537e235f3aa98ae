"""Closed cases and old names in the evidence go when their time is over: whole, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.adapters.catalogue.old_records import OldRecordRows
from firmware.adapters.store.old_evidence import EvidenceByDay
from firmware.cli.verify import verify_home
from firmware.core.retention import Period
from firmware.services.old_records import OldRecords, RecordRules
from tests.integration.vault import LONDON, Vault, vault

SIX = RecordRules(Period(years=6), Period(years=6), LONDON)
WORD = "zyxwvunheard"


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Vault]:
    with vault(tmp_path / "home", "2026-03-01 09:00") as made:
        yield made


def duty(kept: Vault, rules: RecordRules = SIX, *, may_erase: bool = True) -> OldRecords:
    rows, days = OldRecordRows(kept.engine, kept.home.catalogue), EvidenceByDay(kept.home.evidence)
    return OldRecords(rows, kept.made.desk, days, rules, lambda: may_erase)


def look(kept: Vault) -> None:
    """As each minute and each hour."""
    kept.run()
    duty(kept).run(kept.time.wall_ms)


def case(kept: Vault, name: str, *calls: str, closed: bool = True) -> None:
    """One that was closed just now, with a paper in two parts."""
    at_ms = kept.time.wall_ms if closed else None
    kept.execute(
        "INSERT INTO cases VALUES (?, 'erasure', ?, '{}', '2026-02-01', NULL, ?, 'p1', 'anna', ?)",
        name,
        WORD,
        "closed" if closed else "open",
        at_ms,
    )
    paper = f"paper-{name}"
    kept.execute("INSERT INTO case_papers VALUES (?, ?, 'letter', ?, 1, 'anna', 'aa', '', 8)", paper, name, WORD)
    for n in (0, 1):
        kept.execute("INSERT INTO case_paper_parts VALUES (?, ?, ?, 1)", paper, n, WORD.encode())
    for call in calls:
        kept.execute("INSERT INTO case_recordings (case_id, recording_id, state) VALUES (?, ?, 'included')", name, call)


def cases(kept: Vault) -> list[str]:
    return sorted(row[0] for row in kept.query("SELECT id FROM cases"))


def test_a_closed_breach_and_what_was_said_of_duties_go_as_closed_cases_do(kept: Vault) -> None:
    for name, closed in (("closed", kept.time.wall_ms), ("open", None)):
        kept.execute("INSERT INTO breaches VALUES (?, 1, ?, ?)", name, WORD, closed)
    said = "INSERT INTO said_of_duties VALUES (1, 'fee_paid', '', '2026-03-01', '2027-03-01', ?, 'p1', 'anna', ?)"
    kept.execute(said, WORD, kept.time.wall_ms)
    kept.set_wall("2032-02-29 12:00")
    look(kept)
    assert (len(kept.query("SELECT id FROM breaches")), len(kept.query("SELECT id FROM said_of_duties"))) == (2, 1)
    kept.set_wall("2032-03-02 12:00")
    look(kept)
    assert kept.query("SELECT id FROM breaches") == [("open",)]
    assert kept.query("SELECT id FROM said_of_duties") == []


def test_a_case_goes_six_years_after_its_closing_to_the_day_with_all_its_papers(kept: Vault) -> None:
    call = kept.record()
    case(kept, "goes", call)
    case(kept, "open", closed=False)
    kept.set_wall("2026-03-02 09:00")
    case(kept, "stays")
    kept.set_wall("2032-03-01 23:59")
    look(kept)
    assert cases(kept) == ["goes", "open", "stays"]
    kept.set_wall("2032-03-02 00:01")
    look(kept)
    assert cases(kept) == ["open", "stays"]
    assert {row[0] for row in kept.query("SELECT paper_id FROM case_paper_parts")} == {"paper-open", "paper-stays"}
    assert kept.kinds().count("case-erased") == 1
    assert kept.query("SELECT count(*) FROM case_recordings") == [(0,)]


def test_what_arrived_of_a_paper_whose_sender_gave_up_goes_without_another_being_sent(kept: Vault) -> None:
    case(kept, "open", closed=False)
    came_ms = kept.time.wall_ms - 61 * 60_000
    kept.execute("INSERT INTO case_paper_parts VALUES ('gave-up', 0, ?, ?)", b"half a letter", came_ms)
    kept.execute("INSERT INTO case_paper_parts VALUES ('on-its-way', 0, ?, ?)", WORD.encode(), kept.time.wall_ms)
    look(kept)
    assert {row[0] for row in kept.query("SELECT paper_id FROM case_paper_parts")} == {"paper-open", "on-its-way"}
    kept.engine.dispose()
    assert not any(b"half a letter" in file.read_bytes() for file in kept.home.catalogue.parent.glob("catalogue.db*"))


def test_a_case_stays_while_a_call_of_it_is_held(kept: Vault) -> None:
    call = kept.record()
    case(kept, "claimed", call)
    hold = kept.hold(call)
    kept.set_wall("2033-01-01 09:00")
    look(kept)
    assert cases(kept) == ["claimed"]
    kept.execute("UPDATE legal_holds SET released_at_ms = 1 WHERE id = ?", hold)
    duty(kept, may_erase=False).run(kept.time.wall_ms)
    assert cases(kept) == ["claimed"], "the clock was in doubt"
    look(kept)
    assert cases(kept) == []


def test_old_names_go_with_a_line_that_says_so_and_what_a_call_needs_stays_with_the_call(kept: Vault) -> None:
    kept.begin()
    kept.execute("INSERT INTO retention_periods VALUES ('long', 10, 0, 0, 0, 'Europe/London')")
    call = kept.record("long")
    kept.made.tell("signed-in", "", name=WORD)
    kept.made.tell("listened", call, name="anna")
    kept.set_wall("2026-03-02 09:00")
    kept.made.now = kept.made.now.replace(day=2)
    kept.made.tell("signed-in", "", name="later")
    kept.set_wall("2032-03-02 09:00")
    look(kept)
    details = " ".join(row[0] for row in kept.query("SELECT detail FROM evidence_details"))
    assert WORD not in details
    assert "anna" in details
    assert "later" in details
    (line,) = [each for each in kept.made.lines() if b" details-erased " in each]
    assert b"about=no-recording" in line
    look(kept)
    assert kept.kinds().count("details-erased") == 1
    kept.made.log.checkpoint()
    assert [each.text for each in verify_home(kept.home) if each.severity == "wrong"] == []


def test_a_keeper_that_ends_between_any_two_steps_says_it_once_and_finishes(
    kept: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    case(kept, "goes")
    kept.made.tell("signed-in", "", name=WORD)
    kept.set_wall("2033-01-01 09:00")
    kept.run()

    class Stops(Exception):
        """The process ends here."""

    def stop(*_: object) -> None:
        raise Stops

    for step in ("erase_case", "erase_details", "wipe_traces"):
        with monkeypatch.context() as killed:
            killed.setattr(OldRecordRows, step, stop)
            with pytest.raises(Stops):
                duty(kept).run(kept.time.wall_ms)
    duty(kept).run(kept.time.wall_ms)
    assert kept.kinds().count("case-erased") == 1
    assert kept.kinds().count("details-erased") == 1
    assert cases(kept) == []
    kept.engine.dispose()
    for file in kept.home.catalogue.parent.glob("catalogue.db*"):
        assert WORD.encode() not in file.read_bytes(), file
