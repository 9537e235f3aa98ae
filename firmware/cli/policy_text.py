"""What the recording policy would do with a call, in the words of an office, and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from firmware.core.line import Line
from firmware.core.notice_plan import NoticePlan, plan_notice
from firmware.core.recording_policy import CallFacts, Considered, Decision, Outcome, RecordingMode
from firmware.core.recording_rule import share_words

_HAPPENS: dict[RecordingMode, str] = {
    "always": "recorded from beginning to end; nobody can pause it",
    "pausable": "recorded; the office can pause and resume it",
    "on_demand": "not recorded, until the office starts it during the call",
    "never": "not recorded, and nobody can start it",
}
_VERDICTS: dict[str, str] = {
    "applies": "Applies",
    "does not apply": "Does not apply",
    "chance": "Left to chance",
}
_WIDTH = 100
_INDENT = " " * 8


@dataclass(frozen=True)
class Explained:
    """What one line would do with a call."""

    line: str
    call: CallFacts
    considered: tuple[Considered, ...]
    outcomes: tuple[tuple[Outcome, NoticePlan | None], ...]


def explained(line: Line, call: CallFacts) -> Explained:
    """Ask the policy and the notices of a line, as for a call that comes."""
    outcomes = tuple(
        (outcome, plan_notice(call.direction, line.notices, outcome.decision, call.emergency))
        for outcome in line.policy.outcomes(call)
    )
    return Explained(line.name, call, line.policy.explain(call), outcomes)


def as_text(found: Explained) -> str:
    """Paragraphs for a terminal."""
    return "\n".join([f"On line {found.line}", *_what_happens(found), "", *_why(found.considered)])


def as_json(found: Explained) -> dict[str, Any]:
    call = found.call
    return {
        "line": found.line,
        "emergency": call.emergency,
        "extension": call.extension,
        "far_number": call.far_number,
        "far_presentation": call.far_presentation,
        "outcomes": [
            {"share": outcome.share, **asdict(outcome.decision), "notice": asdict(notice) if notice else None}
            for outcome, notice in found.outcomes
        ],
        "considered": [asdict(step) for step in found.considered],
    }


def _what_happens(found: Explained) -> Iterator[str]:
    for outcome, notice in found.outcomes:
        yield ""
        if outcome.share < 1:
            yield f"  Of such calls, {share_words(outcome.share)}, as chance has it:"
        decided = outcome.decision
        yield f"  The call is  {_HAPPENS[decided.mode]}."
        yield f"  Decided by   {decided.decided_by}."
        yield f"  Notice       {_notice_words(found.call, decided, notice)}."
        yield f"  Kept as      {decided.retention_class}."


def _why(considered: tuple[Considered, ...]) -> Iterator[str]:
    yield "  Asked in this order; the first that applies decides:"
    for number, step in enumerate(considered, start=1):
        mark = "→" if step.applied else " "
        if step.verdict == "not asked":
            yield f"  {mark} {number:2}. {step.rule} (not asked)"
        else:
            yield f"  {mark} {number:2}. {step.rule}"
            why = f"{_VERDICTS[step.verdict]}: {step.why}."
            yield textwrap.fill(why, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)


def _notice_words(call: CallFacts, decided: Decision, notice: NoticePlan | None) -> str:
    if notice is None:
        return f"none: {_why_no_notice(call, decided)}"
    caller = "the caller" if call.direction == "inbound" else "the person called"
    moment = {"before_put_through": "before being put through", "on_answer": "on answering"}[notice.moment]
    saying_no = f", and may press {notice.opt_out.key} not to be recorded" if notice.opt_out else ""
    return f"{caller} hears “{notice.prompt}” {moment}{saying_no}"


def _why_no_notice(call: CallFacts, decided: Decision) -> str:
    if call.emergency:
        return "an emergency call is never held up or spoken over"
    if decided.mode == "on_demand":
        return "nothing is recorded yet; who is told when recording starts is the line's on-demand notice"
    if decided.mode == "never":
        return "nothing is recorded"
    if not decided.notice:
        return f"{decided.decided_by.partition(':')[0]} has notice = false"
    return f"the line has none for {call.direction} calls"
