"""Which reports go out by e-mail (the opener writes it), and what became of it (the keeper does)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Row, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from firmware.adapters.catalogue.database import OpenedWhenNeeded, catalogue_errors
from firmware.adapters.catalogue.schema import report_orders, report_sendings
from firmware.core.report_order import ReportKey, ReportOrder, Sending


class ReportTables:
    """``ReportOrders`` and ``ReportSendings``. Any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = OpenedWhenNeeded(path)

    def standing(self) -> Sequence[ReportOrder]:
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return [_order(row) for row in connection.execute(select(report_orders).order_by(report_orders.c.report))]

    def sent(self) -> Sequence[Sending]:
        row = report_sendings.c
        newest = select(row.report, func.max(row.first_day)).group_by(row.report)
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return [
                _sending(found)
                for report, first in connection.execute(newest).all()
                for found in connection.execute(
                    select(report_sendings).where(row.report == report, row.first_day == first)
                )
            ]

    def keep(self, order: ReportOrder) -> None:
        values = {
            "every": order.every,
            "addresses": json.dumps(order.addresses),
            "ordered_by": order.ordered_by,
            "ordered_at_ms": order.ordered_at_ms,
            "evidence_line": order.evidence_line,
        }
        statement = insert(report_orders).values(values | {"report": order.report})
        with catalogue_errors(self._path), self._engine().begin() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["report"], set_=values))

    def drop(self, report: ReportKey) -> None:
        with catalogue_errors(self._path), self._engine().begin() as connection:
            connection.execute(delete(report_orders).where(report_orders.c.report == report))

    def went(self, report: ReportKey, first: str, last: str) -> bool:
        row = report_sendings.c
        asked = select(row.report).where(
            row.report == report, row.first_day == first, row.last_day == last, row.trouble == ""
        )
        with catalogue_errors(self._path), self._engine().connect() as connection:
            return connection.execute(asked).first() is not None

    def note(self, sending: Sending) -> None:
        values = {
            "tried_at_ms": sending.tried_at_ms,
            "addresses": sending.addresses,
            "trouble": sending.trouble,
        }
        keys = {"report": sending.report, "first_day": sending.first, "last_day": sending.last}
        statement = insert(report_sendings).values(keys | values)
        with catalogue_errors(self._path), self._engine().begin() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=values))


def _order(row: Row[Any]) -> ReportOrder:
    return ReportOrder(
        row.report, row.every, tuple(json.loads(row.addresses)), row.ordered_by, row.ordered_at_ms, row.evidence_line
    )


def _sending(row: Row[Any]) -> Sending:
    return Sending(row.report, row.first_day, row.last_day, row.tried_at_ms, row.addresses, row.trouble)
