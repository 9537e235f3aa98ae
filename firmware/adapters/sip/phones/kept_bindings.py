"""Registrations on disk, so that phones ring as soon as the box is back: they would not come again for minutes.

Only *who is where* is written, and only when that changes, not at each refresh; a thread of its own waits for the disk.
Someone read back may have refreshed since: they count as having done so just now.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from firmware.adapters.settings.atomic_storage import replace_file
from firmware.adapters.sip.phones.bindings import Binding
from firmware.core.errors import EarmarkError
from firmware.native.registrar import Source

_LOG = logging.getLogger(__name__)
_FORMAT = 1


class KeptBindings:
    """The file. ``read`` before ``start``; ``keep`` from any thread, without waiting."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._wake = threading.Condition()
        self._waiting: bytes | None = None
        self._stopping = False
        self._thread: threading.Thread | None = None

    def read(self, now_s: float, lasts_s: float) -> list[Binding]:
        """What was kept, each as if it had registered just now; nothing where the file cannot be read."""
        try:
            document = json.loads(self._path.read_bytes())
            return [_binding(each, now_s + lasts_s) for each in document["bindings"]]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            _LOG.warning("%s cannot be read, so that phones ring only once they register again: %s", self._path, error)
            return []

    def start(self) -> None:
        """Begin to write."""
        self._thread = threading.Thread(target=self._run, name="registrations", daemon=True)
        self._thread.start()

    def keep(self, bindings: Sequence[Binding]) -> None:
        """Have these written soon."""
        kept = [{key: value for key, value in asdict(each).items() if key != "expires_s"} for each in bindings]
        with self._wake:
            self._waiting = json.dumps({"format": _FORMAT, "bindings": kept}, indent=1).encode()
            self._wake.notify()

    def stop(self) -> None:
        """Write what waits, and end."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._waiting is not None or self._stopping)
                content, self._waiting = self._waiting, None
            if content is None:
                return
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                replace_file(self._path, content)
            except (EarmarkError, OSError) as error:
                _LOG.error("after a restart phones will not ring before they register again: %s", error)


def _binding(document: dict[str, Any], expires_s: float) -> Binding:
    return Binding(**{**document, "source": Source(**document["source"]), "expires_s": expires_s})
