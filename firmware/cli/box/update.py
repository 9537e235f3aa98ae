"""The box's routes for updates of itself. What is signed by nobody whom the box trusts is refused by RAUC, not here.

=========================  ==========================  ===============================================================
route                      who                         what
=========================  ==========================  ===============================================================
``GET /update``            web                         what runs, what became of the newest update, how far one is
``POST /update/apply``     web, with a person's token  write one {source: sent | address, url, at_once} beside what runs
``POST /update/restart``   web, with a person's token  for one that waits: as soon as no call is up
``POST /update/go-back``   web, with a person's token  to the version before {at_once}
=========================  ==========================  ===============================================================

The restart itself comes from its timer (``systemd/earmark-update-restart.timer``), which asks every minute.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from firmware.adapters.control.server import Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.update.rauc import running_version, started_slot
from firmware.adapters.update.update_notes import UpdateNotesFile
from firmware.cli.box.routes import WEB, BoxRoute
from firmware.cli.update.composition import UpdateParts, compose_update
from firmware.cli.update.download import fetched_update
from firmware.cli.update.probes import calls_in_progress, hours_are_given, now_ms, office_is_open
from firmware.cli.update.work import Source, UpdateWork, sent_update
from firmware.core.box_acts import APPLY_UPDATE, GO_BACK, RESTART_FOR_UPDATE
from firmware.core.home import Home
from firmware.core.system_update import Phase, SlotName, SystemUpdate, why_no_restart_yet

_LONGEST_URL = 2000

#: The version that runs, and from which slot.
Running = Callable[[], tuple[str, SlotName | None]]


def update_routes(
    home: Home,
    compose: Callable[[Home], UpdateParts] = compose_update,
    running: Running = lambda: (running_version(), started_slot()),
) -> Mapping[str, BoxRoute]:
    """``compose`` and ``running`` say what this machine is."""
    work, notes = UpdateWork(partial(compose, home)), UpdateNotesFile(home)

    def status(_: Request) -> Mapping[str, Any]:
        (version, slot), newest = running(), notes.update()
        beside = notes.facts("B" if slot == "A" else "A")
        return {
            "version": version,
            "beside": beside.version if beside else "",
            "newest": asdict(newest) if newest else None,
            "work": asdict(work.shown),
            "waits_for": _waits_for(home, newest),
            "by_hours": hours_are_given(home),
        }

    def apply(request: Request) -> Mapping[str, Any]:
        work.begin(_source(home, request), request.person, at_once=_at_once(request))
        return {}

    def restart(_: Request) -> Mapping[str, Any]:
        parts = compose(home)
        with parts.notes.alone():
            parts.restart.hurry()
        return {}

    def go_back(request: Request) -> Mapping[str, Any]:
        parts = compose(home)
        with parts.notes.alone():
            parts.keep_settings()
            parts.updating.go_back(request.person, at_once=_at_once(request))
        return {}

    return {
        "GET /update": BoxRoute(status, (WEB,)),
        "POST /update/apply": BoxRoute(apply, (WEB,), APPLY_UPDATE),
        "POST /update/restart": BoxRoute(restart, (WEB,), RESTART_FOR_UPDATE),
        "POST /update/go-back": BoxRoute(go_back, (WEB,), GO_BACK),
    }


def _source(home: Home, request: Request) -> Source:
    source = request.text("source")
    if source == "sent":
        return sent_update(home)
    if source == "address":
        return partial(fetched_update, home, request.text("url", _LONGEST_URL))
    raise RequestRefused("'source' is 'sent' or 'address'.")


def _at_once(request: Request) -> bool:
    return request.body.get("at_once") is True


def _waits_for(home: Home, newest: SystemUpdate | None) -> str:
    if newest is None or newest.phase is not Phase.WAITING:
        return ""
    return why_no_restart_yet(newest, calls_in_progress(home), office_open=office_is_open(home, now_ms()))
