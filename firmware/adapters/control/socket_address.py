"""Unix socket addresses of any length, and sockets made with the right mode from the first moment.

``sun_path`` holds 107 bytes. A longer path is reached through a descriptor of its folder: ``/proc/self/fd/N/name``.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LONGEST = 107


@contextmanager
def socket_address(path: Path) -> Iterator[str]:
    """Yield an address for ``bind`` or ``connect`` that means ``path``; valid inside the ``with`` only.

    Raises:
        OSError: the folder does not exist or may not be entered.
    """
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def connect(path: Path, timeout_s: float | None, kind: socket.SocketKind = socket.SOCK_STREAM) -> socket.socket:
    """A connected socket.

    Raises:
        OSError: nobody listens there.
    """
    sock = socket.socket(socket.AF_UNIX, kind)
    try:
        sock.settimeout(timeout_s)
        with socket_address(path) as address:
            sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock


def somebody_listens(path: Path, timeout_s: float) -> bool:
    """Whether there is a process behind a socket, even one that is too busy to answer."""
    try:
        connect(path, timeout_s).close()
    except (TimeoutError, BlockingIOError):
        return True  # busy, but there
    except OSError:
        return False
    return True


def bind(sock: socket.socket, path: Path, mode: int) -> None:
    """Bind and leave the socket file with ``mode``; never wider than that, not even for a moment.

    Linux takes a socket file's mode from the socket's own inode, so it can be narrowed before there is a file.
    """
    os.fchmod(sock.fileno(), 0o600)
    with socket_address(path) as address:
        sock.bind(address)
    path.chmod(mode)
