"""Of which telephones and numbers the settings say that no call is recorded, and of which that is so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from firmware.core.call_record import Direction
from firmware.core.compliance.kept_policy import KeptLine, PatternOf, kept_lines
from firmware.core.compliance.possible_decisions import Calls, possible_decisions
from firmware.core.local_time import LocalTime
from firmware.core.number_pattern import NumberPattern
from firmware.core.recording_decision import CallFacts
from firmware.core.recording_policy import RecordingPolicy

_DIRECTIONS: tuple[Direction, ...] = ("inbound", "outbound")
_ANY_LINE = {"name": ""}
_ANY_TIME = LocalTime(0, 0, "")


@dataclass(frozen=True)
class NeverRecorded:
    """On all lines that know which phone talks with whom.

    Attributes:
        phones: as they were typed; an emergency call may be recorded all the same.
        overruled: phones set so of which a call may be recorded, as a rule is asked first.
        numbers: how many outside ones; ``numbers_overruled`` likewise.
        but_emergencies: an emergency call from one of the phones is recorded.
        blind_lines: lines that record, and do not know it.
    """

    phones: tuple[str, ...] = ()
    overruled: tuple[str, ...] = ()
    numbers: int = 0
    numbers_overruled: int = 0
    but_emergencies: bool = False
    blind_lines: tuple[str, ...] = ()


def never_recorded(document: Mapping[str, Any], lines: Sequence[KeptLine], pattern_of: PatternOf) -> NeverRecorded:
    """By what each line's policy may decide of their calls."""
    knowing = [line for line in lines if line.knows_parties] or kept_lines(
        {**document, "lines": [_ANY_LINE]}, pattern_of
    )
    asked = [line.policy for line in knowing]
    rules = [rule for rule in document.get("rules") or () if rule.get("mode") == "never"]
    set_so = _typed(each.get("number", "") for each in document.get("extensions") or () if each.get("mode") == "never")
    named = _typed(each for rule in rules for each in rule.get("extensions") or ())
    phones = tuple(each for each in _typed([*set_so, *named]) if _never(asked, extension=pattern_of(each)))
    outside = _typed(each for rule in rules for each in rule.get("numbers") or ())
    numbers = sum(_never(asked, number=pattern_of(each)) for each in outside)
    return NeverRecorded(
        phones=phones,
        overruled=tuple(each for each in set_so if each not in phones),
        numbers=numbers,
        numbers_overruled=len(outside) - numbers,
        but_emergencies=any(_in_emergency(asked, pattern_of(each).digits) for each in phones),
        blind_lines=tuple(line.policy.line for line in lines if _is_blind(line)),
    )


def _is_blind(line: KeptLine) -> bool:
    return line.own is not None and not _never([line.policy], line.own)


def _typed(numbers: Iterable[Any]) -> tuple[str, ...]:
    """Each once, in their order."""
    return tuple(dict.fromkeys(map(str, numbers)))


def _never(
    policies: Sequence[RecordingPolicy], extension: NumberPattern | None = None, number: NumberPattern | None = None
) -> bool:
    modes = (
        decision.mode
        for policy in policies
        for direction in _DIRECTIONS
        for decision in possible_decisions(policy, Calls(direction, extension, number))
    )
    return all(mode == "never" for mode in modes)


def _in_emergency(policies: Sequence[RecordingPolicy], extension: str) -> bool:
    calls = (CallFacts(policy.line, "outbound", _ANY_TIME, emergency=True, extension=extension) for policy in policies)
    return any(policy.decide(call).mode != "never" for policy, call in zip(policies, calls, strict=True))
