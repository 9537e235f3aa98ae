"""The settings of what callers hear: notices, opt-out, menu, office hours and the warning tone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from firmware.config.section import NAME, Section
from firmware.core.local_time import DAYS
from firmware.core.office_hours import OpenSpan

_KEY = re.compile(r"[0-9*#]")
_NUMBER = r"^[A-Za-z0-9+*#._-]{1,32}$"
_LONGEST_HOLIDAY = 60  # days


def _span(text: str) -> str:
    OpenSpan.parse(text)
    return text


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(f"{text!r} is not a date such as 2026-12-25") from None


def _optional_day(text: str) -> str:
    return _day(text) if text else text


def _key(text: str) -> str:
    if text and _KEY.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not one telephone key: 0 to 9, * or #")
    return text


PromptId = Annotated[str, Field(pattern=rf"^$|{NAME}")]
Key = Annotated[str, AfterValidator(_key)]
Span = Annotated[str, AfterValidator(_span)]
Day = Annotated[str, AfterValidator(_day)]
OptionalDay = Annotated[str, AfterValidator(_optional_day)]
OfficeNumber = Annotated[str, Field(pattern=_NUMBER)]
OptionalOfficeNumber = Annotated[str, Field(pattern=rf"^$|{_NUMBER}")]


class OptOutSettings(Section):
    """The key by which whoever hears the notice may say no; empty: they cannot. It needs notices that name it."""

    key: Key = ""
    inbound: PromptId = Field(default="call-recorded-opt-out", description="instead of the line's inbound notice")
    outbound: PromptId = Field(
        default="call-recorded-outbound-opt-out", description="instead of the line's outbound notice"
    )
    confirmation: PromptId = Field(default="not-recorded", description="to whoever pressed the key")
    wait_s: float = Field(default=3.0, ge=0, le=10, description="how long after the notice the key still counts")
    not_for: tuple[str, ...] = Field(
        default=("regulated",), description="retention classes whose calls are never spared; they hear the plain notice"
    )


class NoticeSettings(Section):
    """Which prompt is played to the far party of an inbound and an outbound call; empty means none."""

    greeting: PromptId = Field(default="", description="to callers, before the notice")
    inbound: PromptId = "call-recorded"
    outbound: PromptId = ""
    on_demand: PromptId = Field(
        default="recording-starts", description="to the other party, when a recording is started in the call"
    )
    opt_out: OptOutSettings = OptOutSettings()


class MenuSettings(Section):
    """The attendant's menu, after the notice; without a prompt there is none."""

    prompt: PromptId = Field(default="", description="says the choices")
    choices: dict[Annotated[str, AfterValidator(_key)], OfficeNumber] = Field(
        default_factory=dict, description="telephone key to the office's number behind it"
    )
    invalid: PromptId = Field(default="attendant-invalid", description="after a key that is no choice")
    timeout_s: float = Field(default=5.0, ge=1, le=30, description="to choose, once the choices have been said")
    repeats: int = Field(default=2, ge=0, le=5, description="how often the choices are said again")
    otherwise: OptionalOfficeNumber = Field(
        default="", description="the number for who chooses nothing; empty: the one that was called"
    )
    hang_up: bool = Field(default=False, description="on who chooses nothing")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if bool(self.prompt) != bool(self.choices):
            raise ValueError("a menu needs both: a prompt that says the choices, and choices")
        if "" in self.choices:
            raise ValueError("a choice without a telephone key can never be chosen")
        if self.hang_up and self.otherwise:
            raise ValueError("who chooses nothing cannot both be put through (otherwise) and hung up on (hang_up)")
        return self


class OutsideHoursSettings(Section):
    """What a line does with callers while the office is closed by ``[hours]``."""

    greeting: PromptId = Field(default="", description="first thing; instead of the line's greeting")
    target: OptionalOfficeNumber = Field(
        default="", description="the office's number they are put through to; empty: the one that was called"
    )
    hang_up: bool = Field(default=False, description="after the greeting")
    menu: bool = Field(default=True, description="whether the line's menu is offered all the same")

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if self.hang_up and self.target:
            raise ValueError("callers cannot both be put through (target) and hung up on (hang_up)")
        if self.hang_up and not self.greeting:
            raise ValueError("callers who are hung up on must be told why: name a greeting, such as closed")
        return self


class WarningToneSettings(Section):
    """A burst that both parties hear while they are recorded."""

    every_s: int = Field(default=0, ge=0, le=600, description="0: no warning tone; 15 is the custom")
    pitch_hz: int = Field(default=1400, ge=300, le=3400)
    level_dbm0: float = Field(default=-20.0, ge=-40, le=-10)


class HolidaySettings(Section):
    """A day, or with ``until`` every day to that one inclusive, that has hours of its own; without any it is closed."""

    date: Day
    until: OptionalDay = ""
    name: str = Field(min_length=1, max_length=80)
    hours: tuple[Span, ...] = ()

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.until and not 0 < self._length <= _LONGEST_HOLIDAY:
            raise ValueError(f"{self.name!r} must end after it begins, and within {_LONGEST_HOLIDAY} days")
        return self

    @property
    def _length(self) -> int:
        last = date.fromisoformat(self.until or self.date)
        return (last - date.fromisoformat(self.date)).days + 1

    def days(self) -> Iterator[str]:
        """Each of its days, in ISO form."""
        first = date.fromisoformat(self.date)
        return ((first + timedelta(days=day)).isoformat() for day in range(self._length))


class HoursSettings(Section):
    """When the office is open, by the clock of ``office.timezone``; with no hours at all it is always open."""

    mon: tuple[Span, ...] = ()
    tue: tuple[Span, ...] = ()
    wed: tuple[Span, ...] = ()
    thu: tuple[Span, ...] = ()
    fri: tuple[Span, ...] = ()
    sat: tuple[Span, ...] = ()
    sun: tuple[Span, ...] = ()
    holidays: tuple[HolidaySettings, ...] = ()

    @property
    def week(self) -> tuple[tuple[str, ...], ...]:
        """The hours of each day, Monday first."""
        return tuple(getattr(self, day) for day in DAYS)

    @property
    def given(self) -> bool:
        return any(self.week)

    @model_validator(mode="after")
    def _holidays_make_sense(self) -> Self:
        if self.holidays and not self.given:
            raise ValueError('holidays need the hours of an ordinary week beside them, such as mon = ["09:00-17:30"]')
        seen: dict[str, str] = {}
        for holiday in self.holidays:
            for day in holiday.days():
                if day in seen:
                    raise ValueError(f"{day} is in two holidays: {seen[day]!r} and {holiday.name!r}")
                seen[day] = holiday.name
        return self
