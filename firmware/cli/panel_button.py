"""The front panel's button: a short press pauses the recording of calls, or lets it go on."""

from __future__ import annotations

import logging

from firmware.adapters.control.client import ControlClient, path_of
from firmware.core.errors import EarmarkError
from firmware.core.panel_press import PressedFor
from firmware.ports.front_panel import ButtonPress
from firmware.services.panel_view import PanelView

log = logging.getLogger(__name__)


class PanelButton:
    """Asks the lines process. One thread.

    Args:
        lines: the lines process's control socket.
        pressed_for: which calls a press is for.
        hold_s: a press as long as this is no short one.
    """

    def __init__(self, lines: ControlClient, pressed_for: PressedFor, hold_s: float) -> None:
        self._lines = lines
        self._pressed_for = pressed_for
        self._hold_s = hold_s

    def pressed(self, press: ButtonPress, view: PanelView) -> None:
        """Do what the press asks for. What is refused is logged; the light shows what holds."""
        if press.held_s >= self._hold_s:
            log.info("the button was held for %.1f s; this version shuts nothing down by it", press.held_s)
            return
        wish = view.wish(self._pressed_for)
        if wish is None:
            log.info("the button was pressed for %.1f s; no call can be paused or resumed now", press.held_s)
            return
        done = sum(self._ask(call_id, wish.action) for call_id in wish.call_ids)
        log.info(
            "the button was pressed for %.1f s: %s, %d of %d calls", press.held_s, wish.action, done, len(wish.call_ids)
        )

    def _ask(self, call_id: str, action: str) -> bool:
        try:
            self._lines.post(path_of("calls", call_id, action), {"how": "panel", "who": ""})
        except EarmarkError as error:
            log.warning("the button could not %s a call: %s", action, error)
            return False
        return True
