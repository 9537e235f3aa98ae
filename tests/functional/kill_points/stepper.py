"""Runs a piece of work in a child, counts its system calls (ptrace(2)), and kills it before the one that is asked for.

A kill between two system calls is the same as one before the second: what the work had in memory only is lost with it,
and what other processes and the disk see of it changes in system calls alone (and in shared memory, which SQLite and
the rings make anew). So killing before every call is killing at every instruction, as far as anybody can tell.

``python -m tests.functional.kill_points.stepper MODULE FOLDER`` prepares the work once and then answers, a line each:
a number N runs it in a fresh copy and kills it before its Nth system call (0: never), then starts it again to its end
and has it checked. The answer is JSON: how many calls were made, before which it was killed, and what was wrong after.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

_TRACEME, _SETOPTIONS, _SYSCALL = 0, 0x4200, 24
_SYSGOOD, _CLONE, _EXITKILL = 0x1, 0x8, 0x100000
_ALL_THREADS = 0x40000000  # __WALL: threads, too
_SYSCALL_STOP = signal.SIGTRAP | 0x80


class Work(Protocol):
    """What a module of work has: as functions."""

    def prepare(self, home: Path) -> None:
        """Make what the work begins with, once."""

    def beside(self, home: Path) -> AbstractContextManager[Any]:
        """What lives on in another process while the work is killed, in a copy of that; handed to the other two."""

    def run(self, home: Path, given: Any) -> None:
        """The work. It is killed in here, and called again then."""

    def check(self, home: Path, given: Any) -> list[str]:
        """What is wrong after it was killed and done again."""


class Stepper:
    def __init__(self, work: Work, folder: Path) -> None:
        self._work = work
        self._folder = folder
        self._prepared = folder / "prepared"
        if wrong := _in_a_child(lambda: work.prepare(self._prepared)):
            raise RuntimeError("\n".join(wrong))
        self._libc = ctypes.CDLL(None, use_errno=True)

    def step(self, kill_before: int) -> dict[str, Any]:
        """One run, killed before that system call (0: never), then one to the end, then the check."""
        home = Path(tempfile.mkdtemp(dir=self._folder)) / "home"
        shutil.copytree(self._prepared, home)
        with self._work.beside(home) as given:
            calls, killed = self._traced(lambda: self._work.run(home, given), kill_before)
            wrong = _in_a_child(lambda: self._work.run(home, given))
            wrong = wrong or _in_a_child(lambda: self._work.check(home, given))
        shutil.rmtree(home.parent)
        return {"calls": calls, "killed": killed, "wrong": wrong}

    def _traced(self, work: Callable[[], None], kill_before: int) -> tuple[int, bool]:
        child = os.fork()
        if child == 0:
            self._libc.ptrace(_TRACEME, 0, None, None)
            os.kill(os.getpid(), signal.SIGSTOP)
            _end_with(work)
        os.waitpid(child, 0)
        self._libc.ptrace(_SETOPTIONS, child, None, ctypes.c_void_p(_SYSGOOD | _CLONE | _EXITKILL))
        calls, inside = 0, {child: False}
        task, pass_on = child, 0
        while True:
            self._libc.ptrace(_SYSCALL, task, None, ctypes.c_void_p(pass_on))
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
                if inside[task] and calls == kill_before:
                    return calls, self._kill(child)
            elif os.WSTOPSIG(status) not in (signal.SIGTRAP, signal.SIGSTOP):
                pass_on = os.WSTOPSIG(status)

    @staticmethod
    def _kill(child: int) -> bool:
        os.kill(child, signal.SIGKILL)
        while True:
            task, status = os.waitpid(-1, _ALL_THREADS)
            if task == child and os.WIFSIGNALED(status):
                return True


def _end_with(work: Callable[[], Any]) -> None:
    try:
        work()
    except BaseException:  # noqa: BLE001 - the child's root: it must not go on as a second parent
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _in_a_child(work: Callable[[], object]) -> list[str]:
    """Do something as a process of its own would; what it finds wrong, its own failure included."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            done = work()
            found = done if isinstance(done, list) else []
        except BaseException:  # noqa: BLE001 - likewise
            found = [traceback.format_exc()]
        with os.fdopen(writer, "w") as answer:
            json.dump(found, answer)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    found = json.loads(text) if text else ["it ended without a word"]
    return [str(each) for each in found]


def main() -> None:
    work: Any = importlib.import_module(sys.argv[1])
    stepper = Stepper(work, Path(sys.argv[2]))
    for line in sys.stdin:
        print(json.dumps(stepper.step(int(line))), flush=True)


if __name__ == "__main__":
    main()
