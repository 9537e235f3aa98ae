"""Calls under the days they began on, in the office's zone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from firmware.adapters.catalogue.reader import RecordingRow
from webui.wording import day_heading, local_day


@dataclass(frozen=True)
class Day:
    """The calls of one day, newest first."""

    date: date
    heading: str
    calls: list[RecordingRow]


def by_day(rows: Iterable[RecordingRow], zone: ZoneInfo) -> list[Day]:
    today = local_day(datetime.now(zone), zone)
    days = groupby(rows, key=lambda row: local_day(row.started_at, zone))
    return [Day(day, day_heading(day, today), list(calls)) for day, calls in days]
