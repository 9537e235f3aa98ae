"""Finished sentences of the box, known again and said in another language."""

from __future__ import annotations

import pytest

from webui.recognition import CONTEXT, Recogniser

SAID = {
    "Line %(name)s is %(state)s.": "Mae llinell %(name)s yn %(state)s.",
    "Line %(name)s is busy with %(num)s calls.": "%(num)s galwad ar linell %(name)s.",
    "Try again.": "Rhowch gynnig arall.",
    "Director": "Cyfarwyddwr",
    "%(minutes)s minutes": "%(minutes)s munud",
    "%(hours)s hour": "%(hours)s awr",
    "away": "i ffwrdd",
    "; asked by %(who)s": "; gofynnwyd gan %(who)s",
    "Paused%(value)s.": "Wedi'i oedi%(value)s.",
}


@pytest.fixture(scope="module")
def welsh() -> Recogniser:
    return Recogniser({CONTEXT + said: other for said, other in SAID.items()})


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Director", "Cyfarwyddwr"),
        ("Line main is odd.", "Mae llinell main yn odd."),
        ("Line main is away.", "Mae llinell main yn i ffwrdd."),  # what is put in may be words, too
        ("Line a (2) is busy with 7 calls.", "7 galwad ar linell a (2)."),  # the one with most words of its own
        ("Line main is odd. Try again.", "Mae llinell main yn odd. Rhowch gynnig arall."),
        ("Nobody knows that. Try again.", "Nobody knows that. Rhowch gynnig arall."),
        ("1 hour 5 minutes", "1 awr 5 munud"),
        ("Paused; asked by dora.", "Wedi'i oedi; gofynnwyd gan dora."),
        ("Line\nmain is odd.", "Line\nmain is odd."),
        ("", ""),
        ("%(name)s", "%(name)s"),
    ],
)
def test_what_the_box_said_is_known_again(welsh: Recogniser, said: str, shown: str) -> None:
    assert welsh.translated(said) == shown


def test_what_somebody_wrote_is_never_taken_for_a_placeholder(welsh: Recogniser) -> None:
    assert welsh.translated("Line %(state)s is 100%.") == "Mae llinell %(state)s yn 100%."
