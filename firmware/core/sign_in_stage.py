"""How far somebody has come in signing in. Only a complete sign-in is good for anything but coming further."""

from __future__ import annotations

from enum import StrEnum

from firmware.core.people import Person


class Stage(StrEnum):
    SECOND_FACTOR = "second-factor"
    SET_SECOND_FACTOR = "set-second-factor"
    WAITING = "waiting"
    COMPLETE = "complete"


#: From these on somebody has proven who they are.
KNOWN = frozenset({Stage.SET_SECOND_FACTOR, Stage.WAITING, Stage.COMPLETE})


def stage_after_pass_phrase(person: Person, *, second_factor_required: bool, vouched: bool) -> Stage:
    """Where the right pass phrase leads.

    Args:
        vouched: somebody vouched that the person has lost what was their second factor.
    """
    if person.second_factor.is_set and not vouched:
        return Stage.SECOND_FACTOR
    if second_factor_required:
        return Stage.SET_SECOND_FACTOR
    return stage_when_proven(person)


def stage_when_proven(person: Person) -> Stage:
    """Where somebody stands who has proven all that is asked."""
    return Stage.WAITING if person.awaits_key else Stage.COMPLETE
