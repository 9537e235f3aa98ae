"""The settings that say how long recordings are kept: ``[[retention]]``, one for each class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Self

from pydantic import Field, model_validator

from firmware.config.line_section import LineSection
from firmware.config.line_settings import GeneratorLine
from firmware.config.policy_settings import ExtensionSettings, RuleSettings
from firmware.config.section import NAME, Section
from firmware.core.recording_decision import RecordingMode
from firmware.core.retention import STANDARD, Period, RetentionClass, RetentionClasses, why_not_in_regulated


class RetentionSettings(Section):
    """One class. Years and months go by the calendar: to the day."""

    name: str = Field(pattern=NAME, description='as rules name it; "standard" is that of calls of which no rule says')
    years: int = Field(default=0, ge=0, le=100)
    months: int = Field(default=0, ge=0, le=1200)
    days: int = Field(default=0, ge=0, le=36500)
    regulated: bool = Field(
        default=False, description="forbids never, on demand, a share, an opt-out and keeping shorter"
    )

    @model_validator(mode="after")
    def _keeps_for_some_time(self) -> Self:
        if not (self.years or self.months or self.days):
            raise ValueError(f"class {self.name!r} keeps nothing: give years, months or days")
        return self


def classes_of(retention: Iterable[RetentionSettings]) -> RetentionClasses:
    """The classes as the core knows them."""
    return RetentionClasses(
        tuple(
            RetentionClass(each.name, Period(each.years, each.months, each.days), each.regulated) for each in retention
        )
    )


def rules_must_suit(classes: RetentionClasses, rules: Iterable[RuleSettings]) -> None:
    """Every rule's class exists, and no rule lets a call of a regulated one go unrecorded. Raises ValueError."""
    for rule in rules:
        found = classes.find(rule.retention_class)
        if found is None:
            raise ValueError(
                f"rule {rule.name!r} is of retention class {rule.retention_class!r}, and there is no [[retention]] of "
                f"that name; there are: {', '.join(sorted(classes.by_name))}"
            )
        if found.regulated and (why := why_not_in_regulated(rule.mode, rule.share)):
            raise ValueError(f"rule {rule.name!r} is of the regulated class {found.name!r}: {why}")


def modes_must_suit(classes: RetentionClasses, settings: Iterable[LineSection | ExtensionSettings]) -> None:
    """Calls of which no rule says are of the standard class, which may be regulated, too. Raises ValueError."""
    if STANDARD not in classes.regulated:
        return
    for what, mode in _modes(settings):
        if why := why_not_in_regulated(mode):
            raise ValueError(f"{what} is of the class {STANDARD!r}, which is regulated: {why}")


def _modes(settings: Iterable[LineSection | ExtensionSettings]) -> Iterator[tuple[str, RecordingMode]]:
    for each in settings:
        if isinstance(each, ExtensionSettings):
            yield f"extension {each.number!r}", each.mode
        elif not isinstance(each, GeneratorLine):
            yield f"line {each.name!r}", each.mode
            if each.emergency_mode != "follow":
                yield f"what line {each.name!r} does with emergency calls", each.emergency_mode
