"""What people said while they set the box up, of what no machine sees: the notice was heard, the paper is in the safe.

All else that a guide through setting up tells is found from the box itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from firmware.core.access_policy import Action
from firmware.core.errors import SettingsError

_SHORTEST_NOTE = 3
_LONGEST_NOTE = 500
_LONGEST_ABOUT = 64


class Said(StrEnum):
    """What somebody can say."""

    KEY_IN_SAFE = "key-in-safe"
    NOTICE_HEARD = "notice-heard"
    ALERT_ARRIVED = "alert-arrived"
    LINES_TRIED = "lines-tried"
    FALLBACK_TRIED = "fallback-tried"


#: Whose it is to say.
MAY_SAY: Mapping[Said, Action] = {
    Said.KEY_IN_SAFE: Action.CONFIRM_DUTIES,
    Said.NOTICE_HEARD: Action.CONFIRM_DUTIES,
    Said.ALERT_ARRIVED: Action.SET_ALERTS,
    Said.LINES_TRIED: Action.TEST_LINES,
    Said.FALLBACK_TRIED: Action.TEST_LINES,
}


@dataclass(frozen=True)
class Word:
    """Somebody's word, at ``at_ms`` (Unix). ``about``: what it was said of, as a digest, so that it holds for nothing
    that came after; empty where it is said of nothing that changes.
    """

    at_ms: int
    by: str
    note: str
    about: str = ""


@dataclass(frozen=True)
class SetUpBook:
    """``begun_at_ms``: when the office was made from a browser, so that its director is led through the rest; None for
    one that was made before there was a guide, or by command. ``aside``: nobody is to be led any more.
    """

    begun_at_ms: int | None = None
    aside: bool = False
    words: Mapping[Said, Word] = field(default_factory=dict)

    @property
    def leads(self) -> bool:
        """Whether who signs in is led to what is left."""
        return self.begun_at_ms is not None and not self.aside

    def with_word(self, what: Said, word: Word) -> SetUpBook:
        return replace(self, words={**self.words, what: word})

    def holds(self, what: Said, about: str = "") -> bool:
        """Whether somebody said so, and of what is there now."""
        return what in self.words and self.words[what].about == about


def read_note(typed: str) -> str:
    """Raises SettingsError: it is empty or too long."""
    note = " ".join(typed.split())
    if not _SHORTEST_NOTE <= len(note) <= _LONGEST_NOTE:
        raise SettingsError("Say in a few words what you found.", f"Up to {_LONGEST_NOTE} letters.")
    return note


def read_about(told: str) -> str:
    """Raises SettingsError: it is no digest."""
    if len(told) > _LONGEST_ABOUT or not (told.isascii() and (told.isalnum() or not told)):
        raise SettingsError("That is not said of anything that is there.", "Open the page again.")
    return told
