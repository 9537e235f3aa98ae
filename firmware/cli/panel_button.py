"""The front panel's button: a short press pauses the recording of calls, or lets it go on."""

from __future__ import annotations

import logging
from collections.abc import Callable

from firmware.adapters.control.client import ControlClient, path_of
from firmware.core.errors import EarmarkError
from firmware.core.panel_press import PressedFor
from firmware.ports.front_panel import ButtonPress
from firmware.services.panel_view import PanelView

log = logging.getLogger(__name__)


class PanelButton:
    """Asks the processes that have the calls. One thread.

    Args:
        client_of: the control socket of a process that holds or hears calls, by the process's name.
        pressed_for: which calls a press is for.
        hold_s: a press as long as this is no short one.
    """

    def __init__(self, client_of: Callable[[str], ControlClient], pressed_for: PressedFor, hold_s: float) -> None:
        self._client_of = client_of
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
        done = sum(self._ask(view.holder(call_id), call_id, wish.action) for call_id in wish.call_ids)
        log.info(
            "the button was pressed for %.1f s: %s, %d of %d calls", press.held_s, wish.action, done, len(wish.call_ids)
        )

    def _ask(self, process: str | None, call_id: str, action: str) -> bool:
        if process is None:
            return False
        try:
            self._client_of(process).post(path_of("calls", call_id, action), {"how": "panel", "who": ""})
        except EarmarkError as error:
            log.warning("the button could not %s a call: %s", action, error)
            return False
        return True
