"""One thing to do, and the order in which things are done. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from webui.translation import gettext as _
from webui.translation import ngettext
from webui.wording import day_heading


@dataclass(frozen=True)
class Task:
    """One thing to do.

    Attributes:
        kind: of which page it is, in a word.
        what: what is to be done, in a sentence.
        about: for whom it is, or what is known of it.
        step: what the button says.
        address: where it is done.
        due: the day by which; None where nobody named one.
    """

    kind: str
    what: str
    about: str
    step: str
    address: str
    due: date | None = None

    def is_overdue(self, today: date) -> bool:
        return self.due is not None and self.due < today


@dataclass(frozen=True)
class DayOfTasks:
    """What is due together. ``late``: its day has gone by."""

    heading: str
    late: bool
    tasks: Sequence[Task]


def by_due_day(tasks: Iterable[Task], today: date) -> list[DayOfTasks]:
    """What is overdue first, the longest first; then day by day; at the end what has no day."""
    ordered = sorted(tasks, key=lambda task: (task.due is None, task.due or today, task.kind, task.what))
    late = [task for task in ordered if task.is_overdue(today)]
    days: dict[date | None, list[Task]] = {}
    for task in ordered[len(late) :]:
        days.setdefault(task.due, []).append(task)
    found = [DayOfTasks(_("Overdue"), True, late)] if late else []
    return found + [
        DayOfTasks(day_heading(day, today) if day else _("No day is named"), False, theirs)
        for day, theirs in days.items()
    ]


def how_late(due: date, today: date) -> str:
    """``2 days overdue``; empty for what is not."""
    days = (today - due).days
    return ngettext("%(num)s day overdue", "%(num)s days overdue", days) % {"num": days} if days > 0 else ""
