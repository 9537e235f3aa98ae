"""All that waits for a visitor, put together from whatever desks know of something to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from firmware.core.access_policy import Action
from firmware.core.errors import EarmarkError
from webui.access.gatekeeper import allowed
from webui.access.opener import Visitor
from webui.tasks.task import DayOfTasks, Task, by_due_day

#: How long a number beside a word may be behind what others did. What the visitor did shows at once.
_COUNTED_FOR_S = 15.0
_MOST_COUNTED = 500
_Told = TypeVar("_Told")

#: Tells what there is to do for a visitor, today. Raises EarmarkError when that cannot be told.
Tell = Callable[[Visitor, date], Iterable[Task]]


@dataclass(frozen=True)
class Source:
    """A desk that knows of things to do.

    Attributes:
        name: what cannot be told when it does not answer.
        action: only who may do this is told.
        tell: asks the desk.
        waits: whether it waits for the visitor; otherwise it comes by itself, and they may want to know before.
        count: how many there are, where that costs less to ask than what they are.
    """

    name: str
    action: Action
    tell: Tell
    waits: bool = True
    count: Callable[[Visitor], int] | None = None

    def counted(self, who: Visitor, today: date) -> int:
        return self.count(who) if self.count else sum(1 for _ in self.tell(who, today))


@dataclass(frozen=True)
class ToDo:
    """``by_itself``: what happens without the visitor. ``untold``: what could not be asked at this moment."""

    days: Sequence[DayOfTasks]
    by_itself: Sequence[Task]
    untold: Sequence[str]

    @property
    def count(self) -> int:
        return sum(len(day.tasks) for day in self.days)


class ToDoDesk:
    """Safe to use from any thread."""

    def __init__(self, sources: Callable[[], Sequence[Source]], zone: ZoneInfo) -> None:
        self._sources = sources
        self._zone = zone
        self._lock = threading.Lock()
        self._counted: dict[str, tuple[float, int]] = {}

    def is_for(self, who: Visitor) -> bool:
        """Whether anything could ever wait for somebody of this role."""
        return any(source.waits and allowed(who, source.action) for source in self._sources())

    @property
    def today(self) -> date:
        return datetime.now(self._zone).date()

    def all(self, who: Visitor) -> ToDo:
        waits, untold = self._told(who, waits=True)
        by_itself, further_untold = self._told(who, waits=False)
        self._keep(who, len(waits))
        by_itself.sort(key=lambda task: (task.due is None, task.due or self.today))
        untold += further_untold
        return ToDo(by_due_day(waits, self.today), by_itself, list(dict.fromkeys(untold)))

    def waiting(self, who: Visitor) -> int:
        """How many things wait for the visitor: for the number beside a word on every page."""
        with self._lock:
            until, count = self._counted.get(who.session, (0.0, 0))
        if time.monotonic() < until:
            return count
        return self._keep(who, sum(self._asked(who, lambda source: source.counted(who, self.today))[0]))

    def changed(self, who: Visitor) -> None:
        """The visitor did something: it is counted anew."""
        with self._lock:
            self._counted.pop(who.session, None)

    def _keep(self, who: Visitor, count: int) -> int:
        with self._lock:
            if len(self._counted) >= _MOST_COUNTED:
                self._counted.clear()
            self._counted[who.session] = (time.monotonic() + _COUNTED_FOR_S, count)
        return count

    def _told(self, who: Visitor, *, waits: bool) -> tuple[list[Task], list[str]]:
        told, untold = self._asked(who, lambda source: list(source.tell(who, self.today)), waits=waits)
        return [task for tasks in told for task in tasks], untold

    def _asked(
        self, who: Visitor, ask: Callable[[Source], _Told], *, waits: bool = True
    ) -> tuple[list[_Told], list[str]]:
        """What each source answers, and the names of those that do not."""
        told: list[_Told] = []
        untold: list[str] = []
        for source in self._sources():
            if source.waits is waits and allowed(who, source.action):
                try:
                    told.append(ask(source))
                except EarmarkError:
                    untold.append(source.name)
        return told, untold
