"""The opener's routes for the settings (and, from ``prompts``, for prompts). Whose session's token comes along decides.

==============================  ======================================================================================
``GET /settings``               {document, version, blanks, prompts, doubts, may_change, earlier, waiting}: no secrets
``POST /settings``              {document, version} → {saved, mistakes, sections, changes, by_hand}
``POST /settings/check``        {document} → {mistakes, sections, changes}: nothing is changed
``POST /settings/file``         {reveal} → {toml}
``POST /settings/file/look``    {toml, name} → as check
``POST /settings/file/take``    {toml, name, version} → as ``POST /settings``
``POST /settings/back/look``    {change} → as check, of going back to before that change; made: what it did
``POST /settings/back``         {change, version} → as ``POST /settings``; both take typed: [[path, password]] for stars
``POST /settings/explain``      {calling, dialled, at, line, direction} → what would happen to a call
``POST /settings/restart-now``  → {}: what waits for a quiet moment waits no more
==============================  ======================================================================================

Stars that come back mean the secret that is kept. Whoever made a change from settings that are not in effect any more
is refused, so that of two people who change at once neither loses anything.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.settings.settings_history import SettingsHistoryFile
from firmware.cli.opener.prompts import PromptsBehindTheBox, prompt_routes
from firmware.cli.settings.clerk_desk import SettingsClerk
from firmware.core.errors import ServiceAway, StorageError
from firmware.core.home import Home
from firmware.core.settings_changes import digest
from firmware.ports.clock import Clock
from firmware.ports.settings_changes import EarlierSettings
from firmware.services.prompt_changes import PromptChanges
from firmware.services.settings_changes import Outcome, SettingsChanges, SettingsReception, Typed

_LOG = logging.getLogger(__name__)
_BOX_PATIENCE_S = 20.0
_LONGEST_FILE = 1 << 19
_TOLD = ("mistakes", "sections", "changes", "doubts", "version", "made")
_MOST_TOLD = 20


class BehindTheBox:
    """``SettingsShelf`` and ``Restarts`` where the box's own process does both; in a clone the file is ours, and nobody
    starts processes again but whoever started them.
    """

    def __init__(self, home: Home) -> None:
        self._place = home.settings_file
        self._file = SettingsFile(self._place)
        self._box = ControlClient(home.box_socket, _BOX_PATIENCE_S)
        self._is_box = home.box_socket.exists

    def replace(self, document: Mapping[str, Any]) -> None:
        if self._is_box():
            self._box.post("/settings", {"document": document})
        else:
            self._file.replace(document)

    def changed_at_ms(self) -> int:
        try:
            return self._place.stat().st_mtime_ns // 1_000_000
        except OSError as error:
            raise StorageError(f"{self._place} cannot be looked at: {error.strerror}.", "Look at the disk.") from error

    def ask(self, processes: Sequence[str], *, now: bool = False) -> bool:
        if not processes:
            return True
        try:
            self._box.post("/settings/restart", {"processes": list(processes), "now": now})
        except ServiceAway:
            return False
        return True

    def waiting(self) -> Mapping[str, str]:
        try:
            told: Mapping[str, str] = self._box.get("/settings/waiting")["waiting"]
        except ServiceAway:
            return {}
        return told


def settings_routes(home: Home, reception: SettingsReception, clock: Clock) -> dict[str, Handler]:
    box = BehindTheBox(home)
    history = SettingsHistoryFile(home.settings_history)
    try:
        history.forget_passwords()
    except StorageError as error:
        _LOG.warning("earlier settings cannot be looked at: %s", error.what)
    clerk = SettingsClerk(home)
    desk = SettingsChanges(reception, clerk, box, history, box, clock)
    prompts = PromptChanges(reception, clerk, PromptsBehindTheBox(home), desk)

    def shown(request: Request) -> Mapping[str, Any]:
        found = desk.shown(request.token)
        return {**found, "earlier": [_earlier(each) for each in found["earlier"]]}

    def explain(request: Request) -> Mapping[str, Any]:
        asked = {name: request.text(name, 80) for name in ("calling", "dialled", "at", "line", "direction")}
        if asked["direction"] not in ("", "inbound", "outbound"):
            raise RequestRefused("'direction' is inbound, outbound or empty.")
        return desk.explained(request.token, asked)

    def restart_now(request: Request) -> Mapping[str, Any]:
        desk.restart_now(request.token)
        return {}

    return {
        "GET /settings": shown,
        "POST /settings": lambda it: _outcome(desk.change(it.token, _document(it), it.text("version", 64))),
        "POST /settings/check": lambda it: _judged(desk.judged(it.token, _document(it))),
        "POST /settings/explain": explain,
        "POST /settings/restart-now": restart_now,
        **_file_routes(desk),
        **_way_back_routes(desk),
        **prompt_routes(prompts),
    }


def _file_routes(desk: SettingsChanges) -> dict[str, Handler]:
    def file(request: Request) -> Mapping[str, Any]:
        reveal = isinstance(request.body, dict) and request.body.get("reveal") is True
        return {"toml": desk.file(request.token, reveal=reveal)}

    def look(request: Request) -> Mapping[str, Any]:
        return _judged(desk.looked_at_file(request.token, *_sent_file(request)))

    def take(request: Request) -> Mapping[str, Any]:
        return _outcome(desk.take_file(request.token, *_sent_file(request), request.text("version", 64)))

    return {"POST /settings/file": file, "POST /settings/file/look": look, "POST /settings/file/take": take}


def _way_back_routes(desk: SettingsChanges) -> dict[str, Handler]:
    def look(request: Request) -> Mapping[str, Any]:
        return _judged(desk.way_back(request.token, request.text("change", 40), _typed(request)))

    def go(request: Request) -> Mapping[str, Any]:
        change, version = request.text("change", 40), request.text("version", 64)
        return _outcome(desk.go_back(request.token, change, version, _typed(request)))

    return {"POST /settings/back/look": look, "POST /settings/back": go}


def _document(request: Request) -> Mapping[str, Any]:
    found = request.body.get("document") if isinstance(request.body, dict) else None
    if not isinstance(found, dict):
        raise RequestRefused("'document' is all the settings, as an object.")
    return found


def _typed(request: Request) -> Typed:
    given = request.body.get("typed", [])
    if not isinstance(given, list) or not all(map(_is_typed, given)):
        raise RequestRefused("'typed' is a list of paths, each with a password.")
    return [(path, password) for path, password in given]


def _is_typed(each: Any) -> bool:
    match each:
        case [list() as path, str()]:
            return all(isinstance(part, str | int) for part in path)
        case _:
            return False


def _sent_file(request: Request) -> tuple[str, str]:
    return request.text("toml", _LONGEST_FILE), request.text("name", 100)


def _judged(judged: Mapping[str, Any]) -> dict[str, Any]:
    """Without the documents: there are passwords in them. ``lan``: from where the page could be opened then."""
    told = {name: judged[name] for name in _TOLD if name in judged}
    return {**told, "lan": judged["document"]["network"]["lan"]} if "document" in judged else told


def _outcome(done: Outcome) -> dict[str, Any]:
    return {**_judged(done.judged), "saved": done.saved, "by_hand": list(done.by_hand)}


def _earlier(each: EarlierSettings) -> dict[str, Any]:
    """Its first changes, how many ``more`` there are, and the digest that the evidence has of all."""
    told, more = each.changes[:_MOST_TOLD], len(each.changes[_MOST_TOLD:])
    head = {"id": each.id, "at_ms": each.at_ms, "who": each.who, "sections": each.sections}
    return {**head, "changes": told, "more": more, "digest": digest(each.changes)}
