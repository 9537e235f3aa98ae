"""An update that somebody asked for on the page: one at a time, in a thread of its own, and how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from firmware.adapters.update.handed_over import handed_over
from firmware.cli.update.composition import UpdateParts
from firmware.core.errors import EarmarkError, UpdateRefused
from firmware.core.home import Home

_STOPPED = "The update was stopped by a mistake in the program. Its log says more."

#: Told how far a download is, in words.
Say = Callable[[str], None]
#: Has the update at hand for as long as the ``with`` lasts.
Source = Callable[[Say], AbstractContextManager[Path]]


@dataclass(frozen=True)
class Work:
    """``stage`` is empty when nothing goes on; ``said`` is more about it, and ``why`` what stopped the last one."""

    stage: str = ""
    said: str = ""
    percent: int = 0
    why: str = ""


class UpdateWork:
    """Any thread.

    Args:
        compose: makes what an update is applied with, each time anew.
    """

    def __init__(self, compose: Callable[[], UpdateParts]) -> None:
        self._compose = compose
        self._lock = threading.Lock()
        self._shown = Work()

    @property
    def shown(self) -> Work:
        return self._shown

    def begin(self, source: Source, who: str, *, at_once: bool) -> None:
        """Returns before it is done.

        Raises:
            UpdateRefused: one is being applied already.
        """
        with self._lock:
            if self._shown.stage:
                raise UpdateRefused("An update is being applied already.", "Wait for it.")
            self._shown = Work("fetching")
        threading.Thread(target=self._apply, args=(source, who, at_once), name="update", daemon=True).start()

    def _apply(self, source: Source, who: str, at_once: bool) -> None:
        why = _STOPPED
        try:
            parts = self._compose()
            with parts.notes.alone(), source(self._say) as file:
                self._shown = Work("checking")
                parts.keep_settings()
                parts.updating.apply(file, who, at_once=at_once, progress=self._written)
            why = ""
        except EarmarkError as error:
            why = str(error)
        finally:
            self._shown = Work(why=why)

    def _say(self, words: str) -> None:
        self._shown = replace(self._shown, said=words)

    def _written(self, percent: int) -> None:
        self._shown = Work("writing", percent=percent)


def sent_update(home: Home) -> Source:
    """What the page's process has put in its folder."""

    @contextmanager
    def source(_: Say) -> Iterator[Path]:
        with handed_over(home.data, home.sent_update) as file:
            yield file

    return source
