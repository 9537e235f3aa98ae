"""Overwrite secrets that Python will not: ``bytes`` and ``str`` are immutable, so their memory is zeroed directly.

Only for objects that nobody else holds: freshly decrypted or decoded ones. Constants, interned and single-character
strings are shared by the interpreter and must never come here.
"""

from __future__ import annotations

import ctypes
import sys

_SHORTEST = 16


def wipe(*secrets: bytes | bytearray | str) -> None:
    """Zero the memory of each secret. Short ones are left alone (CPython may share them).

    CPython keeps the bytes of ``bytes`` and of ASCII ``str`` at the end of the object, followed by one zero byte.
    """
    for secret in secrets:
        if len(secret) < _SHORTEST:
            continue
        if isinstance(secret, bytearray):
            secret[:] = bytes(len(secret))
        elif isinstance(secret, bytes) or secret.isascii():
            start = id(secret) + sys.getsizeof(secret) - len(secret) - 1
            ctypes.memset(start, 0, len(secret))
