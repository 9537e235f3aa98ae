"""Who left, by the evidence: a people file put back from an older backup still holds them, with their keys."""

from __future__ import annotations

from collections.abc import Iterable

from firmware.core.evidence_chain import EvidenceLine

PERSON_LEFT = "person-left"
#: The id of whom a line is about, where that is not who did it.
ABOUT = "about"


def leavers_in(lines: Iterable[str]) -> frozenset[str]:
    """The person ids of all who left, from the evidence's lines (each with its newline). Ids are never used again.

    Raises:
        EvidenceFault: a line about somebody who left cannot be read.
    """
    told = (EvidenceLine.from_text(line) for line in lines if f" {PERSON_LEFT} " in line)
    return frozenset(line.subject[ABOUT] for line in told if line.kind == PERSON_LEFT and ABOUT in line.subject)
