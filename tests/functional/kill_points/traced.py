"""Runs a piece of work in a child, stops it before each of its system calls (ptrace(2)), and may kill it there.

A kill between two system calls is the same as one before the second: what the work had in memory only is lost with it,
and what other processes and the disk see of it changes in system calls alone (and in shared memory, which SQLite and
the rings make anew). So killing before every call is killing at every instruction, as far as anybody can tell.
"""

from __future__ import annotations

import ctypes
import os
import signal
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

_TRACEME, _SETOPTIONS, _SYSCALL = 0, 0x4200, 24
_SYSGOOD, _CLONE, _EXITKILL = 0x1, 0x8, 0x100000
_ALL_THREADS = 0x40000000  # __WALL: threads, too
_SYSCALL_STOP = signal.SIGTRAP | 0x80

#: Told the number of the system call, from 1, and the process that is about to make it; True: it is to be killed.
BeforeCall = Callable[[int, int], bool]


def run_traced(work: Callable[[], Any], before_call: BeforeCall) -> tuple[int, bool]:
    """How many system calls were made, the last of them perhaps not, and whether the work was killed.

    Raises:
        RuntimeError: the work failed by itself.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    child = os.fork()
    if child == 0:
        libc.ptrace(_TRACEME, 0, None, None)
        os.kill(os.getpid(), signal.SIGSTOP)
        _end_with(work)
    os.waitpid(child, 0)
    libc.ptrace(_SETOPTIONS, child, None, ctypes.c_void_p(_SYSGOOD | _CLONE | _EXITKILL))
    calls, inside = 0, {child: False}
    task, pass_on = child, 0
    while True:
        libc.ptrace(_SYSCALL, task, None, ctypes.c_void_p(pass_on))
        task, status = os.waitpid(-1, _ALL_THREADS)
        pass_on = 0
        if not os.WIFSTOPPED(status):
            if task == child:
                if os.WIFSIGNALED(status) or os.WEXITSTATUS(status):
                    raise RuntimeError(f"the work failed by itself: status {status}")
                return calls, False
            continue
        if os.WSTOPSIG(status) == _SYSCALL_STOP:
            inside[task] = not inside.get(task, False)
            calls += inside[task]
            if inside[task] and before_call(calls, child):
                _kill(child)
                return calls, True
        elif os.WSTOPSIG(status) not in (signal.SIGTRAP, signal.SIGSTOP):
            pass_on = os.WSTOPSIG(status)


def has_children(process: int) -> bool:
    """Whether programs that it started are still there."""
    return any(path.read_text() for path in Path(f"/proc/{process}/task").glob("*/children"))


def _kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    while True:
        task, status = os.waitpid(-1, _ALL_THREADS)
        if task == child and os.WIFSIGNALED(status):
            return


def _end_with(work: Callable[[], Any]) -> None:
    try:
        work()
    except BaseException:  # noqa: BLE001 - the child's root: it must not go on as a second parent
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
