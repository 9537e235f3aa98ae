"""The keeper's duty over closed cases and old details of the evidence, put together."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from firmware.adapters.catalogue.old_records import OldRecordRows
from firmware.adapters.store.old_evidence import EvidenceByDay
from firmware.cli.keeper.parts import KeeperParts
from firmware.core.retention import Period
from firmware.services.old_records import OldRecords, RecordRules


def compose_old_records(parts: KeeperParts, may_erase: Callable[[], bool]) -> OldRecords:
    records, home = parts.settings.records, parts.home
    zone = ZoneInfo(parts.settings.office.timezone)
    rules = RecordRules(Period(years=records.closed_cases_years), Period(years=records.evidence_details_years), zone)
    rows = OldRecordRows(parts.catalogue, home.catalogue)
    return OldRecords(rows, parts.evidence, EvidenceByDay(home.evidence), rules, may_erase)
