"""The two public keys that recordings are sealed to, as files that are replaced whole.

``keys/office.pub`` holds one line: the public key, a space, and the key's epoch; without the latter it is epoch 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from firmware.adapters.sealing.keyslot import parse_recipient
from firmware.adapters.settings.missing_state import missing
from firmware.adapters.store.durable_files import replace_file
from firmware.core.errors import SettingsError, StorageError
from firmware.core.home import Home


@dataclass(frozen=True)
class PublicKeys:
    """``office`` and ``recovery`` as age writes public keys; ``epoch``: which office key it is, from 1."""

    office: str
    recovery: str
    epoch: int = 1


class PublicKeyFiles:
    """Those of one data folder."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def read(self) -> PublicKeys:
        """
        Raises:
            NotSetUp: they are not there.
            SettingsError: they are no public keys.
        """
        office, _, epoch = _line(self._home.office_public_key).partition(" ")
        recovery = _line(self._home.recovery_public_key)
        parse_recipient(office, "office")
        parse_recipient(recovery, "recovery")
        if epoch and not (epoch.isdigit() and int(epoch)):
            raise SettingsError(
                f"{self._home.office_public_key} names no epoch after the key.",
                "Restore it from a backup of the state folder.",
            )
        return PublicKeys(office, recovery, int(epoch or 1))

    def replace_office(self, public_key: str, epoch: int) -> None:
        """At once: whoever reads it meets the old or the new one. Raises StorageError."""
        self._replace(self._home.office_public_key, f"{public_key} {epoch}\n")

    def replace_recovery(self, public_key: str) -> None:
        """Likewise."""
        self._replace(self._home.recovery_public_key, f"{public_key}\n")

    def changed(self) -> tuple[int, ...]:
        """Something that is another when one of the files was replaced. Raises StorageError."""
        try:
            stats = [path.stat() for path in (self._home.office_public_key, self._home.recovery_public_key)]
        except OSError as error:
            raise StorageError(
                f"The public keys in {self._home.keys} cannot be read: {error.strerror}.", "Check the state folder."
            ) from error
        return tuple(number for stat in stats for number in (stat.st_ino, stat.st_mtime_ns))

    @staticmethod
    def _replace(path: Path, text: str) -> None:
        replace_file(path, text.encode("ascii"), 0o644)


def _line(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError) as error:
        raise missing(path, f"There is no public key to seal recordings to at {path}.") from error
