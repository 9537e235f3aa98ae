"""Legal holds: recordings kept beyond their time for a stated purpose, by somebody, until it is reviewed or released.

A hold keeps nothing by itself for ever: it has a date by which its owner must look at it again, no more than a year
ahead. It blocks every erasure but that of card data (a redaction, which leaves a revision that is held in turn).

A hold may restrict as well: then its calls are kept and nothing else is done with them (UK GDPR Art. 18), unless a
director opens one for a purpose that the law leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from firmware.core.errors import ActionRefused, SettingsError
from firmware.core.evidence_chain import EvidenceLine

_SHORTEST_WORDS, _LONGEST_WORDS = 3, 500
_LONGEST_BEFORE_REVIEW = timedelta(days=366)
MOST_RECORDINGS = 10_000

HOLD_PLACED = "hold-placed"
HOLD_RELEASED = "hold-released"
#: The catalogue had lost it, and a person said to go on without it.
HOLD_LOST = "hold-lost"
#: Of a hold that only the evidence tells of.
LOST_PURPOSE = "Lost with a catalogue: what it was for and on is not known any more"
#: The id of the hold in these lines of evidence.
HOLD = "hold"
#: In the line of one that restricts.
RESTRICTS = "restricts"


@dataclass(frozen=True)
class LegalHold:
    """Times are Unix milliseconds; ``released_at_ms`` is None while it stands."""

    hold_id: str
    purpose: str
    owner_id: str
    owner_name: str
    placed_at_ms: int
    review_on: date
    released_at_ms: int | None = None
    released_by: str = ""
    released_because: str = ""
    restricts: bool = False

    @property
    def stands(self) -> bool:
        return self.released_at_ms is None

    def reviewed(self, review_on: date, today: date) -> LegalHold:
        """Looked at, and to be looked at again.

        Raises:
            ActionRefused: it is released.
            SettingsError: the date is not right.
        """
        self._must_stand()
        return replace(self, review_on=_review_date(review_on, today))

    def released(self, at_ms: int, by: str, because: str) -> LegalHold:
        """Over: what it kept goes its usual way again.

        Raises:
            ActionRefused: it is released already.
            SettingsError: no reason is given.
        """
        self._must_stand()
        return replace(self, released_at_ms=at_ms, released_by=by, released_because=_words(because, "the reason"))

    def _must_stand(self) -> None:
        if not self.stands:
            raise ActionRefused("This legal hold is released already.", "Place another, if the recordings are there.")


def place(
    hold_id: str,
    owner: tuple[str, str],
    purpose: str,
    review_on: date,
    at_ms: int,
    today: date,
    *,
    restricts: bool = False,
) -> LegalHold:
    """A new hold. ``owner`` is a person's id and name.

    Raises:
        SettingsError: the purpose or the date is not right.
    """
    what_for, by = _words(purpose, "the purpose"), _review_date(review_on, today)
    return LegalHold(hold_id, what_for, *owner, at_ms, by, restricts=restricts)


def to_be_held(recordings: Iterable[str]) -> Sequence[str]:
    """The recordings a hold is placed on, each once.

    Raises:
        SettingsError: there are none, or too many for one hold.
    """
    each_once = list(dict.fromkeys(recordings))
    if not each_once:
        raise SettingsError("There is no call to hold.", "Name calls, or search for other ones.")
    if len(each_once) > MOST_RECORDINGS:
        raise SettingsError(f"One hold takes up to {MOST_RECORDINGS} calls.", "Narrow the search.")
    return each_once


def due_for_review(holds: Iterable[LegalHold], today: date) -> int:
    """How many are to be looked at again by now."""
    return sum(hold.stands and hold.review_on <= today for hold in holds)


def standing_by(lines: Iterable[str]) -> frozenset[str]:
    """The ids of the holds that stand by the evidence's lines (each with its newline, in their order).

    Raises:
        EvidenceFault: a line about a hold cannot be read.
    """
    standing: set[str] = set()
    for line in (EvidenceLine.from_text(text) for text in lines if " hold-" in text):
        if line.kind == HOLD_PLACED:
            standing.add(line.subject[HOLD])
        elif line.kind in (HOLD_RELEASED, HOLD_LOST):
            standing.discard(line.subject[HOLD])
    return frozenset(standing)


def unreleased_by(lines: Iterable[str]) -> Sequence[LegalHold]:
    """The holds that nobody has released, as far as the evidence's lines tell of them (each with its newline, in their
    order). One that restricts is among them even where somebody at the box said to go on without it: whether a call may
    be heard is a director's to say.

    Raises:
        EvidenceFault: a line about a hold cannot be read.
    """
    found: dict[str, LegalHold] = {}
    for line in (EvidenceLine.from_text(text) for text in lines if " hold-" in text):
        hold = found.get(line.subject.get(HOLD, ""))
        if line.kind == HOLD_PLACED:
            found[line.subject[HOLD]] = _as_entered(line)
        elif hold and (line.kind == HOLD_RELEASED or (line.kind == HOLD_LOST and not hold.restricts)):
            del found[hold.hold_id]
    return list(found.values())


def _as_entered(line: EvidenceLine) -> LegalHold:
    owner, at_ms = line.subject.get("person", ""), round(line.at.timestamp() * 1000)
    restricts = line.subject.get(RESTRICTS) == "yes"
    return LegalHold(line.subject[HOLD], LOST_PURPOSE, owner, "not known", at_ms, line.at.date(), restricts=restricts)


def reason(text: str) -> str:
    """A reason as it is kept. Raises SettingsError when it is none."""
    return _words(text, "the reason")


def _words(text: str, what: str) -> str:
    words = " ".join(text.split())
    if not _SHORTEST_WORDS <= len(words) <= _LONGEST_WORDS:
        raise SettingsError(f"Say {what} in {_SHORTEST_WORDS} to {_LONGEST_WORDS} letters.", "Nothing was changed.")
    return words


def _review_date(review_on: date, today: date) -> date:
    if not today < review_on <= today + _LONGEST_BEFORE_REVIEW:
        raise SettingsError("The review is on a day after today and within a year.", "Choose another day.")
    return review_on
