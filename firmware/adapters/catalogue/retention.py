"""The catalogue's part in retention: when each recording expires, by which classes, and if the clock is believed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sqlalchemy import Engine, bindparam, func, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert

from firmware.adapters.catalogue.database import catalogue_errors
from firmware.adapters.catalogue.erasing import is_held
from firmware.adapters.catalogue.schema import chosen_classes, recordings, retention_periods, trusted_clock
from firmware.core.clock_doubt import Moment
from firmware.core.retention import Period, RetentionClass
from firmware.ports.retention import AppliedClass, BelievedClock, Due

_ONLY = 1
#: The class as an expression. Given the column, SQLite would walk the index of classes, which holds every recording,
#: and not the one of those that have no date yet, which are few.
_CLASS = recordings.c.retention_class + ""
_SET_EXPIRY = update(recordings).where(recordings.c.id == bindparam("of")).values(expires_at_ms=bindparam("expires"))


class RetentionRows:
    """``RetentionTables`` over an engine. Any thread; reading needs one that reads only."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._path = path

    def applied(self) -> Mapping[str, AppliedClass]:
        with catalogue_errors(self._path), self._engine.connect() as connection:
            rows = connection.execute(select(retention_periods)).all()
        return {
            row.name: AppliedClass(
                RetentionClass(row.name, Period(row.years, row.months, row.days), bool(row.regulated)), row.zone
            )
            for row in rows
        }

    def apply(self, applied: AppliedClass) -> None:
        kept = applied.kept
        values = {
            "name": kept.name,
            "years": kept.period.years,
            "months": kept.period.months,
            "days": kept.period.days,
            "regulated": int(kept.regulated),
            "zone": applied.zone,
        }
        with catalogue_errors(self._path), self._engine.begin() as connection:
            statement = insert(retention_periods).values(values)
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))

    def date_undated(self, expiry: Mapping[str, Callable[[int], int]], most: int) -> int:
        row = recordings.c
        undated = (
            select(row.id, row.started_at_ms, row.retention_class)
            .where(row.expires_at_ms.is_(None), row.state != "recording", _CLASS.in_(list(expiry)))
            .limit(most)
        )
        with catalogue_errors(self._path), self._engine.begin() as connection:
            found = connection.execute(undated).all()
            if found:
                dated = [{"of": id_, "expires": expiry[kept_as](started)} for id_, started, kept_as in found]
                connection.execute(_SET_EXPIRY, dated)
            return len(found)

    def date_anew(self, name: str, expires_at_ms: Callable[[int], int], most: int) -> None:
        row = recordings.c
        last = (-(2**62), "")
        while True:
            following = (
                select(row.started_at_ms, row.id)
                .where(row.retention_class == name, tuple_(row.started_at_ms, row.id) > last)
                .where(row.started_at_ms >= last[0], row.state != "recording")
                .order_by(row.started_at_ms, row.id)
                .limit(most)
            )
            with catalogue_errors(self._path), self._engine.begin() as connection:
                found = connection.execute(following).all()
                if not found:
                    return
                dated = [{"of": id_, "expires": expires_at_ms(started)} for started, id_ in found]
                connection.execute(_SET_EXPIRY, dated)
            last = (found[-1].started_at_ms, found[-1].id)

    def take_chosen(self, known: Sequence[str]) -> int:
        chosen = (
            select(chosen_classes.c.retention_class)
            .where(chosen_classes.c.recording_id == recordings.c.id)
            .scalar_subquery()
        )
        differs = select(chosen_classes.c.recording_id).where(
            chosen_classes.c.recording_id == recordings.c.id,
            chosen_classes.c.retention_class != recordings.c.retention_class,
            chosen_classes.c.retention_class.in_(list(known)),
        )
        moved = update(recordings).where(
            recordings.c.id.in_(select(chosen_classes.c.recording_id)),
            recordings.c.state != "recording",
            differs.correlate(recordings).exists(),
        )
        with catalogue_errors(self._path), self._engine.begin() as connection:
            return connection.execute(moved.values(retention_class=chosen, expires_at_ms=None)).rowcount

    def count_between(self, name: str, started_from_ms: int, started_to_ms: int, *, held_too: bool = False) -> int:
        row = recordings.c
        of_class = select(func.count()).where(
            row.retention_class == name, row.started_at_ms.between(started_from_ms, started_to_ms)
        )
        if not held_too:
            of_class = of_class.where(~is_held(row.id))
        with catalogue_errors(self._path), self._engine.connect() as connection:
            return connection.execute(of_class).scalar_one()

    def oldest_ms(self, name: str) -> int | None:
        oldest = select(func.min(recordings.c.started_at_ms)).where(recordings.c.retention_class == name)
        with catalogue_errors(self._path), self._engine.connect() as connection:
            found: int | None = connection.execute(oldest).scalar_one()
            return found

    def count_of_others(self, known: Sequence[str]) -> Mapping[str, int]:
        row = recordings.c
        others = (
            select(_CLASS, func.count()).where(row.expires_at_ms.is_(None), _CLASS.not_in(list(known))).group_by(_CLASS)
        )
        with catalogue_errors(self._path), self._engine.connect() as connection:
            return {name: count for name, count in connection.execute(others)}

    def due(self, now_ms: int, most: int) -> Sequence[Due]:
        row = recordings.c
        expired = (
            select(row.id, row.retention_class, row.started_at_ms, row.expires_at_ms, is_held(row.id).label("held"))
            .where(row.expires_at_ms.is_not(None), row.expires_at_ms <= now_ms, row.state != "recording")
            .order_by(row.expires_at_ms)
            .limit(most)
        )
        with catalogue_errors(self._path), self._engine.connect() as connection:
            return [
                Due(each.id, each.retention_class, each.started_at_ms, each.expires_at_ms, bool(each.held))
                for each in connection.execute(expired)
            ]

    def newest_ms(self) -> int:
        with catalogue_errors(self._path), self._engine.connect() as connection:
            return connection.execute(select(func.max(recordings.c.started_at_ms))).scalar_one() or 0

    def clock(self) -> BelievedClock | None:
        with catalogue_errors(self._path), self._engine.connect() as connection:
            row = connection.execute(select(trusted_clock)).one_or_none()
        if row is None:
            return None
        return BelievedClock(Moment(row.wall_ms, row.monotonic_ms, row.start_of_machine), row.excused_ms, row.doubt)

    def keep_clock(self, believed: BelievedClock) -> None:
        values = {
            "id": _ONLY,
            "wall_ms": believed.at.wall_ms,
            "monotonic_ms": believed.at.since_start_ms,
            "start_of_machine": believed.at.start_of_machine,
            "excused_ms": believed.excused_ms,
            "doubt": believed.doubt,
        }
        with catalogue_errors(self._path), self._engine.begin() as connection:
            statement = insert(trusted_clock).values(values)
            connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
