"""This machine's own programs in a build root of another processor, so that building takes no longer than for its own.

Imitated by qemu-user, each takes fifteen times as long. But one that was made for this machine runs in that root as
well, once its loader and libraries lie where it looks for them. So shells, compilers and Python are replaced by this
machine's, and told to make what is the other processor's. What was made is tried out by the root's own Python.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from earmark_image.debian import debian_root, own_architecture
from earmark_image.recipe import BUILD_PACKAGES, Target
from earmark_image.running import unpack

#: GNU's name for a processor, what the kernel calls it, and where it finds its programs' loader (each processor's ABI).
_PROCESSORS = {
    "amd64": ("x86_64-linux-gnu", "x86_64", "lib64/ld-linux-x86-64.so.2"),
    "arm64": ("aarch64-linux-gnu", "aarch64", "lib/ld-linux-aarch64.so.1"),
}
_PLACE = Path("native")
# It is asked which processor this is.
_STAY = {"uname", "arch"}
_IMITATED = Path("usr/local/bin/python-imitated")
#: Python for scripts/build-pjsua2.
PYTHON: Final = Path("usr/local/bin/python-that-tries")
_PYTHON = """#!/bin/sh
case $1 in *smoke_test.py) exec /{imitated} "$@" ;; esac
exec {python} "$@"
"""


def is_foreign(target: Target) -> bool:
    return target.architecture != own_architecture()


def lay_tools(target: Target, root: Path, python: Path) -> dict[str, str]:
    """Replace what is in a foreign build root; it is good for nothing else then. Gives variables for what runs in it.

    Args:
        python: the virtual environment's, which will be there.
    """
    (ours, _, loader), (theirs, machine, _) = _PROCESSORS[own_architecture()], _PROCESSORS[target.architecture]
    packages = [*BUILD_PACKAGES, f"g++-{theirs}"]
    unpack(debian_root(f"tools-for-{target.architecture}", own_architecture(), packages), root / _PLACE)
    for place in (f"usr/lib/{ours}", f"usr/{theirs}", "usr/lib/gcc-cross", "usr/libexec/gcc-cross", "usr/lib/apt"):
        _link(root / place, Path("/") / _PLACE / place)
    _link(root / loader, Path("/") / _PLACE / "usr/lib" / ours / Path(loader).name)
    (interpreter,) = (path for path in (root / "usr/bin").glob("python3.*") if path.name[8:].isdigit())
    shutil.copy(interpreter, root / _IMITATED)
    _replace_programs(root)
    for module in (root / _PLACE / "usr/lib" / interpreter.name / "lib-dynload").iterdir():
        shutil.copy(module, root / "usr/lib" / interpreter.name / "lib-dynload")
    (root / PYTHON).write_text(_PYTHON.format(imitated=_IMITATED, python=python))
    (root / PYTHON).chmod(0o755)
    # CPython's own variables for building for another machine.
    return {
        "_PYTHON_HOST_PLATFORM": f"linux-{machine}",
        "_PYTHON_SYSCONFIGDATA_NAME": f"_sysconfigdata__{theirs}",
    }


def _replace_programs(root: Path) -> None:
    """Names that lead to a program, ``cc`` for one, lead to what it is replaced by."""
    for path in (root / "usr/bin").iterdir():
        ours = root / _PLACE / "usr/bin" / path.name
        if path.name in _STAY or not all(each.is_file() and not each.is_symlink() for each in (path, ours)):
            continue
        path.unlink()
        # No link by name: Python and the compiler look around where they are.
        os.link(ours, path)


def _link(path: Path, to: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.symlink_to(to)
