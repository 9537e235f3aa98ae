"""Runs a piece of work, kills it before the system call that is asked for, and has it started again and checked.

``python -m tests.functional.kill_points.stepper MODULE FOLDER`` prepares the work once and then answers with JSON, a
line for a line:

================  ==================================================================================================
``kill N``        run it in a fresh copy, kill it before its Nth system call (0: never), start it again to its end,
                  check: how many ``calls`` were made, and what is ``wrong`` after
``walk``          run it once to its end and keep the folder as it was before each call: how many ``calls``;
                  ``moments``, the calls before which it was another than before the last; ``in_company``, the calls
                  that were made while a program ran that the work had started
``from N``        begin with the folder as it was at that moment of the walk, as after a kill there: what is ``wrong``
                  after
================  ==================================================================================================

Of a process that is killed, its files are all that is left. So two kills with the same files left are the same kill,
and one from each moment is all there are, unless others were at work meanwhile: programs that it started, which a kill
takes down a moment later, or what its module has ``beside`` it.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Protocol

from tests.functional.kill_points.folder_moments import FolderMoments, Moment
from tests.functional.kill_points.traced import has_children, run_traced


class Work(Protocol):
    """What a module of work has: as functions. It may have ``beside(home)`` as well, a context manager of what lives on
    in another process while the work is killed; that is handed to ``run`` and ``check``, and otherwise None."""

    def prepare(self, home: Path) -> None:
        """Make what the work begins with, once."""

    def run(self, home: Path, given: Any) -> None:
        """The work. It is killed in here, and called again then."""

    def check(self, home: Path, given: Any) -> list[str]:
        """What is wrong after it was killed and done again."""


class Stepper:
    def __init__(self, work: Work, folder: Path) -> None:
        self._work = work
        self._folder = folder
        self._prepared = folder / "prepared"
        self._walked = folder / "walked" / "home"
        (folder / "contents").mkdir()
        self._contents = FolderMoments(folder / "contents")
        self._moments: dict[int, Moment] = {}
        if wrong := _in_a_child(lambda: work.prepare(self._prepared)):
            raise RuntimeError("\n".join(wrong))

    def kill(self, before: int) -> dict[str, Any]:
        home = Path(tempfile.mkdtemp(dir=self._folder)) / "home"
        shutil.copytree(self._prepared, home, symlinks=True)
        with self._beside(home) as given:
            calls, killed = run_traced(lambda: self._work.run(home, given), lambda call, _: call == before)
            wrong = self._wrong_after(home, given)
        shutil.rmtree(home.parent)
        return {"calls": calls, "killed": killed, "wrong": wrong}

    def walk(self) -> dict[str, Any]:
        """Every kill of it begins in the same place, for what it leaves may name that."""
        in_company: list[int] = []
        last: Moment | None = None

        def look(call: int, process: int) -> bool:
            nonlocal last
            if has_children(process):
                in_company.append(call)
                return False
            now = self._contents.look(self._walked)
            if now != last:
                last = self._moments[call] = now
            return False

        shutil.copytree(self._prepared, self._walked, symlinks=True)
        calls, _ = run_traced(lambda: self._work.run(self._walked, None), look)
        return {"calls": calls, "moments": list(self._moments), "in_company": in_company}

    def begin_from(self, call: int) -> dict[str, Any]:
        self._contents.lay(self._moments[call], self._walked)
        return {"wrong": self._wrong_after(self._walked, None)}

    def _wrong_after(self, home: Path, given: Any) -> list[str]:
        return _in_a_child(lambda: self._work.run(home, given)) or _in_a_child(lambda: self._work.check(home, given))

    def _beside(self, home: Path) -> AbstractContextManager[Any]:
        beside: Callable[[Path], AbstractContextManager[Any]] = getattr(self._work, "beside", lambda _: nullcontext())
        return beside(home)


def _in_a_child(work: Callable[[], object]) -> list[str]:
    """Do something as a process of its own would; what it finds wrong, its own failure included."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            done = work()
            found = done if isinstance(done, list) else []
        except BaseException:  # noqa: BLE001 - the child's root: it must not go on as a second parent
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
        match line.split():
            case ["kill", call]:
                answer = stepper.kill(int(call))
            case ["walk"]:
                answer = stepper.walk()
            case ["from", call]:
                answer = stepper.begin_from(int(call))
            case _:
                raise ValueError(line)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
