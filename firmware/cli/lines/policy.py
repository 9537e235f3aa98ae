"""From the office's settings to the recording policy of a line."""

from __future__ import annotations

from collections.abc import Sequence

from firmware.config.line_section import LineSection
from firmware.config.policy_settings import RuleSettings
from firmware.config.settings_model import Settings
from firmware.core.local_time import TimeOfWeek
from firmware.core.number_pattern import NumberPattern
from firmware.core.recording_policy import ExtensionMode, RecordingPolicy, Rule
from firmware.ports.numbering import Numbering, number_pattern


def recording_policy(line: LineSection, settings: Settings, numbering: Numbering) -> RecordingPolicy:
    """What is recorded of a line's calls."""
    return RecordingPolicy(
        line=line.name,
        mode=line.mode,
        rules=tuple(_rule(rule, numbering) for rule in settings.rules),
        extensions={
            numbering.normalise(each.number): ExtensionMode(each.mode, each.number, each.notice)
            for each in settings.extensions
        },
        emergency_mode=None if line.emergency_mode == "follow" else line.emergency_mode,
    )


def _rule(rule: RuleSettings, numbering: Numbering) -> Rule:
    return Rule(
        name=rule.name,
        mode=rule.mode,
        direction=None if rule.direction == "any" else rule.direction,
        lines=frozenset(rule.lines),
        extensions=_patterns(rule.extensions, numbering),
        numbers=_patterns(rule.numbers, numbering),
        presentation=None if rule.presentation == "any" else rule.presentation,
        when=TimeOfWeek(rule.weekdays, *rule.minutes) if rule.has_hours else None,
        share=rule.share,
        retention_class=rule.retention_class,
        notice=rule.notice,
    )


def _patterns(numbers: Sequence[str], numbering: Numbering) -> tuple[NumberPattern, ...]:
    return tuple(number_pattern(number, numbering) for number in numbers)
