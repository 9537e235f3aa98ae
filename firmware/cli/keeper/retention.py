"""The keeper's duty of erasing, put together, and what may be asked of it on the keeper's socket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from firmware.adapters.catalogue.call_log_ages import CallLogAges
from firmware.adapters.catalogue.erasing import ErasureRows
from firmware.adapters.catalogue.retention import RetentionRows
from firmware.adapters.control.peer_policy import same_user, these_users
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.store.erasable_files import ErasableSegmentFiles
from firmware.adapters.store.evidence_looks import (
    commitments_about_recordings,
    erased_in_evidence,
    holds_in_evidence,
    newest_evidence_ms,
)
from firmware.adapters.supervision.machine_time import KernelTime
from firmware.cli.at_the_box import who_asked
from firmware.cli.keeper.parts import KeeperParts
from firmware.services.call_log_ageing import CallLogAgeing
from firmware.services.clock_watch import ClockWatch
from firmware.services.erasing import Erasing
from firmware.services.hold_watch import HoldWatch
from firmware.services.retention_classes import ClassesInEffect, WaitingChange
from firmware.services.retention_sweep import RetentionSweep

RETENTION_ROUTES = (
    "POST /retention/trust-clock",
    "GET /retention/waiting",
    "POST /retention/confirm",
    "POST /retention/holds-lost",
)


@dataclass(frozen=True)
class Retention:
    """The sweep, and its parts that a person may speak to."""

    sweep: RetentionSweep
    clock: ClockWatch
    holds: HoldWatch
    classes: ClassesInEffect


def compose_retention(parts: KeeperParts) -> Retention:
    home, settings = parts.home, parts.settings
    rows = RetentionRows(parts.catalogue, home.catalogue)
    erasures = ErasureRows(parts.catalogue, home.catalogue)
    clock = ClockWatch(KernelTime(parts.clock), rows, parts.evidence, partial(newest_evidence_ms, home.evidence))
    zone = ZoneInfo(settings.office.timezone)
    classes = ClassesInEffect(settings.retention_classes, zone, rows, parts.evidence)
    erasing = Erasing(
        ErasableSegmentFiles(home),
        erasures,
        parts.evidence,
        partial(commitments_about_recordings, home.evidence),
        partial(erased_in_evidence, home.evidence),
    )
    holds = HoldWatch(partial(holds_in_evidence, home.evidence), erasures.standing_holds, parts.evidence)
    ageing = CallLogAgeing(CallLogAges(parts.catalogue, home.catalogue), rows.applied)
    return Retention(RetentionSweep(clock, holds, classes, erasures, erasing, ageing.run), clock, holds, classes)


def retention_routes(retention: Retention, parts: KeeperParts) -> dict[str, Handler]:
    """For the command on the box itself; nobody else's user may ask, but the opener for a person who may confirm."""
    by_the_opener = these_users("earmark-opener")

    def from_the_box(request: Request) -> None:
        if not same_user(request.peer):
            raise RequestRefused("This is asked on the box itself.", status=403)

    def trust_clock(request: Request) -> Mapping[str, Any]:
        from_the_box(request)
        retention.clock.trust(who_asked(request.peer))
        return {"wall_ms": parts.clock.wall_ms()}

    def confirm(request: Request) -> Mapping[str, Any]:
        if not by_the_opener(request.peer):
            raise RequestRefused("This is asked on the box itself, or by the opener for a person.", status=403)
        erases, sooner = _number(request, "erases"), _number(request, "sooner")
        retention.classes.confirm(request.text("class", 40), erases, sooner, parts.clock.wall_ms())
        return {}

    def waiting(_: Request) -> Mapping[str, Any]:
        return {"waiting": [_shown(each) for each in retention.classes.waiting(parts.clock.wall_ms())]}

    def holds_lost(request: Request) -> Mapping[str, Any]:
        from_the_box(request)
        retention.holds.give_up(_number(request, "holds"), who_asked(request.peer))
        return {}

    return dict(zip(RETENTION_ROUTES, (trust_clock, waiting, confirm, holds_lost), strict=True))


def _number(request: Request, name: str) -> int:
    found = request.body.get(name) if isinstance(request.body, dict) else None
    if not isinstance(found, int):
        raise RequestRefused(f"{name!r} is a number.")
    return found


def _shown(change: WaitingChange) -> dict[str, Any]:
    return {
        "class": change.name,
        "keeps": change.keeps.shown,
        "wanted": change.wanted.shown,
        "at_once": change.takes.at_once,
        "soon": change.takes.soon,
        "sooner": change.takes.sooner,
        "words": change.takes.words,
    }
