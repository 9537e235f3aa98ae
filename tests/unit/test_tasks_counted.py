"""The number beside the list of what is to be done, which stands on every page and must cost little."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import cast
from zoneinfo import ZoneInfo

from firmware.core.access_policy import Action, Role
from firmware.core.errors import ServiceAway
from webui.access.opener import Visitor
from webui.tasks.task import Task
from webui.tasks.to_do import Source, ToDoDesk

DIRECTOR = cast(Visitor, SimpleNamespace(session="s", role=Role.DIRECTOR))


class Desks:
    """Two holds, three cases that are counted for less, a source that is away, and what is no director's to know."""

    def __init__(self) -> None:
        self.told = 0
        self.counted = 0

    def sources(self) -> tuple[Source, ...]:
        return (
            Source("holds", Action.PLACE_HOLDS, lambda who, today: self.tell(2)),
            Source("cases", Action.WORK_ON_CASES, lambda who, today: self.tell(3), count=self.count),
            Source("away", Action.DECIDE_REQUESTS, self.away),
            Source("settings", Action.CHANGE_SETTINGS, lambda who, today: self.tell(5)),
            Source("by itself", Action.SEE_RETENTION, lambda who, today: self.tell(7), waits=False),
        )

    def tell(self, tasks: int) -> Iterator[Task]:
        for _ in range(tasks):
            self.told += 1
            yield Task("Case", "look", "", "Look", "/", None)

    def count(self, who: Visitor) -> int:
        self.counted += 1
        return 3

    def away(self, who: Visitor, today: date) -> Iterator[Task]:
        raise ServiceAway("The opener does not answer.")


def test_it_is_as_many_as_the_list_has_and_asks_for_no_more_than_it_needs() -> None:
    desks = Desks()
    desk = ToDoDesk(desks.sources, ZoneInfo("Europe/London"))
    assert (desk.waiting(DIRECTOR), desks.told, desks.counted) == (5, 2, 1)
    assert (desk.waiting(DIRECTOR), desks.counted) == (5, 1), "for a while it is known"
    desk.changed(DIRECTOR)
    assert (desk.waiting(DIRECTOR), desks.counted) == (5, 2)
    listed = desk.all(DIRECTOR)
    assert (listed.count, len(listed.by_itself), listed.untold) == (5, 7, ["away"])
