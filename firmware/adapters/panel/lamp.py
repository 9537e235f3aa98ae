"""One lamp that keeps a rhythm: a thread that sets a colour, waits, sets the next."""

from __future__ import annotations

import threading
from collections.abc import Callable

from firmware.core.panel_light import DARK, PATTERNS, Colour, Shown


class Lamp:
    """Every method may be called from any thread.

    Args:
        name: the thread's.
        set_colour: lights the lamp, in the lamp's thread.
        on_shown: told each colour after it was set, in the lamp's thread.
    """

    def __init__(
        self,
        name: str,
        set_colour: Callable[[Colour], None],
        on_shown: Callable[[Shown, Colour], None] = lambda *_: None,
    ) -> None:
        self._set_colour = set_colour
        self._on_shown = on_shown
        self._changed = threading.Condition()
        self._shown: Shown | None = None
        self._closing = False
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._keep_rhythm, name=name, daemon=True)
        self._thread.start()

    @property
    def failure(self) -> BaseException | None:
        """What ended the lamp's thread: it shows nothing new then."""
        return self._failure

    def show(self, shown: Shown) -> None:
        """From now on. What is shown already goes on in its rhythm."""
        with self._changed:
            if shown is not self._shown:
                self._shown = shown
                self._changed.notify()

    def close(self) -> None:
        """End the rhythm and put the lamp out: some kernels leave a pin that nobody has any more as it was."""
        with self._changed:
            closed, self._closing = self._closing, True
            self._changed.notify()
        self._thread.join()
        if self._failure is None and not closed:
            self._set_colour(DARK)

    def _keep_rhythm(self) -> None:
        try:
            while (shown := self._next()) is not None:
                self._show_until_changed(shown)
        except Exception as error:  # noqa: BLE001 - a worker's root: the panel's own thread ends the process for it
            self._failure = error

    def _show_until_changed(self, shown: Shown) -> None:
        for colour, lasts_s in PATTERNS[shown].phases():
            self._set_colour(colour)
            self._on_shown(shown, colour)
            if self._left(shown, lasts_s):
                return

    def _next(self) -> Shown | None:
        with self._changed:
            self._changed.wait_for(lambda: self._shown is not None or self._closing)
            return None if self._closing else self._shown

    def _left(self, shown: Shown, timeout_s: float | None) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._shown is not shown or self._closing, timeout_s)
