"""Compile the C of the product against the very copy of pjproject that pjsua2 has loaded.

``python -m firmware.native.build`` does it ahead of time; otherwise the first use does. The library carries the digest
of what it was made from in its name, so a changed source or another pjsua2 never meets a stale one.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from firmware.core.errors import MissingComponent

SOURCE_FOLDER = Path(__file__).resolve().parent
SOURCES = (
    "ring_writer.c",
    "ring_timeline.c",
    "ring_silence.c",
    "touch_tone.c",
    "key_queue.c",
    "ear.c",
    "recorder_port.c",
    "peer_gate.c",
    "return_path.c",
    "dialog_requests.c",
)
HEADERS = (
    "ring_writer.h",
    "ring_timeline.h",
    "ring_silence.h",
    "touch_tone.h",
    "key_queue.h",
    "ear.h",
    "recorder_port.h",
    "peer_gate.h",
    "dialog_requests.h",
)
LIBRARIES = ("libpjsua.so.2", "libpjsip-ua.so.2", "libpjsip.so.2", "libpjmedia.so.2", "libpj.so.2")
FLAGS = ("-std=gnu11", "-O2", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror", "-fvisibility=default", "-Wl,-z,defs")


class NativeBuildError(MissingComponent):
    """The C recorder port cannot be compiled here."""

    exit_code = 61


def library_path(folder: Path = SOURCE_FOLDER) -> Path:
    """Where the library made from the present sources lies in ``folder``, whether or not it is there yet."""
    digest = hashlib.sha256()
    for name in (*SOURCES, *HEADERS):
        digest.update((SOURCE_FOLDER / name).read_bytes())
    digest.update(_pjproject_key().encode())
    return folder / f"_recorder_port.{sys.implementation.cache_tag}.{digest.hexdigest()[:16]}.so"


def ensure_built(folder: Path = SOURCE_FOLDER) -> Path:
    """The library, compiled first when it is not there. Takes about a second then.

    Raises:
        NativeBuildError: pjsua2, a compiler or the right to write is missing, or the compiler refused.
    """
    library = library_path(folder)
    if not library.exists():
        _compile(library)
        _remove_older(library)
    return library


def _pjproject_key() -> str:
    try:
        from pjsua2_native import BUILD_KEY
    except ImportError as error:
        raise NativeBuildError(
            "Earmark's own build of pjsua2 is not installed.", "Run scripts/build-pjsua2 --install."
        ) from error
    return str(BUILD_KEY)


def _compile(library: Path) -> None:
    from pjsua2_native import compile_flags, include_dir, library_dir

    compiler = shlex.split(os.environ.get("CC", "cc"))
    if not shutil.which(compiler[0]):
        raise NativeBuildError(f"There is no C compiler '{compiler[0]}' to build the recorder port.", "Install gcc.")
    try:
        with tempfile.TemporaryDirectory(dir=library.parent, prefix=".build-") as folder:
            made = Path(folder) / library.name
            command = [
                *compiler,
                *FLAGS,
                *compile_flags(),
                f"-isystem{include_dir()}",
                *(str(SOURCE_FOLDER / source) for source in SOURCES),
                f"-L{library_dir()}",
                f"-Wl,-rpath-link,{library_dir()}",
                *(f"-l:{name}" for name in LIBRARIES),
                "-lm",
                f"-Wl,-rpath,{library_dir()}",
                "-o",
                str(made),
            ]
            outcome = subprocess.run(command, capture_output=True, text=True, check=False)
            if outcome.returncode:
                raise NativeBuildError(f"The C compiler refused the recorder port:\n{outcome.stderr.strip()}")
            made.replace(library)
    except OSError as error:
        raise NativeBuildError(
            f"The recorder port cannot be built in {library.parent} ({error.strerror}).",
            "Run python -m firmware.native.build as a user who may write there.",
        ) from error


def _remove_older(library: Path) -> None:
    for other in library.parent.glob(f"_recorder_port.{sys.implementation.cache_tag}.*.so"):
        if other != library:
            other.unlink(missing_ok=True)


if __name__ == "__main__":
    try:
        print(ensure_built())  # noqa: T201  the path is this command's whole output
    except NativeBuildError as error:
        sys.exit(str(error))
