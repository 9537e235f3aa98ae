"""All that the checks go by, at one moment: what the settings say, what people said, and how things stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from firmware.core.compliance.breach import Breach
from firmware.core.compliance.duty import Confirmation, Duty
from firmware.core.compliance.office_facts import OfficeFacts
from firmware.core.compliance.training import Lesson
from webui.wording import day_and_time, full_day


@dataclass(frozen=True)
class Trainee:
    """Somebody with a sign-in, and which pages of the training they have to read (again).

    ``joined_at_ms`` (Unix): 0 where that is not known.
    """

    name: str
    joined_at_ms: int = 0
    left: tuple[Lesson, ...] = ()


@dataclass(frozen=True)
class RequestCounts:
    """People's requests about their data; ``late`` and ``closed``: of the last year."""

    open: int = 0
    soon: int = 0
    overdue: int = 0
    late: int = 0
    closed: int = 0


@dataclass(frozen=True)
class Facts:
    """``not_erased``: calls whose time is long over. ``recorded_lately``: incoming ones of the last 30 days,
    ``untold_lately`` those that tell of no notice. ``listeners_changed_at_ms``: 0 where that is not known."""

    office: OfficeFacts
    now: datetime
    zone: ZoneInfo
    words: Mapping[Duty, Confirmation] = field(default_factory=dict)
    people: tuple[Trainee, ...] = ()
    requests: RequestCounts = RequestCounts()
    not_erased: int = 0
    recorded_lately: int = 0
    untold_lately: int = 0
    breaches: tuple[Breach, ...] = ()
    listeners: int = 0
    listeners_changed_at_ms: int = 0

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @property
    def now_ms(self) -> int:
        return round(self.now.timestamp() * 1000)

    def day_of(self, unix_ms: int) -> date:
        """By the office's clock."""
        return datetime.fromtimestamp(unix_ms / 1000, UTC).astimezone(self.zone).date()

    def is_since(self, word: Confirmation, unix_ms: int) -> bool:
        """Whether something came after what somebody confirmed; on the same day, unless they said so later. 0, of what
        is not known, is never since.
        """
        day = self.day_of(unix_ms)
        return day > word.on or (day == word.on and word.entered_at_ms <= unix_ms)

    def shown_moment(self, unix_ms: int) -> str:
        """``23 November 2026, 14:05`` by the office's clock."""
        moment = datetime.fromtimestamp(unix_ms / 1000, UTC).astimezone(self.zone)
        return day_and_time(moment)


def shown_day(day: date) -> str:
    """``23 November 2026``."""
    return full_day(day)
