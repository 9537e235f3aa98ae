"""The guide through setting up: in order, with what is left, and nothing done that is not so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from firmware.adapters.settings.set_up_book_file import SetUpBookFile
from firmware.core.access_policy import Role, may
from firmware.core.errors import SettingsError, StorageError
from firmware.core.set_up_book import MAY_SAY, Said, SetUpBook, Word, read_about, read_note
from webui.compliance.verdicts import met, missing
from webui.guide.guide_desk import alerts_digest, notices_of
from webui.guide.steps import DirectorsFacts, DirectorsStep, directors_part

NEW = DirectorsFacts(
    second_factor=False,
    typed_back="",
    in_safe="",
    colleagues=(0, 0),
    notices=(),
    heard=False,
    keeping=missing("Nobody has confirmed that."),
    staff=missing("Nobody has confirmed that."),
    alerts_to=(),
    arrived=False,
    calls=False,
)
DONE = DirectorsFacts(
    second_factor=True,
    typed_back="1 July 2026",
    in_safe="",
    colleagues=(0, 1),
    notices=("call-recorded",),
    heard=True,
    keeping=met("Confirmed by dora."),
    staff=met("Confirmed by dora."),
    alerts_to=("office mail",),
    arrived=True,
    calls=True,
)


def test_a_directors_part_is_done_in_a_quarter_of_an_hour() -> None:
    new, done = directors_part(NEW), directors_part(DONE)
    assert [step.slug for step in new.steps] == list(DirectorsStep)
    assert (len(new.left), new.minutes_left <= 15) == (len(DirectorsStep), True)
    assert (done.left, done.minutes_left) == ((), 0)


@pytest.mark.parametrize(
    ("step", "changed"),
    [
        ("sign-in", replace(DONE, second_factor=False)),
        ("recovery-key", replace(DONE, typed_back="")),
        ("people", replace(DONE, colleagues=(0, 0))),
        ("notice", replace(DONE, heard=False)),
        ("keeping", replace(DONE, keeping=missing("It was to be looked at again."))),
        ("staff", replace(DONE, staff=missing("It was to be looked at again."))),
        ("alerts", replace(DONE, arrived=False)),
        ("alerts", replace(DONE, alerts_to=())),
        ("first-call", replace(DONE, calls=False)),
    ],
)
def test_each_step_is_left_until_the_box_shows_that_it_is_done(step: str, changed: DirectorsFacts) -> None:
    assert [left.slug for left in directors_part(changed).left] == [step]


def test_what_cannot_be_told_is_not_done_and_says_so() -> None:
    away = replace(
        DONE, second_factor=None, colleagues=None, notices=None, heard=False, keeping=None, staff=None, alerts_to=None
    )
    part = directors_part(replace(away, calls=None))
    assert [step.slug for step in part.left] == [each for each in DirectorsStep if each != "recovery-key"]
    assert all("cannot be told" in step.standing for step in part.left)


def test_the_next_step_is_the_next_that_is_left_and_then_what_was_passed_over() -> None:
    part = directors_part(replace(DONE, second_factor=False, heard=False))
    following = part.after("recovery-key")
    assert following is not None
    assert following.slug == "notice"
    following = part.after("notice")
    assert following is not None
    assert following.slug == "sign-in"
    assert directors_part(DONE).after("notice") is None


def test_a_word_holds_for_what_it_was_said_of_and_nothing_else() -> None:
    book = SetUpBook().with_word(Said.NOTICE_HEARD, Word(1, "dora", "clear", "abc"))
    assert book.holds(Said.NOTICE_HEARD, "abc")
    assert not book.holds(Said.NOTICE_HEARD, "def")
    assert not book.holds(Said.ALERT_ARRIVED, "abc")


def test_only_a_new_office_leads_its_director_and_only_until_it_is_put_aside() -> None:
    assert not SetUpBook().leads
    assert SetUpBook(begun_at_ms=1).leads
    assert not SetUpBook(begun_at_ms=1, aside=True).leads


def test_the_book_is_the_same_when_it_was_kept_and_damage_is_told(tmp_path: Path) -> None:
    store = SetUpBookFile(tmp_path / "set-up.json")
    assert store.read() == SetUpBook()
    book = SetUpBook(7, True, {Said.FALLBACK_TRIED: Word(8, "ines", "to the mobile")})
    store.keep(book)
    assert store.read() == book
    assert (tmp_path / "set-up.json").stat().st_mode & 0o777 == 0o600
    (tmp_path / "set-up.json").write_text("{")
    with pytest.raises(StorageError):
        store.read()


def test_notes_say_something_and_digests_are_digests() -> None:
    assert read_note("  in  the safe ") == "in the safe"
    for typed in ("", " x ", "y" * 501):
        with pytest.raises(SettingsError):
            read_note(typed)
    for told in ("a b", "é", "a" * 65):
        with pytest.raises(SettingsError):
            read_about(told)


def test_whatever_can_be_said_is_for_a_director_or_for_who_fits_lines() -> None:
    assert set(MAY_SAY) == set(Said)
    assert may(Role.INSTALLER, MAY_SAY[Said.FALLBACK_TRIED])
    assert not may(Role.INSTALLER, MAY_SAY[Said.KEY_IN_SAFE])


def test_the_notices_are_those_that_lines_play_and_other_destinations_are_another_digest() -> None:
    lines = [
        {"kind": "sip", "notice": {"inbound": "call-recorded", "outbound": "", "on_demand": "recording-starts"}},
        {"kind": "sip", "notice": {"inbound": "call-recorded"}},
        {"kind": "siprec", "notice": {"inbound": "never played"}},
    ]
    document = {"lines": lines, "alerts": {"destinations": [{"name": "office"}]}}
    assert notices_of(document) == ("call-recorded", "recording-starts")
    assert alerts_digest(document) != alerts_digest({"alerts": {"destinations": [{"name": "boss"}]}})
