"""``UpdateNotes``: one file on the state partition, which both slots' systems read and write.

It names no secret, and the recorder reads it: a system on trial leaves the data disk alone.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from firmware.adapters.store.durable_files import replace_file, storage_errors
from firmware.core.errors import UpdateRefused
from firmware.core.home import Home
from firmware.core.system_update import Phase, SlotFacts, SlotName, SystemUpdate

_READABLE = 0o644
#: systemd looks at a file for these (``earmark-update-*.timer``): it cannot read ours.
_OPEN = (Phase.WRITING, Phase.WAITING, Phase.TRIAL)


class UpdateNotesFile:
    def __init__(self, home: Home) -> None:
        self._path = home.update_notes
        self._flag = self._path.with_name("unconfirmed")

    def update(self) -> SystemUpdate | None:
        found = self._read().get("update")
        if not found:
            return None
        lists = {name: tuple(value) for name, value in found.items() if isinstance(value, list)}
        return SystemUpdate(**{**found, **lists, "phase": Phase(found["phase"])})

    def keep(self, update: SystemUpdate) -> None:
        self._write({"update": asdict(update)})
        with storage_errors("written", self._flag):
            if update.phase in _OPEN:
                self._flag.touch()
            else:
                self._flag.unlink(missing_ok=True)

    def facts(self, slot: SlotName) -> SlotFacts | None:
        found = self._read().get("slots", {}).get(slot)
        return SlotFacts(**found) if found else None

    def keep_facts(self, slot: SlotName, facts: SlotFacts | None) -> None:
        self._write({"slots": {**self._read().get("slots", {}), slot: asdict(facts) if facts else None}})

    def untold(self) -> list[tuple[str, Mapping[str, Any]]]:
        return [(str(kind), detail) for kind, detail in self._read().get("untold", [])]

    def keep_untold(self, entries: list[tuple[str, Mapping[str, Any]]]) -> None:
        self._write({"untold": [[kind, dict(detail)] for kind, detail in entries]})

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else changes anything meanwhile. Raises UpdateRefused: somebody does now."""
        with storage_errors("made", self._path.parent):
            self._path.parent.mkdir(exist_ok=True)
            file = os.open(self._path.with_name("lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise UpdateRefused("An update is being applied already.", "Wait for it: earmark update status.") from None
        finally:
            os.close(file)

    def _read(self) -> dict[str, Any]:
        with storage_errors("read", self._path):
            if not self._path.exists():
                return {}
            content = self._path.read_bytes()
        try:
            found = json.loads(content)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, changed: Mapping[str, Any]) -> None:
        replace_file(self._path, json.dumps({**self._read(), **changed}, indent=1).encode(), _READABLE)
