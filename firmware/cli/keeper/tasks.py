"""What the keeper does, put together in one place: each duty is a module in ``services`` and a line here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from firmware.adapters.catalogue.cases import CaseTables
from firmware.adapters.catalogue.holds import KeepingTables
from firmware.adapters.control.server import Handler
from firmware.adapters.keys.grant_folder import GrantFolder
from firmware.cli.keeper.archive import ARCHIVE_ROUTES, archive_routes, compose_elsewhere
from firmware.cli.keeper.integrity import compose_integrity_scrub
from firmware.cli.keeper.parts import KeeperParts
from firmware.cli.keeper.records import compose_old_records
from firmware.cli.keeper.redactions import REVISION_ROUTES, compose_revision_intake, revision_routes
from firmware.cli.keeper.reports import REPORT_ROUTES, compose_report_post, report_routes, sending_routes
from firmware.cli.keeper.retention import RETENTION_ROUTES, compose_retention, retention_routes
from firmware.cli.keeper.space import SPACE_ROUTES, compose_space_watch, space_routes
from firmware.cli.keeper.updates import UPDATE_ROUTES, update_routes
from firmware.core.bank_holidays import is_day_off
from firmware.ports.keeper_task import KeeperTask
from firmware.services.case_reminders import CaseReminders
from firmware.services.ended_grants import EndedGrants
from firmware.services.hold_reviews import HoldReviews

#: What may be asked of the duties on the keeper's socket, once they are at work.
DUTY_ROUTES = (*RETENTION_ROUTES, *SPACE_ROUTES, *REVISION_ROUTES, *ARCHIVE_ROUTES, *UPDATE_ROUTES, *REPORT_ROUTES)


@dataclass(frozen=True)
class Duties:
    """All tasks, and what answers ``DUTY_ROUTES``."""

    tasks: Sequence[KeeperTask]
    routes: Mapping[str, Handler]


def compose_duties(parts: KeeperParts) -> Duties:
    retention = compose_retention(parts)
    reviews = HoldReviews(KeepingTables(parts.home.catalogue).holds, ZoneInfo(parts.settings.office.timezone))
    cases = CaseReminders(CaseTables(parts.home.catalogue), ZoneInfo(parts.settings.office.timezone), is_day_off)
    space, revisions = compose_space_watch(parts), compose_revision_intake(parts)

    def may_erase() -> bool:
        return retention.sweep.may_erase

    ended = EndedGrants(GrantFolder(parts.home.recordings), may_erase)
    records = compose_old_records(parts, may_erase)
    tasks: list[KeeperTask] = [retention.sweep, records, reviews, ended, compose_integrity_scrub(parts)]
    post = compose_report_post(parts)
    tasks += [space, revisions, cases, post]
    elsewhere = compose_elsewhere(parts, may_erase)
    tasks += elsewhere.tasks
    routes = {**retention_routes(retention, parts), **space_routes(space), **archive_routes(elsewhere)}
    routes |= {**report_routes(parts.home), **sending_routes(post, parts.clock)}
    return Duties(tasks, routes | revision_routes(revisions) | update_routes(parts.home))
