"""Who left and who may not listen any more, by the evidence: a people file that was put back does not know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from firmware.core.evidence_chain import EvidenceLine

PERSON_LEFT, PERSON_CHANGED, PERSON_CONFIRMED = "person-left", "person-changed", "person-confirmed"
RECOVERY_USED = "recovery-used"
#: The id of whom a line is about, where that is not who did it.
ABOUT = "about"
#: Among the ids of a change of role by which somebody lost the office key.
KEY_WITHDRAWN = {"key": "withdrawn"}


@dataclass(frozen=True)
class EndedRights:
    """Person ids, which are never used again. ``left``: who is here no more; ``without_key``: whose office key was
    withdrawn, and who was not given it again."""

    left: frozenset[str]
    without_key: frozenset[str]


def ended_rights_in(lines: Iterable[str]) -> EndedRights:
    """From the evidence's lines, in order, each with its newline; those about other things may be left out.

    Raises:
        EvidenceFault: a line cannot be read.
    """
    left, without_key = set(), set()
    for line in map(EvidenceLine.from_text, lines):
        about = line.subject.get(ABOUT, "")
        if line.kind == PERSON_LEFT and about:
            left.add(about)
        elif line.kind == PERSON_CHANGED and KEY_WITHDRAWN.items() <= line.subject.items():
            without_key.add(about)
        elif line.kind in (PERSON_CONFIRMED, RECOVERY_USED):
            without_key.discard(about)
    return EndedRights(frozenset(left), frozenset(without_key))
