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

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from firmware.cli.box.routes import WEB, BoxRoute
from firmware.core.box_acts import APPLY_UPDATE, GO_BACK, RESTART_FOR_UPDATE
from firmware.core.home import Home

if TYPE_CHECKING:
    from firmware.cli.box.update_acts import UpdateActs


def update_routes(home: Home, make: Callable[[Home], UpdateActs] | None = None) -> Mapping[str, BoxRoute]:
    """``make`` makes what does it, at the first request."""
    acts = _LoadedOnce(home, make or _acts)
    return {
        "GET /update": BoxRoute(lambda request: acts().status(request), (WEB,)),
        "POST /update/apply": BoxRoute(lambda request: acts().apply(request), (WEB,), APPLY_UPDATE),
        "POST /update/restart": BoxRoute(lambda request: acts().restart(request), (WEB,), RESTART_FOR_UPDATE),
        "POST /update/go-back": BoxRoute(lambda request: acts().go_back(request), (WEB,), GO_BACK),
    }


def _acts(home: Home) -> UpdateActs:
    # Only now: they bring all that reads settings, a third of the memory of this process, which rests for months.
    from firmware.cli.box.update_acts import UpdateActs

    return UpdateActs(home)


class _LoadedOnce:
    """One for all requests: of two updates at a time it refuses the second."""

    def __init__(self, home: Home, make: Callable[[Home], UpdateActs]) -> None:
        self._home = home
        self._make = make
        self._lock = threading.Lock()
        self._acts: UpdateActs | None = None

    def __call__(self) -> UpdateActs:
        with self._lock:
            if self._acts is None:
                self._acts = self._make(self._home)
            return self._acts
