"""Which notice is played to whom, and when: telling people is part of recording lawfully.

Inbound, the caller hears it before being put through; outbound, the person called hears it as soon as they answer.
An emergency call hears nothing that could delay it, and a call that is not recorded is told nothing untrue.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from firmware.core.call_record import Direction
from firmware.core.recording_decision import Decision

NoticeMoment = Literal["before_put_through", "on_answer"]
# What a recording that is regulated may not be spared by pressing a key; its retention class says that it is.
REGULATED = frozenset({"regulated"})


@dataclass(frozen=True)
class OptOut:
    """How whoever hears the notice may say no.

    Args:
        key: the telephone key that says so, while the notice plays or until ``wait_ms`` after it.
        confirmation: prompt that says that it was heard; empty for none.
    """

    key: str
    wait_ms: int = 3_000
    confirmation: str = ""


@dataclass(frozen=True)
class OptOutNotices:
    """The notices that offer an opt-out, by id, instead of the line's plain ones; empty where a direction has none.

    ``not_for``: retention classes whose calls are never spared; they hear the line's plain notice instead.
    """

    opt_out: OptOut
    inbound: str = ""
    outbound: str = ""
    not_for: frozenset[str] = REGULATED


@dataclass(frozen=True)
class LineNotices:
    """The prompts a line plays, by id; empty for none."""

    inbound: str = ""
    outbound: str = ""
    opting_out: OptOutNotices | None = None


@dataclass(frozen=True)
class NoticePlan:
    """One notice to play: the prompt's id, who hears it, when it starts, and whether they may say no."""

    prompt: str
    to: Literal["far_party", "office_party"]
    moment: NoticeMoment
    opt_out: OptOut | None = None


def plan_notice(
    direction: Direction,
    notices: LineNotices,
    decision: Decision,
    emergency: bool,
    others: Collection[Decision] = (),
) -> NoticePlan | None:
    """The notice a call needs, or None.

    Args:
        decision: what is done with the call as it was dialled.
        others: what would be done with it where a menu may send it. Who may be recorded in the end is told at the
            beginning; and nobody is offered an opt-out that one of these forbids.
    """
    recorded = [each for each in (decision, *others) if each.record and each.notice]
    if emergency or not recorded:
        return None
    inbound = direction == "inbound"
    moment: NoticeMoment = "before_put_through" if inbound else "on_answer"
    plain = notices.inbound if inbound else notices.outbound
    offered = notices.opting_out
    if plain and offered is not None and not any(each.retention_class in offered.not_for for each in recorded):
        prompt = offered.inbound if inbound else offered.outbound
        if prompt:
            return NoticePlan(prompt, "far_party", moment, offered.opt_out)
    return NoticePlan(plain, "far_party", moment) if plain else None
