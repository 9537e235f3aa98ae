"""Which notice is played to whom, and when: telling people is part of recording lawfully.

Inbound, the caller hears it before being put through; outbound, the person called hears it as soon as they answer.
An emergency call hears nothing that could delay it, and a call that is not recorded is told nothing untrue.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from firmware.core.call_record import Direction
from firmware.core.recording_policy import Decision

NoticeMoment = Literal["before_put_through", "on_answer"]


@dataclass(frozen=True)
class LineNotices:
    """The prompts a line plays, by id; empty for none."""

    inbound: str = ""
    outbound: str = ""


@dataclass(frozen=True)
class NoticePlan:
    """One notice to play: the prompt's id, who hears it, when it starts."""

    prompt: str
    to: Literal["far_party", "office_party"]
    moment: NoticeMoment


def plan_notice(direction: Direction, notices: LineNotices, decision: Decision, emergency: bool) -> NoticePlan | None:
    """The notice a call needs, or None."""
    prompt = notices.inbound if direction == "inbound" else notices.outbound
    if emergency or not decision.record or not prompt:
        return None
    moment: NoticeMoment = "before_put_through" if direction == "inbound" else "on_answer"
    return NoticePlan(prompt, "far_party", moment)
