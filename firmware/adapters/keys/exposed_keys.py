"""Looks for private listening keys that lie about in clear. None belongs on the box: office keys are sealed to people,
and the recovery key is on paper.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

_PRIVATE_KEY = re.compile(rb"AGE-SECRET-KEY-1[0-9A-Z]{20}", re.IGNORECASE)
_LARGEST = 1 << 20
_NEVER_TEXT = {".ear", ".key", ".db", ".wav"}


def exposed_listening_keys(folder: Path) -> list[Path]:
    """Files below ``folder`` that this process can read and that hold an age private key in clear.

    Sealed recordings, keyslots, sound and the catalogue are passed over: they are large, many, and hold no such text.
    """
    found = []
    for where, _, names in os.walk(folder):
        for name in names:
            path = Path(where, name)
            if path.suffix not in _NEVER_TEXT and _holds_a_key(path):
                found.append(path)
    return sorted(found)


def _holds_a_key(path: Path) -> bool:
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _LARGEST:
            return False
        return _PRIVATE_KEY.search(path.read_bytes()) is not None
    except OSError:  # not readable for us: then it is not exposed to us
        return False
