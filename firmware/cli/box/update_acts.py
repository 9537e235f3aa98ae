"""What the box does about updates of itself. Loaded when the page asks for the first time (see ``update``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from firmware.adapters.control.server import Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.update.rauc import running_version, started_slot
from firmware.adapters.update.update_notes import UpdateNotesFile
from firmware.cli.update.composition import UpdateParts, compose_update
from firmware.cli.update.download import fetched_update
from firmware.cli.update.probes import calls_in_progress, hours_are_given, now_ms, office_is_open
from firmware.cli.update.work import Source, UpdateWork, sent_update
from firmware.core.home import Home
from firmware.core.system_update import Phase, SlotName, SystemUpdate, why_no_restart_yet

_LONGEST_URL = 2000

#: The version that runs, and from which slot.
Running = Callable[[], tuple[str, SlotName | None]]


class UpdateActs:
    """``compose`` and ``running`` say what this machine is. Any thread."""

    def __init__(
        self,
        home: Home,
        compose: Callable[[Home], UpdateParts] = compose_update,
        running: Running = lambda: (running_version(), started_slot()),
    ) -> None:
        self._home = home
        self._compose = compose
        self._running = running
        self._work, self._notes = UpdateWork(partial(compose, home)), UpdateNotesFile(home)

    def status(self, _: Request) -> Mapping[str, Any]:
        (version, slot), newest = self._running(), self._notes.update()
        beside = self._notes.facts("B" if slot == "A" else "A")
        return {
            "version": version,
            "beside": beside.version if beside else "",
            "newest": asdict(newest) if newest else None,
            "work": asdict(self._work.shown),
            "waits_for": _waits_for(self._home, newest),
            "by_hours": hours_are_given(self._home),
        }

    def apply(self, request: Request) -> Mapping[str, Any]:
        self._work.begin(_source(self._home, request), request.person, at_once=_at_once(request))
        return {}

    def restart(self, _: Request) -> Mapping[str, Any]:
        parts = self._compose(self._home)
        with parts.notes.alone():
            parts.restart.hurry()
        return {}

    def go_back(self, request: Request) -> Mapping[str, Any]:
        parts = self._compose(self._home)
        with parts.notes.alone():
            parts.keep_settings()
            parts.updating.go_back(request.person, at_once=_at_once(request))
        return {}


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
