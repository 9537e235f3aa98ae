"""The users that the box has, for tests as root: made by systemd-sysusers for a mount namespace, and nowhere else.

It has its own /etc/passwd and /etc/group, the office's data folder at a place that those users can reach, and Python
and the clone where they are, even below a folder that is closed to others.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from firmware.core.rights import GROUPS

CLONE = Path(__file__).parents[3]
#: Where the data folder is seen inside.
INSIDE = Path("/mnt/earmark")


@dataclass(frozen=True)
class BoxUsers:
    """``namespace`` is the file to enter; ids by name."""

    namespace: Path
    user_ids: dict[str, int]
    group_ids: dict[str, int]

    def as_root(self, *command: str) -> list[str]:
        """A command line that runs there."""
        return ["nsenter", f"--mount={self.namespace}", "--", *command]

    def as_process(self, process: str, *command: str, umask: str = "0027") -> list[str]:
        """A command line that runs there as a process's user, without any right of root's, as its unit has it. Only to
        lock memory: the units say how much of it, and not every root may raise that limit."""
        user = f"earmark-{process}"
        groups = [name for name, members in GROUPS.items() if process in members]
        numbers = ",".join(str(self.group_ids[name]) for name in (user, *groups))
        return self.as_root(
            *("setpriv", f"--reuid={self.user_ids[user]}", f"--regid={self.group_ids[user]}", f"--groups={numbers}"),
            *("--no-new-privs", "--inh-caps=-all,+ipc_lock", "--ambient-caps=-all,+ipc_lock"),
            *("--bounding-set=-all,+ipc_lock", "sh", "-c", f'umask {umask} && exec "$@"', "sh", *command),
        )


@contextmanager
def box_users(work: Path, home: Path) -> Iterator[BoxUsers]:
    """Users for the data folder ``home``; ``work`` is an empty folder. The namespace ends with the ``with``."""
    etc = work / "etc"
    etc.mkdir(parents=True)
    for name in ("passwd", "group"):
        shutil.copy(f"/etc/{name}", etc / name)
    sysusers = ["systemd-sysusers", f"--root={work}", str(CLONE / "systemd/earmark.sysusers")]
    subprocess.run(sysusers, check=True, capture_output=True)
    command = ["unshare", "--mount", "--propagation", "private", sys.executable, "-m", __name__, str(etc), str(home)]
    with subprocess.Popen(command, cwd=CLONE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        try:
            assert holder.stdout.readline() == "ready\n"
            users, groups = (_ids(etc / name) for name in ("passwd", "group"))
            yield BoxUsers(Path(f"/proc/{holder.pid}/ns/mnt"), users, groups)
        finally:
            holder.stdin.close()


def _ids(file: Path) -> dict[str, int]:
    rows = (line.split(":") for line in file.read_text().splitlines())
    return {row[0]: int(row[2]) for row in rows}


# --- inside the namespace


def _mount(source: str, target: Path, kind: str = "", options: str = "") -> None:
    bind = 0 if kind else 0x1000 | 0x4000  # MS_BIND, MS_REC: mount(2)
    library = ctypes.CDLL(None, use_errno=True)
    if library.mount(source.encode(), os.fsencode(target), kind.encode(), bind, options.encode()) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(target))


def _let_others_reach(folders: Sequence[Path]) -> None:
    """Of the closed folders above them only the way there is left."""
    opened = [(folder, os.open(folder, os.O_PATH | os.O_DIRECTORY)) for folder in folders]
    for folder, descriptor in opened:
        closed = [above for above in reversed(folder.parents) if not above.stat().st_mode & 0o001]
        if closed:
            _mount("tmpfs", closed[0], "tmpfs", "mode=755")
            folder.mkdir(parents=True, exist_ok=True)
            _mount(f"/proc/self/fd/{descriptor}", folder)


def _enter(etc: Path, home: Path) -> None:
    pwd.getpwuid(0)  # loads what looks users up, while it can be reached
    for name in ("passwd", "group"):
        _mount(str(etc / name), Path("/etc", name))
    data_folder = os.open(home, os.O_PATH | os.O_DIRECTORY)
    _mount("tmpfs", INSIDE.parent, "tmpfs", "mode=755")
    INSIDE.mkdir()
    _mount(f"/proc/self/fd/{data_folder}", INSIDE)
    _let_others_reach([Path(sys.base_prefix), CLONE])


if __name__ == "__main__":
    _enter(Path(sys.argv[1]), Path(sys.argv[2]))
    print("ready", flush=True)
    sys.stdin.read()
