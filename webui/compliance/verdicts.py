"""What a check finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from firmware.core.compliance.duty import Confirmation, Duty
from webui.compliance.facts import Facts, shown_day
from webui.translation import gettext as _

_MOST_NAMED = 5


class Verdict(StrEnum):
    MISSING = "missing"
    UNKNOWN = "unknown"
    MET = "met"


@dataclass(frozen=True)
class Finding:
    """``soon``: it is met, and to be looked at again within a month."""

    verdict: Verdict
    reason: str
    soon: bool = False


def met(reason: str) -> Finding:
    return Finding(Verdict.MET, reason)


def missing(reason: str) -> Finding:
    return Finding(Verdict.MISSING, reason)


def unknown(reason: str) -> Finding:
    return Finding(Verdict.UNKNOWN, reason)


def by_word(facts: Facts, duty: Duty, never_said: str) -> Finding:
    """By a director's word alone: as long as it holds. ``never_said``: what is told where nobody ever gave it."""
    word = facts.words.get(duty)
    if word is None:
        return unknown(never_said)
    told = said(word)
    if not word.holds_on(facts.today):
        return missing(_("It was to be looked at again by %(day)s. %(told)s") % {"day": _day(word), "told": told})
    return Finding(Verdict.MET, told, soon=word.ends_soon(facts.today))


def holds(facts: Facts, duty: Duty) -> Confirmation | None:
    """Somebody's word that holds today."""
    word = facts.words.get(duty)
    return word if word is not None and word.holds_on(facts.today) else None


def said(word: Confirmation) -> str:
    """``Confirmed by dora for 1 March 2027: in the safe. To be looked at again by 1 March 2028.``"""
    words = {"by": word.by, "on": shown_day(word.on), "note": word.note.rstrip("."), "until": _day(word)}
    return _("Confirmed by %(by)s for %(on)s: %(note)s. To be looked at again by %(until)s.") % words


def _day(word: Confirmation) -> str:
    return shown_day(word.until)


def listed(names: Sequence[str]) -> dict[str, str]:
    """For a sentence with ``%(lines)s``: the first of them."""
    shown = ", ".join(names[:_MOST_NAMED])
    more = len(names) - _MOST_NAMED
    return {"lines": shown if more <= 0 else _("%(names)s and %(more)s more") % {"names": shown, "more": more}}
