"""The opener's routes for reports. All need the token of a session; whose it is decides.

``POST /reports/look``       {report, first, last: "2026-03-01", copy: "" | "CSV" | "PDF"}: enters that somebody has it
``POST /reports/listening``  {first, last, copy} → {by_kind, by_day, opened: null | [{at_ms, kind, recording_id,
                             person_id, name, purpose, case}]}, newest first; null for who may not see names
``GET /reports/mailed``      → {orders: [...], sent: [...]}: what goes out by e-mail, and what became of the newest
``POST /reports/mailed``     {report, every: "week" | "month" | "never", addresses}
``POST /reports/send``       {report} → {first, last, trouble, to}: sends it now; that takes up to some minutes
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from firmware.adapters.catalogue.details import DetailTable
from firmware.adapters.catalogue.report_orders import ReportTables
from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.store.evidence_openings import EvidenceOpenings
from firmware.core.home import Home
from firmware.core.openings import Opening
from firmware.core.report_order import read_report
from firmware.core.report_period import Period, own_period
from firmware.ports.clock import Clock
from firmware.services.reports import MailedReports, ReportReception, Reports, SendNow

_COPIES = ("", "CSV", "PDF")
_SENDING_S = 170.0  # a paper of ten years, and a mail server that thinks it over


def report_routes(home: Home, reception: ReportReception, clock: Clock, zone: ZoneInfo) -> dict[str, Handler]:
    """The services over a data folder, asked for what the module's text says."""
    reports = Reports(reception, EvidenceOpenings(home.evidence), DetailTable(home.catalogue), clock, zone)
    mailed = MailedReports(reception, ReportTables(home.catalogue), clock, sending_of(home))

    def look(request: Request) -> Mapping[str, Any]:
        reports.look(request.token, read_report(request.text("report", 20)), _period(request), _copy(request))
        return {}

    def listening(request: Request) -> Mapping[str, Any]:
        found = reports.listening(request.token, _period(request), _copy(request))
        named = None if found.opened is None else [_opening(each) for each in found.opened]
        return {"by_kind": dict(found.count.by_kind), "by_day": dict(found.count.by_day), "opened": named}

    def standing(request: Request) -> Mapping[str, Any]:
        orders, sent = mailed.standing(request.token)
        return {"orders": [asdict(each) for each in orders], "sent": [asdict(each) for each in sent]}

    def order(request: Request) -> Mapping[str, Any]:
        report = read_report(request.text("report", 20))
        addresses = request.text("addresses", 2000) if request.body.get("addresses") else ""
        mailed.order(request.token, report, request.text("every", 10), addresses)
        return {}

    return {
        "POST /reports/look": look,
        "POST /reports/listening": listening,
        "GET /reports/mailed": standing,
        "POST /reports/mailed": order,
        "POST /reports/send": lambda it: mailed.send_now(it.token, read_report(it.text("report", 20))),
    }


def sending_of(home: Home) -> SendNow:
    """By the keeper, which makes the paper and speaks to the mail server."""
    keeper = ControlClient(home.keeper_socket, _SENDING_S)
    return lambda report: keeper.post("/reports/send", {"report": report})


def _opening(each: Opening) -> dict[str, Any]:
    told = asdict(each)
    del told["at"]
    return {**told, "at_ms": round(each.at.timestamp() * 1000)}


def _period(request: Request) -> Period:
    return own_period(request.day("first"), request.day("last"))


def _copy(request: Request) -> str:
    found = request.body.get("copy", "") if isinstance(request.body, dict) else ""
    if found not in _COPIES:
        raise RequestRefused("'copy' is CSV, PDF or nothing.")
    return str(found)
