"""Which calls are recorded, and whose words said so.

A policy always decides. Its rules are asked in order and the first that applies decides; after the rules comes the
extension's own mode, and last the line's, which applies to every call. Emergency calls come before all of it, by a rule
of their own. The words of what decided go into the call's record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from firmware.core.recording_decision import MODE_WORDS, CallFacts, Decision, RecordingMode, decision
from firmware.core.recording_rule import Rule, Verdict

__all__ = [
    "CallFacts",
    "Considered",
    "Decision",
    "ExtensionMode",
    "Outcome",
    "RecordingMode",
    "RecordingPolicy",
    "Rule",
]


@dataclass(frozen=True)
class ExtensionMode:
    """What an extension does with its calls where no rule says otherwise. ``shown`` is its number as typed."""

    mode: RecordingMode
    shown: str
    notice: bool = True

    @property
    def decision(self) -> Decision:
        return decision(self.mode, f"extension {self.shown}", notice=self.notice)


@dataclass(frozen=True)
class Considered:
    """One step towards a decision: what was asked, whether it decided, and why, in words."""

    rule: str
    verdict: Verdict | Literal["not asked"]
    why: str

    @property
    def applied(self) -> bool:
        return self.verdict == "applies"


@dataclass(frozen=True)
class Outcome:
    """A decision and how likely it is: less than 1 only where a rule takes a share and the call is only thought of."""

    share: float
    decision: Decision


@dataclass(frozen=True)
class _Step:
    """Something that may decide, and what it would decide."""

    considered: Considered
    decision: Decision
    chance: float = 0.0


@dataclass(frozen=True)
class RecordingPolicy:
    """The policy of one line.

    Attributes:
        line: the line's name, as people know it.
        mode: what the line does with calls that nothing else is about.
        rules: in order.
        extensions: own modes by number, in the form of ``NumberForm``.
        emergency_mode: what is done with emergency calls; None follows the extension and the line, past all rules, so
            that the phone kept for private calls is not recorded behind its user's back.
    """

    line: str
    mode: RecordingMode
    rules: tuple[Rule, ...] = ()
    extensions: Mapping[str, ExtensionMode] = field(default_factory=dict)
    emergency_mode: RecordingMode | None = None

    def decide(self, call: CallFacts) -> Decision:
        """The decision of the first that applies. A rule that waits for chance (no call id) is passed over."""
        return next(step.decision for step in self._steps(call) if step.considered.applied)

    def explain(self, call: CallFacts) -> tuple[Considered, ...]:
        """Everything that may decide, in order, with why it did or did not."""
        explained: list[Considered] = []
        decided = False
        for step in self._steps(call):
            considered = step.considered
            explained.append(
                replace(considered, verdict="not asked", why="something before it decided") if decided else considered
            )
            decided = decided or considered.applied
        return tuple(explained)

    def outcomes(self, call: CallFacts) -> tuple[Outcome, ...]:
        """Every decision that is possible for a call that is only thought of; one, where nothing is left to chance."""
        found: list[Outcome] = []
        left = 1.0
        for step in self._steps(call):
            if step.considered.applied:
                return (*found, Outcome(left, step.decision))
            if step.chance:
                found.append(Outcome(left * step.chance, step.decision))
                left *= 1 - step.chance
        raise AssertionError("the line's own mode applies to every call")

    def _steps(self, call: CallFacts) -> Iterator[_Step]:
        yield self._emergency(call)
        for rule in self.rules:
            verdict, why = rule.consider(call)
            words = f"{rule.words}: {MODE_WORDS[rule.mode]}"
            yield _Step(Considered(words, verdict, why), rule.decision, rule.share if verdict == "chance" else 0.0)
        if self.extensions:
            yield self._extension(call)
        yield _Step(Considered(self.usual.decided_by, "applies", "nothing before it decided"), self.usual)

    def _emergency(self, call: CallFacts) -> _Step:
        if self.emergency_mode is None:
            usual = self._extension(call).decision
            own = replace(usual, decided_by=f"emergency calls follow {usual.decided_by}", notice=False)
        else:
            own = decision(self.emergency_mode, "emergency calls", notice=False)
        why = "it is an emergency call" if call.emergency else "it is not an emergency call"
        return _Step(Considered(own.decided_by, "applies" if call.emergency else "does not apply", why), own)

    def _extension(self, call: CallFacts) -> _Step:
        own = self.extensions.get(call.extension) if call.extension is not None else None
        if own is not None:
            considered = Considered(own.decision.decided_by, "applies", f"it is a call of extension {own.shown}")
            return _Step(considered, own.decision)
        why = f"extension {call.extension} has none" if call.extension is not None else "the call has no extension"
        return _Step(Considered("the extension's own mode", "does not apply", why), self.usual)

    @property
    def usual(self) -> Decision:
        """What is done with calls that nothing else is about."""
        return decision(self.mode, f"line {self.line}")
