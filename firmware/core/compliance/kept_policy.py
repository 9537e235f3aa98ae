"""The recording policy of each line, from the settings as they are kept: nothing is checked here.

Whoever kept them had them checked. A mode that only a newer version knows is taken for the strictest: always recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from firmware.core.local_time import DAYS, MINUTES_A_DAY, TimeOfWeek
from firmware.core.number_pattern import NumberPattern, as_dialled
from firmware.core.recording_decision import MODE_WORDS, RecordingMode
from firmware.core.recording_policy import ExtensionMode, RecordingPolicy, Rule

_Document = Mapping[str, Any]
#: Brings a number, or with an asterisk the start of some, into the form in which numbers are compared.
PatternOf = Callable[[str], NumberPattern]
_ALL_DAY = ("00:00", "24:00")
#: What no number matches.
_NOBODY = NumberPattern("")


@dataclass(frozen=True)
class KeptLine:
    """A line's policy. ``own``: the extension of all its calls, where the line knows the office's phones no better, as
    two wires do not; their other party may be known too late, or never.
    """

    policy: RecordingPolicy
    own: NumberPattern | None = None

    @property
    def knows_parties(self) -> bool:
        return self.own is None


def pattern_as_typed(typed: str) -> NumberPattern:
    """The :data:`PatternOf` of an office without any numbering plan."""
    return NumberPattern(as_dialled(typed.removesuffix("*")), prefix=typed.endswith("*"), shown=typed)


def kept_lines(document: _Document, pattern_of: PatternOf) -> tuple[KeptLine, ...]:
    """In their order."""
    rules = tuple(_rule(each, pattern_of) for each in document.get("rules") or ())
    extensions = {
        pattern_of(str(each.get("number", ""))).digits: ExtensionMode(
            _mode(each), str(each.get("number", "")), bool(each.get("notice", True))
        )
        for each in document.get("extensions") or ()
    }
    return tuple(
        KeptLine(_policy(line, rules, extensions), _own(line, pattern_of)) for line in document.get("lines") or ()
    )


def _policy(line: _Document, rules: tuple[Rule, ...], extensions: Mapping[str, ExtensionMode]) -> RecordingPolicy:
    emergency = str(line.get("emergency_mode", "follow"))
    own = None if emergency == "follow" else _mode({"mode": emergency})
    return RecordingPolicy(str(line.get("name", "")), _mode(line), rules, extensions, own)


def _own(line: _Document, pattern_of: PatternOf) -> NumberPattern | None:
    if line.get("kind") != "analogue":
        return None
    number = str((line.get("analogue") or {}).get("number", ""))
    return pattern_of(number) if number else _NOBODY


def _rule(kept: _Document, pattern_of: PatternOf) -> Rule:
    direction, presentation = kept.get("direction", "any"), kept.get("presentation", "any")
    return Rule(
        name=str(kept.get("name", "")),
        mode=_mode(kept),
        direction=None if direction == "any" else direction,
        lines=frozenset(map(str, kept.get("lines") or ())),
        extensions=_patterns(kept.get("extensions") or (), pattern_of),
        numbers=_patterns(kept.get("numbers") or (), pattern_of),
        presentation=None if presentation == "any" else presentation,
        when=_when(kept),
        share=float(kept.get("share", 1.0)),
        retention_class=str(kept.get("retention_class", "standard")),
        notice=bool(kept.get("notice", True)),
    )


def _patterns(typed: Iterable[Any], pattern_of: PatternOf) -> tuple[NumberPattern, ...]:
    return tuple(pattern_of(str(each)) for each in typed)


def _when(kept: _Document) -> TimeOfWeek | None:
    days = frozenset(DAYS.index(day) for day in kept.get("days") or () if day in DAYS)
    hours = (str(kept.get("from", _ALL_DAY[0])), str(kept.get("until", _ALL_DAY[1])))
    if not days and hours == _ALL_DAY:
        return None
    first, last = (int(each[:2]) * 60 + int(each[3:]) for each in hours)
    return TimeOfWeek(days, first, last or MINUTES_A_DAY)


def _mode(kept: _Document) -> RecordingMode:
    wanted = kept.get("mode", "pausable")
    return next((mode for mode in MODE_WORDS if mode == wanted), "always")
