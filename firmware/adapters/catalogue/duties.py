"""What people said of the office's duties, and breaches, in the catalogue's tables that the opener writes."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Row, case, exists, func, insert, or_, select
from sqlalchemy.dialects.sqlite import insert as insert_or_update

from firmware.adapters.catalogue.database import OpenedWhenNeeded, catalogue_errors
from firmware.adapters.catalogue.schema import breaches, recordings, said_of_duties
from firmware.core.compliance.breach import Answer, Breach
from firmware.core.compliance.duty import Confirmation, Duty
from firmware.core.compliance.training import Lesson
from firmware.core.told_callers import TOLD

_TRAINING = "training"
#: As the catalogue keeps whom an announcement was made to.
_TO_CALLER = "far_party"
_DUTIES = frozenset(each.value for each in Duty)
_LESSONS = frozenset(each.value for each in Lesson)


class DutyTables:
    """``DutyStore``. The catalogue is opened when first needed: the recorder makes it, and may start later."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = OpenedWhenNeeded(path)

    def confirmations(self) -> Sequence[Confirmation]:
        row = said_of_duties.c
        question = select(said_of_duties).where(row.duty.in_(_DUTIES)).order_by(row.id.desc())
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return [_confirmation(found) for found in connection.execute(question)]

    def confirm(self, confirmation: Confirmation) -> None:
        said = confirmation
        self._add(said.duty.value, "", said.on, said.until, said.note, (said.by_id, said.by, said.entered_at_ms))

    def lessons_read(self) -> Mapping[str, Mapping[Lesson, date]]:
        row = said_of_duties.c
        newest = select(row.person_id, row.about, func.max(row.on_day)).where(
            row.duty == _TRAINING, row.about.in_(_LESSONS)
        )
        found: dict[str, dict[Lesson, date]] = {}
        with catalogue_errors(self._path), self._engine().connect() as connection:
            for person, lesson, day in connection.execute(newest.group_by(row.person_id, row.about)):
                found.setdefault(person, {})[Lesson(lesson)] = date.fromisoformat(day)
        return found

    def read(self, lesson: Lesson, on: date, by_id: str, by: str, entered_at_ms: int) -> None:
        self._add(_TRAINING, lesson.value, on, on, "", (by_id, by, entered_at_ms))

    def breaches(self) -> Sequence[Breach]:
        question = select(breaches).order_by(breaches.c.aware_at_ms.desc())
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return [_breach(found) for found in connection.execute(question)]

    def breach(self, breach_id: str) -> Breach | None:
        question = select(breaches).where(breaches.c.id == breach_id)
        with catalogue_errors(self._path), self._engine().connect() as connection:
            found = connection.execute(question).one_or_none()
            return _breach(found) if found else None

    def told_of_recording(self, since_ms: int, notices: Collection[str]) -> tuple[int, int]:
        row = recordings.c
        said = func.json_each(row.announcements).table_valued("value")
        of = {name: func.json_extract(said.c.value, f"$.{name}") for name in ("prompt", "to", "completed")}
        told = or_(
            func.json_extract(row.notice, "$.completed"),
            row.notice_given_by != "",
            exists().where(of["prompt"].in_(notices), of["to"] == _TO_CALLER, of["completed"]).select_from(said),
            row.tags.contains(TOLD),
        )
        question = select(func.count(), func.sum(case((told, 0), else_=1))).where(
            row.started_at_ms >= since_ms,
            row.direction == "inbound",
            row.answered_at_ms.is_not(None),
            row.state != "not_recorded",
        )
        with catalogue_errors(self._path), self._engine().connect() as connection:
            count, untold = connection.execute(question).one()
            return int(count), int(untold or 0)

    def save(self, breach: Breach) -> None:
        values = {
            "id": breach.breach_id,
            "aware_at_ms": breach.aware_at_ms,
            "details": json.dumps(_details(breach)),
            "closed_at_ms": breach.closed_at_ms,
        }
        statement = insert_or_update(breaches).values(values)
        with catalogue_errors(self._path), self._engine().begin() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))

    def _add(self, duty: str, about: str, on: date, until: date, note: str, by: tuple[str, str, int]) -> None:
        person_id, person_name, at_ms = by
        values = {
            "duty": duty,
            "about": about,
            "on_day": on.isoformat(),
            "until_day": until.isoformat(),
            "note": note,
            "person_id": person_id,
            "person_name": person_name,
            "entered_at_ms": at_ms,
        }
        with catalogue_errors(self._path), self._engine().begin() as connection:
            connection.execute(insert(said_of_duties).values(values))


def _confirmation(row: Row[Any]) -> Confirmation:
    on, until = date.fromisoformat(row.on_day), date.fromisoformat(row.until_day)
    return Confirmation(Duty(row.duty), on, until, row.note, row.person_id, row.person_name, row.entered_at_ms)


def _details(breach: Breach) -> dict[str, Any]:
    return {
        "what": breach.what,
        "whose": breach.whose,
        "effects": breach.effects,
        "by": breach.by,
        "entered_at_ms": breach.entered_at_ms,
        "commissioner": breach.commissioner.to_json() if breach.commissioner else None,
        "people": breach.people.to_json() if breach.people else None,
        "measures": breach.measures,
    }


def _breach(row: Row[Any]) -> Breach:
    kept = json.loads(row.details)
    return Breach(
        breach_id=row.id,
        aware_at_ms=row.aware_at_ms,
        what=kept["what"],
        whose=kept["whose"],
        effects=kept["effects"],
        by=kept["by"],
        entered_at_ms=kept["entered_at_ms"],
        commissioner=Answer.from_json(kept["commissioner"]) if kept["commissioner"] else None,
        people=Answer.from_json(kept["people"]) if kept["people"] else None,
        measures=kept["measures"],
        closed_at_ms=row.closed_at_ms,
    )
