"""The box's routes for what a long hold of the front panel's button asks.

=======================  ======  =======================================================================================
route                    who     what
=======================  ======  =======================================================================================
``POST /power-off``      panel   switch off: calls are ended, and what was recorded is put away, as at every shutdown
``POST /network-reset``  panel   the page on every address and for every private network; ask for the address again
=======================  ======  =======================================================================================

No person is vouched for: whoever stands before the box could pull its plug as well. That it was the button is evidence.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from firmware.adapters.control.evidence_desk import RecorderEvidenceDesk
from firmware.adapters.control.server import Request
from firmware.adapters.supervision.system_command import Done, run
from firmware.cli.box.routes import PANEL, BoxRoute
from firmware.core.box_acts import BOX_ACT, POWER_OFF, RESET_NETWORK
from firmware.core.errors import ActionRefused, EarmarkError
from firmware.core.home import Home

_LOG = logging.getLogger(__name__)

Command = Callable[..., Done]


def power_routes(home: Home, command: Command = run) -> Mapping[str, BoxRoute]:
    """``command`` runs one of the system's, as ``adapters.supervision.system_command.run`` does."""

    def power_off(_: Request) -> Mapping[str, Any]:
        _note(home, POWER_OFF)
        _systemctl(command, "poweroff")
        return {}

    def reset_network(_: Request) -> Mapping[str, Any]:
        _note(home, RESET_NETWORK)
        _set_back(home)
        _systemctl(command, "try-restart", "systemd-networkd.service", "earmark-web.service")
        return {}

    return {
        "POST /power-off": BoxRoute(power_off, (PANEL,)),
        "POST /network-reset": BoxRoute(reset_network, (PANEL,)),
    }


def _set_back(home: Home) -> None:
    """The packet filter follows the settings by itself."""
    # Only now: all that reads settings is a third of the memory of this process, which has no other use for them.
    from firmware.adapters.settings.settings_file import SettingsFile
    from firmware.config.loader import load_settings
    from firmware.config.network_at_first import network_at_first

    store = SettingsFile(home.settings_file)
    now = load_settings(store)
    at_first = network_at_first(now)
    if at_first != now:
        store.replace(at_first.to_document())


def _systemctl(command: Command, *words: str) -> None:
    done = command("systemctl", "--no-block", *words, package="systemd")
    if done.code:
        raise ActionRefused(f"The system did not {words[0]}: {done.said}", "Look at its journal.")


def _note(home: Home, act: str) -> None:
    """A box must be switched off while its recorder does not answer, too."""
    try:
        RecorderEvidenceDesk(home.recorder_socket).enter(BOX_ACT, {"act": act, "how": "panel"})
    except EarmarkError as error:
        _LOG.error("%s, asked for with the button, could not be entered in the evidence: %s", act, error)
