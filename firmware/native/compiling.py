"""Compile a shared library from the C beside this file, once.

The library carries the digest of what it was made from in its name: changed sources never meet a stale one.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path

from firmware.core.errors import MissingComponent

SOURCE_FOLDER = Path(__file__).resolve().parent
FLAGS = ("-std=gnu11", "-O2", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror", "-fvisibility=default", "-Wl,-z,defs")


class NativeBuildError(MissingComponent):
    """The product's C cannot be compiled here."""

    exit_code = 61


def loaded_once(load: Callable[[], ctypes.CDLL]) -> Callable[[], ctypes.CDLL]:
    """Tried once per process: no call waits for a compiler that has failed already. Raises what ``load`` raised."""

    @cache
    def tried() -> ctypes.CDLL | NativeBuildError:
        try:
            return load()
        except NativeBuildError as error:
            return error

    @wraps(load)
    def loaded() -> ctypes.CDLL:
        library = tried()
        if isinstance(library, NativeBuildError):
            raise library
        return library

    return loaded


def _nothing() -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class NativeLibrary:
    """One shared library.

    Attributes:
        stem: the beginning of its file's name.
        title: what it is, for a person.
        sources, headers: what it is made from; the digest is theirs.
        built_for: what else it depends on, in a word or digest. May raise NativeBuildError.
        compile_flags, link_flags: further arguments for the compiler, before and after the sources.
    """

    stem: str
    title: str
    sources: tuple[str, ...]
    headers: tuple[str, ...]
    built_for: Callable[[], str] = str
    compile_flags: Callable[[], Sequence[str]] = _nothing
    link_flags: Callable[[], Sequence[str]] = _nothing

    def path(self, folder: Path) -> Path:
        """Where the library made from the present sources lies in ``folder``, whether or not it is there yet."""
        digest = hashlib.sha256()
        for name in (*self.sources, *self.headers):
            digest.update((SOURCE_FOLDER / name).read_bytes())
        digest.update(self.built_for().encode())
        return folder / f"{self.stem}.{sys.implementation.cache_tag}.{digest.hexdigest()[:16]}.so"

    def ensure_built(self, folder: Path) -> Path:
        """The library, compiled first when it is not there. Takes about a second then.

        Raises:
            NativeBuildError: a compiler, what it is built for or the right to write is missing, or it does not compile.
        """
        library = self.path(folder)
        if not library.exists():
            self._compile(library)
            self._remove_older(library)
        return library

    def _compile(self, library: Path) -> None:
        compiler = shlex.split(os.environ.get("CC", "cc"))
        if not shutil.which(compiler[0]):
            raise NativeBuildError(f"There is no C compiler '{compiler[0]}' to build {self.title}.", "Install gcc.")
        sources = [str(SOURCE_FOLDER / source) for source in self.sources]
        try:
            with tempfile.TemporaryDirectory(dir=library.parent, prefix=".build-") as folder:
                made = Path(folder) / library.name
                command = [*compiler, *FLAGS, *self.compile_flags(), *sources, *self.link_flags(), "-o", str(made)]
                outcome = subprocess.run(command, capture_output=True, text=True, check=False)
                if outcome.returncode:
                    raise NativeBuildError(f"The C compiler refused {self.title}:\n{outcome.stderr.strip()}")
                made.replace(library)
        except OSError as error:
            raise NativeBuildError(
                f"{self.title[0].upper()}{self.title[1:]} cannot be built in {library.parent} ({error.strerror}).",
                "Run python -m firmware.native.build as a user who may write there.",
            ) from error

    def _remove_older(self, library: Path) -> None:
        for other in library.parent.glob(f"{self.stem}.{sys.implementation.cache_tag}.*.so"):
            if other != library:
                other.unlink(missing_ok=True)
