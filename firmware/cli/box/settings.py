"""The box's routes for the settings, which root owns: putting new ones in place, and having them take effect.

===========================  ======  ==================================================================================
route                        who     what
===========================  ======  ==================================================================================
``POST /settings``           opener  put a document in place {document}: it has checked it, and whose wish it is
``POST /settings/restart``   opener  start processes again {processes, now}: each when that disturbs nobody, or now
``GET /settings/waiting``    opener  → {waiting: {process: what for}}
``POST /prompts``            opener  put what it left for that among the office's prompts {prompt, file}
``POST /prompts/remove``     opener  take one away {prompt, file}
===========================  ======  ==================================================================================

No person is vouched for here: it is the opener that vouches for people, and it asks by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.adapters.control.server import Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.cli.box.quiet_moments import Moments, QuietMoments
from firmware.cli.box.routes import BoxRoute
from firmware.cli.settings.prompt_shelf import OwnPrompts
from firmware.core.home import Home

OPENER = "earmark-opener"


def settings_routes(home: Home, moments: Moments | None = None) -> Mapping[str, BoxRoute]:
    """``moments`` has processes started again."""
    quiet = moments or QuietMoments(home)

    def put(request: Request) -> Mapping[str, Any]:
        document = request.body.get("document") if isinstance(request.body, dict) else None
        if not isinstance(document, dict) or not document:
            raise RequestRefused("'document' is all the settings, as an object.")
        # Only now: this process rests for months, and hardly ever writes settings.
        from firmware.adapters.settings.settings_file import SettingsFile

        SettingsFile(home.settings_file).replace(document)
        return {}

    def restart(request: Request) -> Mapping[str, Any]:
        named = request.body.get("processes") if isinstance(request.body, dict) else None
        if not isinstance(named, list):
            raise RequestRefused("'processes' is a list of names.")
        quiet.restart([str(each) for each in named], now=request.body.get("now") is True)
        return {}

    return {
        "POST /settings": BoxRoute(put, (OPENER,)),
        "POST /settings/restart": BoxRoute(restart, (OPENER,)),
        **_prompt_routes(home),
        "GET /settings/waiting": BoxRoute(lambda _: {"waiting": dict(quiet.waiting())}, (OPENER,)),
    }


def _prompt_routes(home: Home) -> Mapping[str, BoxRoute]:
    stock = OwnPrompts(home)

    def put(request: Request) -> Mapping[str, Any]:
        stock.take(request.text("prompt", 40), request.text("file", 80))
        return {}

    def remove(request: Request) -> Mapping[str, Any]:
        stock.remove(request.text("prompt", 40), request.text("file", 80))
        return {}

    return {"POST /prompts": BoxRoute(put, (OPENER,)), "POST /prompts/remove": BoxRoute(remove, (OPENER,))}
