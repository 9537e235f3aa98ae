"""A log that was fetched is believed as far as a signed checkpoint reaches, and no further."""

from __future__ import annotations

from datetime import UTC, datetime

from firmware.core.evidence_chain import ChainEnd
from firmware.core.vouched_log import VouchedLog

AT = datetime(2026, 5, 1, tzinfo=UTC)


def lines(*subjects: tuple[str, dict[str, str]]) -> tuple[list[str], list[ChainEnd]]:
    """The log, and where it ended after each line."""
    texts, ends = [], [ChainEnd()]
    for kind, subject in subjects:
        text, end = ends[-1].follow(AT, kind, subject)
        texts.append(text)
        ends.append(end)
    return texts, ends


def erased(recording: str) -> tuple[str, dict[str, str]]:
    return "recording-erased", {"recording": recording, "because": "request"}


def test_an_erasure_is_vouched_for_by_a_checkpoint_at_its_line_or_later() -> None:
    texts, ends = lines(erased("aa"), ("signed-in", {"person": "x"}), erased("bb"))
    log = VouchedLog(texts, {2})
    assert log.fits(ends[2])
    assert not log.fits(ChainEnd(2, "0" * 64))
    assert not log.fits(ends[3]), "which no checkpoint was said to be signed at"
    assert {each: told.is_vouched(2) for each, told in log.erased(2).items()} == {"aa": True, "bb": False}


def test_lines_after_one_that_was_changed_are_told_and_not_vouched_for() -> None:
    texts, ends = lines(("signed-in", {"person": "x"}), erased("aa"), erased("bb"))
    texts[1] = texts[1].replace("recording=aa", "recording=cc")
    log = VouchedLog(texts, {3})
    assert "line 3" in log.fault
    assert not log.fits(ends[3])
    assert {each: told.is_vouched(3) for each, told in log.erased(0).items()} == {"cc": True, "bb": False}
    assert not any(told.is_vouched(0) for told in log.erased(0).values())


def test_the_line_that_breaks_the_chain_is_not_passed_over() -> None:
    texts, _ = lines(("signed-in", {"person": "x"}), ("signed-out", {"person": "x"}), erased("aa"))
    log = VouchedLog([texts[0], texts[2]], set())
    assert [told.follows for told in log.erased(0).values()] == [False]


def test_an_erasure_that_was_doubted_is_none_until_it_is_erased_again() -> None:
    doubted = ("erasure-doubted", {"recording": "aa", "line": "1"})
    assert VouchedLog(lines(erased("aa"), doubted)[0], ()).erased(2).keys() == set()
    assert VouchedLog(lines(erased("aa"), doubted, erased("aa"))[0], ()).erased(2)["aa"].line.number == 3


def test_a_doubt_that_no_checkpoint_vouches_for_brings_nothing_back() -> None:
    log = VouchedLog(lines(erased("aa"), ("erasure-doubted", {"recording": "aa", "line": "1"}))[0], ())
    assert log.erased(1)["aa"].is_vouched(1)
    assert log.wrongly_doubted(1).keys() == {"aa"}
    assert not log.erased(0)["aa"].is_vouched(0), "nobody knows which of the two somebody wrote"
    assert not log.wrongly_doubted(2)
