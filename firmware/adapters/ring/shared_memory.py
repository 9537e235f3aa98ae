"""Memory files that two processes share, and 64-bit numbers in them."""

from __future__ import annotations

import ctypes
import fcntl
import logging
import mmap
import os
import threading
from functools import cache

from firmware.core.errors import AudioPathError

log = logging.getLogger(__name__)

#: Linux 5.1; Python's fcntl module does not name it before 3.13. See fcntl(2).
F_SEAL_FUTURE_WRITE = 0x0010
#: No other user may open it anew through /proc; a descriptor handed over is what gives access.
_OWNER_READS = 0o400
_OWNER_WRITES = 0o600
_NUMBER_BYTES = 8


def create_memory_file(name: str, size: int, *, writable_by_owner: bool = False) -> int:
    """A new memory file of ``size`` zero bytes; returns its descriptor, which children do not inherit.

    Raises:
        AudioPathError: the kernel gives no memory or no descriptor.
    """
    try:
        fd = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    except OSError as error:
        raise AudioPathError(f"No shared memory for a recording ({error.strerror}).") from error
    try:
        os.ftruncate(fd, size)
        os.posix_fallocate(fd, 0, size)
        os.fchmod(fd, _OWNER_WRITES if writable_by_owner else _OWNER_READS)
    except OSError as error:
        os.close(fd)
        raise AudioPathError(f"No shared memory for a recording ({error.strerror}).") from error
    return fd


def seal_size(fd: int, *, only_present_mappings_write: bool) -> None:
    """Fix the size of a memory file for good and, if asked, allow no new writable mapping nor ``write``."""
    seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
    if only_present_mappings_write:
        seals |= F_SEAL_FUTURE_WRITE
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)


def has_fixed_size(fd: int) -> bool:
    """May a mapping of this file be trusted not to lose pages under its reader?"""
    try:
        seals = fcntl.fcntl(fd, fcntl.F_GET_SEALS)
    except OSError:
        return False
    return bool(seals & fcntl.F_SEAL_SHRINK)


def map_shared(fd: int, size: int, *, write: bool) -> mmap.mmap:
    """Map a memory file, kept out of core dumps and children.

    Raises:
        AudioPathError: it is shorter than ``size``, or sealed against it.
    """
    protection = mmap.PROT_READ | (mmap.PROT_WRITE if write else 0)
    try:
        memory = mmap.mmap(fd, size, flags=mmap.MAP_SHARED, prot=protection)
    except (OSError, ValueError) as error:
        raise AudioPathError(f"A recording's shared memory cannot be mapped ({error}).") from error
    memory.madvise(mmap.MADV_DONTDUMP)
    memory.madvise(mmap.MADV_DONTFORK)
    return memory


class MemoryLock:
    """Keeps rings in memory, never in swap; says once, not per call, when the system allows no more of it."""

    def __init__(self) -> None:
        self._warned = False

    def lock(self, address: int, size: int) -> bool:
        """Lock that range until it is unmapped; False when the limit (RLIMIT_MEMLOCK) forbids it."""
        if _libc().mlock(ctypes.c_void_p(address), ctypes.c_size_t(size)) == 0:
            return True
        if not self._warned:
            self._warned = True
            log.warning(
                "the audio of calls cannot be locked in memory (%s); raise LimitMEMLOCK, or turn swap off",
                os.strerror(ctypes.get_errno()),
            )
        return False


class SharedNumbers:
    """Aligned unsigned 64-bit numbers at byte offsets of a shared mapping, each read and written whole.

    A processor may reorder what another process sees; ``publish`` and ``observe`` put a barrier where order matters.
    ValueError after ``close``, which must come before the mapping's own.
    """

    def __init__(self, memory: mmap.mmap) -> None:
        self._view = memoryview(memory).cast("Q")
        self._barrier = threading.Lock()

    def read(self, offset: int) -> int:
        return self._view[offset // _NUMBER_BYTES]

    def write(self, offset: int, value: int) -> None:
        self._view[offset // _NUMBER_BYTES] = value

    def close(self) -> None:
        self._view.release()

    def observe(self, offset: int) -> int:
        """Read a number; whatever is read afterwards is at least as new."""
        value = self.read(offset)
        self.fence()
        return value

    def publish(self, offset: int, value: int) -> None:
        """Write a number that is seen only after everything written before."""
        self.fence()
        self.write(offset, value)

    def fence(self) -> None:
        """Order all that is before with all that is after. Two turns of a lock: a release followed by an acquire."""
        with self._barrier:
            pass
        with self._barrier:
            pass


class _PyBuffer(ctypes.Structure):
    """CPython's ``Py_buffer`` (PEP 3118), of which only the address is of interest here."""

    buf: int
    _fields_ = (
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.py_object),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p),
        ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("suboffsets", ctypes.c_void_p),
        ("internal", ctypes.c_void_p),
    )


def address_of(memory: mmap.mmap) -> int:
    """Where a mapping lies, valid until it is closed. For read-only ones too, which ctypes' ``from_buffer`` refuses."""
    view = _PyBuffer()
    ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(memory), ctypes.byref(view), 0)
    address = view.buf
    ctypes.pythonapi.PyBuffer_Release(ctypes.byref(view))
    return address


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
