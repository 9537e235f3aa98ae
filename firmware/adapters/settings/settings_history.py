"""What the settings were before each change, in a file of the opener's with the newest ones; and what they are known
to be, in another.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson

from firmware.adapters.settings.atomic_storage import replace_file
from firmware.core.errors import StorageError
from firmware.ports.settings_changes import EarlierSettings, KnownSettings

_MOST = 50
#: Of what is kept without passwords.
_STARRED = "starred"


class SettingsHistoryFile:
    """``SettingsHistory``. One writer; the file is replaced whole. What an older version kept, with passwords, is left
    out, and goes with ``forget_passwords``.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = path.with_name("settings-known.json")

    def earlier(self) -> Sequence[EarlierSettings]:
        try:
            starred = (each for each in self._read() if each.pop(_STARRED, False))
            return tuple(EarlierSettings(**{**each, **_tuples(each)}) for each in starred)
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise StorageError(
                f"{self._path} cannot be read: {error}.",
                "Remove it, if nobody needs to go back to earlier settings; those in effect are another file.",
            ) from error

    def forget_passwords(self) -> None:
        """Overwrite what an older version kept with them. Raises StorageError."""
        earlier = self.earlier()
        if self._path.exists() and len(earlier) != len(self._read()):
            self._keep(earlier)
        if self.known() is None:
            with suppress(OSError):
                self._known.unlink()

    def add(self, at_ms: int, who: str, judged: Mapping[str, Any]) -> str:
        new = EarlierSettings(
            id=secrets.token_hex(8),
            at_ms=at_ms,
            who=who,
            sections=tuple(judged["sections"]),
            changes=tuple(judged["changes"]),
            document=judged["before"],
        )
        self._keep([new, *self.earlier()][:_MOST])
        return new.id

    def take_back(self, change_id: str) -> None:
        self._keep([each for each in self.earlier() if each.id != change_id])

    def known(self) -> KnownSettings | None:
        """None also where it cannot be read: then what was changed meanwhile is not told."""
        try:
            return KnownSettings(**orjson.loads(self._known.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def know(self, settings: KnownSettings) -> None:
        replace_file(self._known, orjson.dumps(asdict(settings)))

    def _read(self) -> list[dict[str, Any]]:
        kept: list[dict[str, Any]] = orjson.loads(self._path.read_bytes())
        return kept

    def _keep(self, changes: Sequence[EarlierSettings]) -> None:
        replace_file(self._path, orjson.dumps([{**asdict(each), _STARRED: True} for each in changes]))


def _tuples(kept: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {"sections": tuple(kept["sections"]), "changes": tuple(kept["changes"])}
