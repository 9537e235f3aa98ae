"""The keeper's routes by which an update is fetched: it may reach out to the network, and has no rights over the box.

``POST /updates/fetch``  ``url`` → {}: begin, or go on where it broke off
``GET /updates/fetch``   → {state: idle|fetching|here|failed, bytes, whole, why}
``POST /updates/forget`` → {}: the file is not needed any more
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from firmware.adapters.control.peer_policy import same_user
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.keys.private_files import make_private_folder
from firmware.adapters.update.download import UpdateDownload
from firmware.adapters.update.update_notes import UpdateNotesFile
from firmware.core.errors import EarmarkError, UpdateRefused
from firmware.core.home import Home
from firmware.core.system_update import LARGEST_BYTES

UPDATE_ROUTES = ("POST /updates/fetch", "GET /updates/fetch", "POST /updates/forget")
_LONGEST_URL = 2000


@dataclass(frozen=True)
class Fetching:
    state: str = "idle"
    bytes: int = 0
    whole: int = 0
    why: str = ""


class UpdateFetcher:
    """One download at a time, in a thread of its own. Any thread."""

    def __init__(self, download: UpdateDownload) -> None:
        self._download = download
        self._lock = threading.Lock()
        self._shown = Fetching()

    def begin(self, url: str) -> None:
        with self._lock:
            if self._shown.state == "fetching":
                raise UpdateRefused("An update is being fetched already.", "Wait for it.")
            self._shown = Fetching("fetching")
        threading.Thread(target=self._work, args=(url,), name="update download", daemon=True).start()

    def shown(self) -> Fetching:
        return self._shown

    def forget(self) -> None:
        with self._lock:
            if self._shown.state != "fetching":
                self._download.forget()
                self._shown = Fetching()

    def _work(self, url: str) -> None:
        try:
            make_private_folder(self._download.file.parent)
            self._download.fetch(url, self._progress, lambda: False)
        except EarmarkError as error:
            self._shown = replace(self._shown, state="failed", why=str(error))
        else:
            self._shown = replace(self._shown, state="here")

    def _progress(self, here: int, whole: int) -> None:
        self._shown = replace(self._shown, bytes=here, whole=whole)


def update_at_work(home: Home) -> bool:
    """Whether an update is being written or on trial: the front panel says that the box had better be left on."""
    try:
        newest = UpdateNotesFile(home).update()
    except EarmarkError:
        return False
    return newest is not None and newest.is_at_work


def update_routes(home: Home) -> dict[str, Handler]:
    """For the box's own command: whoever may name addresses to this process can look round the network by it."""
    fetcher = UpdateFetcher(UpdateDownload(home.fetched_update.parent, LARGEST_BYTES))

    def at_the_box(request: Request) -> None:
        if not same_user(request.peer):
            raise RequestRefused("This is asked on the box itself.", status=403)

    def fetch(request: Request) -> Mapping[str, Any]:
        at_the_box(request)
        fetcher.begin(request.text("url", _LONGEST_URL))
        return {}

    def shown(request: Request) -> Mapping[str, Any]:
        at_the_box(request)
        return asdict(fetcher.shown())

    def forget(request: Request) -> Mapping[str, Any]:
        at_the_box(request)
        fetcher.forget()
        return {}

    return dict(zip(UPDATE_ROUTES, (fetch, shown, forget), strict=True))
