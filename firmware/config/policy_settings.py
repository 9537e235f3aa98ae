"""The settings that say which calls are recorded: ``[[rules]]``, in order, and ``[[extensions]]``."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from firmware.config.section import NAME, Section
from firmware.core.emergency import EMERGENCY_NUMBERS
from firmware.core.local_time import DAYS, MINUTES_A_DAY
from firmware.core.number_pattern import as_dialled
from firmware.core.recording_decision import RecordingMode

_CLOCK_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00", re.ASCII)
_NUMBER = re.compile(r"\+?[0-9][0-9 ()./-]*", re.ASCII)
_EXTENSION = re.compile(r"\+?[A-Za-z0-9][A-Za-z0-9 ()./_-]{0,63}", re.ASCII)


def minute_of(text: str) -> int:
    """``09:30`` → 570; ``24:00`` → 1440."""
    return int(text[:2]) * 60 + int(text[3:])


def _clock_time(text: str) -> str:
    if not _CLOCK_TIME.fullmatch(text):
        raise ValueError(f'{text!r} is not a time of day such as "09:00", nor "24:00", the end of the day')
    return text


def _number_or_start(text: str) -> str:
    if not _NUMBER.fullmatch(text.removesuffix("*")):
        raise ValueError(
            f'{text!r} is not a number such as "01632 960123" or "202", nor the start of some, as in "0845*"'
        )
    if as_dialled(text) in EMERGENCY_NUMBERS:
        raise ValueError(f"{text!r} is an emergency number: no rule is asked about these; a line's emergency_mode is")
    return text


def _extension(text: str) -> str:
    if not _EXTENSION.fullmatch(text):
        raise ValueError(f'{text!r} is not an extension such as "202", "01632 960202" or "reception"')
    return text


def _extension_or_start(text: str) -> str:
    _extension(text.removesuffix("*"))
    return text


ClockTime = Annotated[str, AfterValidator(_clock_time)]
NumberOrStart = Annotated[str, AfterValidator(_number_or_start)]
Extension = Annotated[str, AfterValidator(_extension)]
ExtensionOrStart = Annotated[str, AfterValidator(_extension_or_start)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class RuleSettings(Section):
    """One rule. What is left out, or empty, is met by every call; a rule applies when all of it is met."""

    name: str = Field(min_length=1, max_length=60, description="what the call's record says decided; each its own")
    mode: RecordingMode
    direction: Literal["any", "inbound", "outbound"] = "any"
    lines: tuple[str, ...] = ()
    extensions: tuple[ExtensionOrStart, ...] = Field(default=(), description="a call in or out of one of these")
    numbers: tuple[NumberOrStart, ...] = Field(
        default=(), description='of the other party; "0845*" is all that begin so'
    )
    presentation: Literal["any", "available", "withheld", "unavailable"] = "any"
    days: tuple[Day, ...] = Field(default=(), description="on which the hours begin; none means every day")
    from_: ClockTime = Field(default="00:00", alias="from", description="by the office's clock")
    until: ClockTime = Field(default="24:00", description="earlier than from: over midnight, to the next day")
    share: float = Field(default=1.0, ge=0, le=1, description="of these calls, drawn by chance; 0.25 is one in four")
    retention_class: str = Field(default="standard", pattern=NAME)
    notice: bool = Field(default=True, description="false: the line's notice is not played")

    @model_validator(mode="after")
    def _can_apply(self) -> Self:
        if self.from_ == self.until or self.from_ == "24:00":
            raise ValueError("from and until leave no time between them; leave both out for the whole day")
        if self.numbers and self.presentation not in ("any", "available"):
            raise ValueError(f"a number that is {self.presentation} is none of numbers; give one or the other")
        if len(set(self.days)) < len(self.days):
            raise ValueError("days names one day twice")
        return self

    @property
    def has_hours(self) -> bool:
        return bool(self.days) or (self.from_, self.until) != ("00:00", "24:00")

    @property
    def weekdays(self) -> frozenset[int]:
        """0 is Monday."""
        return frozenset(DAYS.index(day) for day in self.days)

    @property
    def minutes(self) -> tuple[int, int]:
        """From and until, in minutes of the day, 0 to 1440."""
        until = minute_of(self.until) or MINUTES_A_DAY
        return minute_of(self.from_), until


class ExtensionSettings(Section):
    """What an extension does with its calls where no rule says otherwise."""

    number: Extension
    mode: RecordingMode
    notice: bool = Field(default=True, description="false: the line's notice is not played")
