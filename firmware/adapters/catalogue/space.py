"""The catalogue's part in watching the room on the disk: what takes it, what will free it, and samples over time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, func, literal, select
from sqlalchemy.dialects.sqlite import insert

from firmware.adapters.catalogue.database import OpenedWhenNeeded, catalogue_errors
from firmware.adapters.catalogue.erasing import is_held, is_to_be_erased
from firmware.adapters.catalogue.retention import RetentionRows
from firmware.adapters.catalogue.schema import (
    erasures,
    recordings,
    retention_periods,
    segments,
    space_choice,
    space_samples,
)
from firmware.core.retention import RetentionClass
from firmware.core.space_forecast import SpaceSample
from firmware.ports.space_watch import ChosenForSpace, SpaceChoice

_DAY_MS = 86_400_000
_ONLY = 1
_AT_ONCE = 500
_OF_RECORDING = recordings.join(segments, segments.c.recording_id == recordings.c.id)


class SpaceChoiceTable:
    """``SpaceChoiceStore``. Any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = OpenedWhenNeeded(path)

    def chosen(self) -> ChosenForSpace | None:
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return _chosen(connection)

    def keep(self, chosen: ChosenForSpace) -> None:
        values = {
            "id": _ONLY,
            "when_full": chosen.choice.when_full,
            "shorten": json.dumps(chosen.choice.shorten),
            "entered_at_ms": chosen.at_ms,
            "evidence_line": chosen.evidence_line,
            "chosen_by_name": chosen.chosen_by,
        }
        statement = insert(space_choice).values(values)
        with catalogue_errors(self._path), self._engine().begin() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))

    def classes(self) -> Mapping[str, RetentionClass]:
        applied = RetentionRows(self._engine(), self._path).applied()
        return {name: each.kept for name, each in applied.items()}


class SpaceRows:
    """``SpaceTables`` over an engine that writes. Any thread."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._path = path

    def recordings_now(self) -> tuple[int, int]:
        question = select(
            select(func.coalesce(func.sum(segments.c.bytes), 0)).scalar_subquery(),
            select(func.count()).select_from(recordings).scalar_subquery(),
        )
        with catalogue_errors(self._path), self._engine.connect() as connection:
            taken, count = connection.execute(question).one()
            return int(taken), int(count)

    def add_sample(self, sample: SpaceSample, forget_before_ms: int) -> None:
        values = {
            "taken_at_ms": sample.taken_at_ms,
            "total_bytes": sample.total_bytes,
            "free_bytes": sample.free_bytes,
            "recordings_bytes": sample.recordings_bytes,
            "recordings": sample.recordings,
        }
        with catalogue_errors(self._path), self._engine.begin() as connection:
            connection.execute(insert(space_samples).values(values).on_conflict_do_nothing())
            connection.execute(delete(space_samples).where(space_samples.c.taken_at_ms < forget_before_ms))

    def samples(self, since_ms: int) -> Sequence[SpaceSample]:
        question = select(space_samples).where(space_samples.c.taken_at_ms >= since_ms)
        with catalogue_errors(self._path), self._engine.connect() as connection:
            found = connection.execute(question.order_by(space_samples.c.taken_at_ms))
            return [SpaceSample(**row._mapping) for row in found]

    def recorded_between(self, from_ms: int, to_ms: int) -> Mapping[str, int]:
        question = (
            select(recordings.c.retention_class, func.sum(segments.c.bytes))
            .select_from(_OF_RECORDING)
            .where(recordings.c.started_at_ms.between(from_ms, to_ms))
            .group_by(recordings.c.retention_class)
        )
        with catalogue_errors(self._path), self._engine.connect() as connection:
            return {name: int(taken) for name, taken in connection.execute(question)}

    def oldest_ms(self) -> int | None:
        with catalogue_errors(self._path), self._engine.connect() as connection:
            found: int | None = connection.execute(select(func.min(recordings.c.started_at_ms))).scalar_one()
            return found

    def freed_by_day(self, now_ms: int, days: int) -> Mapping[int, int]:
        row = recordings.c
        day = func.max(0, (row.expires_at_ms - now_ms) // _DAY_MS).label("day")
        question = (
            select(day, func.sum(segments.c.bytes))
            .select_from(_OF_RECORDING)
            .where(row.expires_at_ms.is_not(None), row.expires_at_ms < now_ms + days * _DAY_MS, ~is_held(row.id))
            .group_by(day)
        )
        with catalogue_errors(self._path), self._engine.connect() as connection:
            return {int(number): int(taken) for number, taken in connection.execute(question)}

    def chosen(self) -> ChosenForSpace | None:
        with catalogue_errors(self._path), self._engine.connect() as connection:
            return _chosen(connection)

    def order_oldest(self, classes: Sequence[str], wanted_bytes: int, at_ms: int) -> tuple[int, int]:
        size = func.sum(segments.c.bytes)
        row = recordings.c
        # By the classes in effect: settings that set a regulated class free are not followed.
        regulated = select(retention_periods.c.name).where(retention_periods.c.regulated == 1)
        underway = (
            select(func.coalesce(size, 0))
            .select_from(segments.join(erasures, erasures.c.recording_id == segments.c.recording_id))
            .where(erasures.c.state == "ordered")
        )
        oldest = (
            select(row.id, size)
            .select_from(_OF_RECORDING)
            .where(
                row.retention_class.in_(list(classes)),
                row.retention_class.not_in(regulated),
                row.state != "recording",
                ~is_held(row.id),
                ~is_to_be_erased(row.id),
            )
            .group_by(row.id)
            .order_by(row.started_at_ms)
        )
        with catalogue_errors(self._path), self._engine.begin() as connection:
            freed = int(connection.execute(underway).scalar_one())
            chosen: list[str] = []
            for recording, taken in connection.execute(oldest):
                if freed >= wanted_bytes:
                    break
                chosen.append(recording)
                freed += int(taken)
            ordered = 0
            for first in range(0, len(chosen), _AT_ONCE):
                these = select(row.id, row.started_at_ms, literal("space"), literal(at_ms), literal("ordered")).where(
                    row.id.in_(chosen[first : first + _AT_ONCE]), ~is_held(row.id), ~is_to_be_erased(row.id)
                )
                columns = ["recording_id", "started_at_ms", "because", "ordered_at_ms", "state"]
                ordered += connection.execute(insert(erasures).from_select(columns, these)).rowcount
            return ordered, freed


def _chosen(connection: Connection) -> ChosenForSpace | None:
    row = connection.execute(select(space_choice)).one_or_none()
    if row is None:
        return None
    choice = SpaceChoice(row.when_full, tuple(json.loads(row.shorten)))
    return ChosenForSpace(choice, row.chosen_by_name, row.entered_at_ms, row.evidence_line)
