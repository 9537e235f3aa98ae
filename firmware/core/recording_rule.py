"""One rule of the recording policy: the calls it is about, and what is done with them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from firmware.core.call_record import Direction, Presentation
from firmware.core.local_time import TimeOfWeek
from firmware.core.number_pattern import NumberPattern
from firmware.core.recording_decision import CallFacts, Decision, RecordingMode, decision

# chance: everything else fits, and whether the rule applies is drawn when the call comes.
Verdict = Literal["applies", "does not apply", "chance"]

_MOST_NAMED = 3  # of a rule's lines, extensions or numbers; more would make no sentence
_ARTICLES: dict[Direction, str] = {"inbound": "an inbound", "outbound": "an outbound"}
_PRESENTATIONS: dict[Presentation, str] = {
    "available": "is shown",
    "withheld": "is withheld",
    "unavailable": "is not known to the network",
}


@dataclass(frozen=True)
class Finding:
    """Whether one condition of a rule is met, and the words for it."""

    met: bool
    words: str


@dataclass(frozen=True)
class Rule:
    """One rule. A condition that is empty (or None) is met by every call; a rule applies when all are met.

    ``share``, 0 to 1, of the calls that meet all conditions: chance draws them one by one, by a hash of the call's id
    and the rule's name, so that the same call is always answered alike and rules draw independently of each other.
    """

    name: str
    mode: RecordingMode
    direction: Direction | None = None
    lines: frozenset[str] = frozenset()
    extensions: tuple[NumberPattern, ...] = ()
    numbers: tuple[NumberPattern, ...] = ()
    presentation: Presentation | None = None
    when: TimeOfWeek | None = None
    share: float = 1.0
    retention_class: str = "standard"
    notice: bool = True

    @property
    def words(self) -> str:
        return f"rule “{self.name}”"

    @property
    def decision(self) -> Decision:
        return decision(self.mode, self.words, self.retention_class, self.notice)

    def consider(self, call: CallFacts) -> tuple[Verdict, str]:
        """Whether the rule applies to a call, and why or why not."""
        findings = list(self._findings(call))
        unmet = [finding.words for finding in findings if not finding.met]
        if unmet:
            return "does not apply", "; ".join(unmet)
        reasons = [finding.words for finding in findings] or ["it is for every call"]
        if self.share >= 1:
            return "applies", "; ".join(reasons)
        reasons.append(f"it takes {share_words(self.share)} of these calls by chance")
        if call.call_id is None and self.share > 0:
            return "chance", "; ".join(reasons)
        if drawn(self.name, call.call_id or "", self.share):
            return "applies", "; ".join([*reasons, "and this is one of them"])
        return "does not apply", "; ".join([*reasons, "and this is none of them"])

    def _findings(self, call: CallFacts) -> Iterator[Finding]:
        if self.direction is not None:
            yield _of_direction(call.direction, self.direction)
        if self.lines:
            yield _on_line(call.line, self.lines)
        if self.extensions:
            yield _matching("the extension", call.extension, self.extensions, "the call has no extension")
        if self.numbers:
            yield _matching(other_party(call), call.far_number, self.numbers, _number_missing(call))
        if self.presentation is not None:
            yield _presented(call, self.presentation)
        if self.when is not None:
            met = self.when.covers(call.local)
            yield Finding(met, f"it is {call.local.shown}, {'within' if met else 'outside'} {self.when.shown}")


def drawn(rule: str, call_id: str, share: float) -> bool:
    """Whether chance draws a call for a rule that takes a share of them, 0 to 1."""
    digest = hashlib.sha256(f"{rule}\0{call_id}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8]) < share * 2**64


def share_words(share: float) -> str:
    """``25 in 100``."""
    return f"{share * 100:.4g} in 100"


def other_party(call: CallFacts) -> str:
    return "the caller's number" if call.direction == "inbound" else "the number called"


def _of_direction(direction: Direction, wanted: Direction) -> Finding:
    words = f"it is {_ARTICLES[direction]} call"
    met = direction == wanted
    return Finding(met, words if met else f"{words}, and the rule is for {wanted} calls")


def _on_line(line: str, wanted: frozenset[str]) -> Finding:
    met = line in wanted
    return Finding(met, f"it is on line {line}" if met else f"it is on line {line}, not on {_either(sorted(wanted))}")


def _presented(call: CallFacts, wanted: Presentation) -> Finding:
    words = f"{other_party(call)} {_PRESENTATIONS[call.far_presentation]}"
    met = call.far_presentation == wanted
    return Finding(met, words if met else f"{words}, and the rule is for one that {_PRESENTATIONS[wanted]}")


def _number_missing(call: CallFacts) -> str:
    return f"{other_party(call)} {_PRESENTATIONS[call.far_presentation]}"


def _matching(what: str, number: str | None, patterns: tuple[NumberPattern, ...], none: str) -> Finding:
    if number is None:
        return Finding(False, none)
    found = next((pattern for pattern in patterns if pattern.matches(number)), None)
    if found is not None:
        return Finding(True, f"{what}, {number}, is {found.words}")
    return Finding(False, f"{what}, {number}, is not {_either([pattern.words for pattern in patterns])}")


def _either(names: list[str]) -> str:
    if len(names) > _MOST_NAMED:
        return f"any of the rule's {len(names)}"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
