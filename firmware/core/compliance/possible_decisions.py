"""What the recording policy may decide of many calls at once: all of a line in one direction, of an extension, or with
a number. It is asked rule by rule, as for one call; a rule that fits some of the calls may decide, and what comes after
it may, too. So more may be said to be possible than ever comes, and never less.

Emergency calls, which no rule is asked about, are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from firmware.core.call_record import Direction
from firmware.core.number_pattern import NumberPattern
from firmware.core.recording_decision import Decision
from firmware.core.recording_policy import RecordingPolicy, Rule

_Share = Literal["all", "some", "none"]


@dataclass(frozen=True)
class Calls:
    """Calls of a line in one direction. ``extension`` and ``number`` (of the other party): None for any, or none."""

    direction: Direction
    extension: NumberPattern | None = None
    number: NumberPattern | None = None


def possible_decisions(policy: RecordingPolicy, calls: Calls) -> tuple[Decision, ...]:
    """Each once, in the order in which they are asked."""
    return tuple(dict.fromkeys(_deciding(policy, calls)))


def _deciding(policy: RecordingPolicy, calls: Calls) -> Iterator[Decision]:
    for rule in policy.rules:
        share = _of(rule, policy.line, calls)
        if share != "none":
            yield rule.decision
        if share == "all":
            return
    for number, own in policy.extensions.items():
        share = "some" if calls.extension is None else _alike(calls.extension, NumberPattern(number))
        if share != "none":
            yield own.decision
        if share == "all":
            return
    yield policy.usual


def _of(rule: Rule, line: str, calls: Calls) -> _Share:
    """Of how many of the calls a rule decides."""
    if rule.direction not in (None, calls.direction) or (rule.lines and line not in rule.lines):
        return "none"
    shares = {_among(calls.extension, rule.extensions), _among(calls.number, rule.numbers)}
    if rule.presentation is not None and calls.number is None:
        shares.add("some")
    elif rule.presentation not in (None, "available"):
        return "none"
    if rule.when is not None or rule.share < 1:
        shares.add("some" if rule.share > 0 else "none")
    return "none" if "none" in shares else "some" if "some" in shares else "all"


def _among(wanted: NumberPattern | None, patterns: Collection[NumberPattern]) -> _Share:
    if not patterns:
        return "all"
    if wanted is None:
        return "some"
    shares = {_alike(wanted, pattern) for pattern in patterns}
    return "all" if "all" in shares else "some" if "some" in shares else "none"


def _alike(wanted: NumberPattern, pattern: NumberPattern) -> _Share:
    """How many of the numbers that are wanted a pattern is about."""
    if wanted.digits == pattern.digits:
        return "all" if pattern.prefix or not wanted.prefix else "some"
    if pattern.prefix and wanted.digits.startswith(pattern.digits):
        return "all"
    return "some" if wanted.prefix and pattern.digits.startswith(wanted.digits) else "none"
