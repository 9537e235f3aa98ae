"""Whether a file system can be written: one that turned itself read-only after an error does not say so (statvfs(3),
access(2)); only trying tells."""

from __future__ import annotations

import errno
import os
from pathlib import Path

_CANNOT = frozenset({errno.EROFS, errno.EIO, errno.ENOSPC, errno.EDQUOT})


def why_not_writable(folder: Path) -> str:
    """In the system's words; empty when it can be, or when we may not try. What is made has no name, and is gone."""
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except OSError as error:
        return os.strerror(error.errno) if error.errno in _CANNOT else ""
    return ""
