"""The certificate that a process took up when it started, and whether another lies in its place by now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from firmware.adapters.keys.issued_certificates import read_certificate
from firmware.core.errors import CertificateError


@dataclass(frozen=True)
class CertificateInUse:
    """Where it came from, when that file was made, and when it ends."""

    path: Path
    made_ns: int
    ends: datetime

    @classmethod
    def taken_up(cls, path: Path) -> CertificateInUse | None:
        """None where there is no such file: the process does without."""
        try:
            return cls(path, path.stat().st_mtime_ns, read_certificate(path).not_valid_after_utc)
        except (OSError, CertificateError):
            return None

    def replaced(self) -> bool:
        """Whether there is another now. A file that is gone for a moment is none."""
        try:
            return self.path.stat().st_mtime_ns != self.made_ns
        except OSError:
            return False

    def left_s(self) -> float:
        return (self.ends - datetime.now(UTC)).total_seconds()
