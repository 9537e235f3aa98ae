"""Keep a process's memory to itself: no core dump, no ptrace by its own user, no swap, nothing left in what it frees
(prctl(2), mlockall(2), mallopt(3)).
"""

from __future__ import annotations

import ctypes
import logging
import os
import resource
import sys

_LOG = logging.getLogger(__name__)
_PR_SET_DUMPABLE = 4
_MCL_CURRENT, _MCL_FUTURE = 1, 2
_MCL_ONFAULT = 4  # lock what is used, do not fill memory with what is not
_M_PERTURB, _M_ARENA_MAX = -6, -8
_FILL = 0xA5
_ENOUGH_TO_LOCK = 400 << 20
_TUNABLES = (f"glibc.malloc.perturb={_FILL}", "glibc.malloc.tcache_count=0")
#: With these a program forgets what it frees from its start; a unit that sets them saves starting twice.
FORGETTING = {"PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": ":".join(_TUNABLES)}


def keep_memory_private(*, overwrite_freed: bool = False) -> None:
    """Call first thing in a process that will hold keys, before it starts a thread.

    Args:
        overwrite_freed: fill every block of memory as it is freed (glibc), for processes that hold people's keys.

    Raises:
        OSError: the kernel refused to make the process undumpable.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the process cannot be made undumpable")
    if hasattr(libc, "mallopt"):  # glibc
        libc.mallopt(_M_ARENA_MAX, 2)  # each further arena would have 64 MB of address space locked
        if overwrite_freed:
            libc.mallopt(_M_PERTURB, _FILL)
    if not _may_lock_everything() or libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) != 0:
        _LOG.warning("keys in memory may be swapped out: this user may not lock memory (swap should be off)")


def forget_what_is_freed() -> None:
    """Start the process's program once more, under the same id, so that all memory Python lets go of is overwritten.

    For a process through which secrets pass as texts that libraries copy and nobody can wipe. Python's own allocator,
    and glibc's caches of small blocks, keep the words of freed objects until somebody needs the room: both can be
    turned off at a program's start only. Call first thing; it returns at once in the program started anew, and where
    the C library is not glibc changes nothing but the allocator.

    Raises:
        OSError: the program cannot be started again.
    """
    tunables = [each for each in os.environ.get("GLIBC_TUNABLES", "").split(":") if each]
    if os.environ.get("PYTHONMALLOC") == "malloc" and {*_TUNABLES} <= {*tunables}:
        return
    environment = {**os.environ, "PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": ":".join([*tunables, *_TUNABLES])}
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)


def _may_lock_everything() -> bool:
    """A small allowance would let mlockall succeed and a later allocation fail: then better no lock."""
    _, hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    if hard == resource.RLIM_INFINITY or hard >= _ENOUGH_TO_LOCK:
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (hard, hard))
        return True
    return os.geteuid() == 0
