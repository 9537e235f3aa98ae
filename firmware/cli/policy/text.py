"""What would happen to a call, in the words of an office, and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from firmware.core.line import CallRequest, Line
from firmware.core.local_time import LocalTime
from firmware.core.notice_plan import NoticePlan
from firmware.core.phone_planning import barred, with_phones
from firmware.core.reception import Reception
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
_MOMENTS = {"before_put_through": "before being put through", "on_answer": "on answering"}
#: A label and what is said of it; without a label it is a heading.
Said = tuple[str, str]
_BREAK: Said = ("", "")
_WIDTH = 100
_LABEL = 13
_STEP = 8


@dataclass(frozen=True)
class Explained:
    """What one line would do with a call. A call that is not put through has no outcomes.

    ``phones`` is what is done with it if a registered phone of that extension answers; ``barred`` why phones may not
    dial it, in a word, unless that was allowed to them.
    """

    line: Line
    call: CallFacts
    reception: Reception
    considered: tuple[Considered, ...]
    outcomes: tuple[tuple[Outcome, NoticePlan | None], ...]
    phones: Mapping[str, Decision] = field(default_factory=dict)
    barred: str = ""


def explained(line: Line, request: CallRequest, local: LocalTime) -> Explained:
    """Ask a line as for a call that comes."""
    reception, call = line.received(request, local)
    planned = with_phones(line, line.plan(request, local, ()), request, local, {})
    inside = call.direction == "outbound" and bool(planned.phone_decisions)
    outcomes = tuple(
        (outcome, None if inside else line.notice(outcome.decision, reception, call))
        for outcome in (line.policy.outcomes(call) if reception.put_through else ())
    )
    why_barred = barred(line, replace(request, allowed=frozenset())) if call.direction == "outbound" else ""
    return Explained(line, call, reception, line.policy.explain(call), outcomes, planned.phone_decisions, why_barred)


def as_text(found: Explained) -> str:
    """Paragraphs for a terminal."""
    happens = (_on_a_line(*each) for each in _what_happens(found))
    return "\n".join([f"On line {found.line.name}", *happens, "", *_why(found.considered)])


def in_words(found: Explained) -> list[Said]:
    """What happens, as a page says it: labels with words, and headings that have no label."""
    return [said for said in _what_happens(found) if said != _BREAK]


def _on_a_line(label: str, words: str) -> str:
    if label:
        return _labelled(label, words)
    return f"  {words}" if words else ""


def as_json(found: Explained) -> dict[str, Any]:
    """The same as plain JSON values."""
    call, reception = found.call, found.reception
    return {
        "line": call.line,
        "emergency": call.emergency,
        "extension": call.extension,
        "far_number": call.far_number,
        "far_presentation": call.far_presentation,
        "put_through": reception.put_through,
        "announces": found.line.capabilities.announces,
        "notice_given_by": found.line.notice_given_by or None,
        "greeting": reception.greeting or None,
        "menu": {number: asdict(decision) for number, decision in reception.decisions.items()},
        "phones": {extension: asdict(decision) for extension, decision in found.phones.items()},
        "barred": found.barred or None,
        "outcomes": [
            {"share": outcome.share, **asdict(outcome.decision), "notice": asdict(notice) if notice else None}
            for outcome, notice in found.outcomes
        ],
        "considered": [asdict(step) for step in found.considered],
    }


def _what_happens(found: Explained) -> Iterator[Said]:
    reception = found.reception
    if not reception.put_through:
        yield _BREAK
        yield "The call is", f"not put through: the caller hears “{reception.greeting}”, and it ends"
    if found.barred:
        yield _BREAK
        yield (
            "The call is",
            f"barred for registered phones that may not dial {found.barred} numbers; else as follows",
        )
    for outcome, notice in found.outcomes:
        yield _BREAK
        if outcome.share < 1:
            yield "", f"Of such calls, {share_words(outcome.share)}, as chance has it:"
        yield from _outcome(found, outcome.decision, notice)
    yield from _menu(reception)
    yield from _phones(found.phones)


def _outcome(found: Explained, decided: Decision, notice: NoticePlan | None) -> Iterator[Said]:
    yield "The call is", _HAPPENS[decided.mode]
    yield "Decided by", decided.decided_by
    if found.reception.greeting:
        yield "Greeting", f"the caller first hears “{found.reception.greeting}”"
    yield "Notice", _notice_words(found, decided, notice)
    tone = found.line.warning_tone
    if tone is not None and decided.record and not found.call.emergency and found.line.capabilities.announces:
        yield "Tone", f"both hear one every {tone.every_ms // 1000} seconds while it is recorded"
    yield "Kept as", decided.retention_class


def _menu(reception: Reception) -> Iterator[Said]:
    """Where a menu may send the call, other rules may apply."""
    if reception.decisions:
        yield _BREAK
        yield "", "Where the menu may send it:"
    for number, decided in reception.decisions.items():
        yield f"to {number}", f"{_HAPPENS[decided.mode]} ({decided.decided_by.rpartition(': ')[0]})"


def _phones(decisions: Mapping[str, Decision]) -> Iterator[Said]:
    """Of registered phones the one that answers decides."""
    if decisions:
        yield _BREAK
        yield "", "It rings registered phones; whoever answers decides:"
    for extension, decided in decisions.items():
        yield f"at {extension}", f"{_HAPPENS[decided.mode]} ({decided.decided_by.rpartition(': ')[0]})"


def _why(considered: tuple[Considered, ...]) -> Iterator[str]:
    yield "  Asked in this order; the first that applies decides:"
    for number, step in enumerate(considered, start=1):
        mark = "→" if step.applied else " "
        if step.verdict == "not asked":
            yield f"  {mark} {number:2}. {step.rule} (not asked)"
        else:
            yield f"  {mark} {number:2}. {step.rule}"
            yield _filled(" " * _STEP, f"{_VERDICTS[step.verdict]}: {step.why}.", _STEP)


def _notice_words(found: Explained, decided: Decision, notice: NoticePlan | None) -> str:
    if notice is None and decided.notice and decided.mode != "never" and not found.line.capabilities.announces:
        return _given_elsewhere(found.line)
    if notice is None:
        return f"none: {_why_no_notice(found, decided)}"
    caller = "the caller" if found.call.direction == "inbound" else "the person called"
    saying_no = f", and may press {notice.opt_out.key} not to be recorded" if notice.opt_out else ""
    return f"{caller} hears “{notice.prompt}” {_MOMENTS[notice.moment]}{saying_no}"


def _given_elsewhere(line: Line) -> str:
    if line.notice_given_by:
        return f"not by this line, which only listens; {line.notice_given_by} tells people that they are recorded"
    return "to be given elsewhere, as this line only listens; nobody is named who does (notice_given_by)"


def _why_no_notice(found: Explained, decided: Decision) -> str:
    if found.call.emergency:
        return "an emergency call is never held up or spoken over"
    if decided.mode == "never":
        return "nothing is recorded"
    if decided.mode == "on_demand":
        told = found.line.start_notice
        return f"nothing is recorded yet; “{told}” is heard when it starts" if told else "nothing is recorded yet"
    if found.phones and found.call.direction == "outbound":
        return "colleagues are not told by a notice"
    if not decided.notice:
        return f"{decided.decided_by.rpartition(': ')[0]} has notice = false"
    return f"the line has none for {found.call.direction} calls"


def _labelled(label: str, words: str) -> str:
    return _filled(f"  {label:<{_LABEL}}", f"{words}.", _LABEL + 2)


def _filled(start: str, words: str, indent: int) -> str:
    return textwrap.fill(words, _WIDTH, initial_indent=start, subsequent_indent=" " * indent)
