"""What people may have the box itself do, by the names that the page, the opener and the box's own process use.

The box's process runs as root. It believes no page: it asks the opener whose token it was given, and the opener enters
the act in the evidence before it answers.
"""

from __future__ import annotations

from collections.abc import Mapping

from firmware.core.access_policy import Action

#: The evidence's kind for all of them; its subject names the act.
BOX_ACT = "box-act"

OPEN_DISK = "open-data-disk"
CLOSE_DISK = "close-data-disk"
APPLY_UPDATE = "apply-update"
GO_BACK = "go-back"
RESTART_FOR_UPDATE = "restart-for-update"
CHANGE_CERTIFICATE = "change-certificate"
#: What the front panel's button asks for; no person is vouched for.
POWER_OFF = "power-off"
RESET_NETWORK = "reset-network"

#: Act → the right that it needs.
ACTS: Mapping[str, Action] = {
    OPEN_DISK: Action.OPEN_DISK,
    CLOSE_DISK: Action.OPEN_DISK,
    APPLY_UPDATE: Action.UPDATE,
    GO_BACK: Action.UPDATE,
    RESTART_FOR_UPDATE: Action.UPDATE,
    CHANGE_CERTIFICATE: Action.CHANGE_SETTINGS,
}
