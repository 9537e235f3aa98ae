"""Which calls are recorded, and which rule said so.

A policy is a list of rules; the first that applies decides, and its words go into the call's record. A policy always
decides: it ends with the line's own mode, which applies to every call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from firmware.core.call_record import Direction

RecordingMode = Literal["always", "never"]


@dataclass(frozen=True)
class CallFacts:
    """What rules may look at, all of it known before the first word is spoken."""

    line: str
    direction: Direction
    emergency: bool = False


@dataclass(frozen=True)
class Decision:
    """Whether a call is recorded. ``decided_by`` names the rule in words fit to show a person."""

    record: bool
    mode: RecordingMode
    decided_by: str
    retention_class: str = "standard"


@dataclass(frozen=True)
class Rule:
    """One rule. ``emergency`` None applies to every call, else only to calls that are (or are not) emergency calls."""

    mode: RecordingMode
    decided_by: str
    emergency: bool | None = None
    retention_class: str = "standard"

    def applies_to(self, call: CallFacts) -> bool:
        return self.emergency is None or self.emergency == call.emergency

    def decision(self) -> Decision:
        return Decision(self.mode == "always", self.mode, self.decided_by, self.retention_class)


@dataclass(frozen=True)
class RecordingPolicy:
    """Ordered rules, and the mode of the line for calls that no rule is about."""

    line_rule: Rule
    rules: tuple[Rule, ...] = ()

    def decide(self, call: CallFacts) -> Decision:
        """The decision of the first rule that applies."""
        return next((rule for rule in self.rules if rule.applies_to(call)), self.line_rule).decision()


def line_policy(line: str, mode: RecordingMode, emergency_mode: RecordingMode | None = None) -> RecordingPolicy:
    """The policy of one line.

    Args:
        line: the line's name, as people know it.
        mode: what the line does with its calls.
        emergency_mode: what is done with emergency calls; None follows the line, so that the phone kept for private
            calls is not recorded behind its user's back.
    """
    emergency = Rule(
        mode=emergency_mode or mode,
        decided_by=_emergency_words(line, mode, emergency_mode),
        emergency=True,
    )
    return RecordingPolicy(Rule(mode, f"line {line}: {_MODE_WORDS[mode]}"), (emergency,))


_MODE_WORDS: dict[RecordingMode, str] = {"always": "always recorded", "never": "never recorded"}


def _emergency_words(line: str, mode: RecordingMode, emergency_mode: RecordingMode | None) -> str:
    if emergency_mode is None:
        return f"emergency calls follow line {line}: {_MODE_WORDS[mode]}"
    return f"emergency calls: {_MODE_WORDS[emergency_mode]}"
