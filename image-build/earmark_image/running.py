"""Programs run for the image: quietly, with their words kept for when they fail."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from earmark_image.recipe import EPOCH


class BuildFailed(Exception):
    """The image cannot be made; says which program said what."""


def run(*command: str | Path, env: Mapping[str, str] | None = None) -> str:
    """Run to the end; gives what was printed.

    Raises:
        BuildFailed: it is not there, or failed.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise BuildFailed(f"{words[0]} is not installed.") from error
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise BuildFailed(f"{' '.join(words)[:200]}\nfailed:\n{said}")
    return done.stdout


@contextmanager
def entered(
    root: Path, shown: Mapping[Path, Path] | None = None, env: Mapping[str, str] | None = None
) -> Iterator[Chroot]:
    """A root in which programs can run: with devices, processes, and names of hosts.

    Args:
        shown: folders and files of this machine to be seen in it, by their place there; only the cache may be written.
        env: variables for all that runs in it.
    """
    with ExitStack() as leaving:
        for kind, place in (("proc", "proc"), ("sysfs", "sys"), ("devtmpfs", "dev")):
            run("mount", "-t", kind, kind, root / place)
            leaving.callback(run, "umount", "--lazy", root / place)
        for place, here in (shown or {}).items():
            there = root / place.relative_to("/")
            if here.is_dir():
                there.mkdir(parents=True, exist_ok=True)
            else:
                there.parent.mkdir(parents=True, exist_ok=True)
                there.touch()
            run("mount", "--bind", here, there)
            leaving.callback(run, "umount", "--lazy", there)
        yield Chroot(root, env or {})


class Chroot:
    def __init__(self, root: Path, env: Mapping[str, str]) -> None:
        self.root = root
        self._env = env

    def run(self, *command: str | Path, env: Mapping[str, str] | None = None) -> str:
        clean = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
        clean |= {"SOURCE_DATE_EPOCH": str(EPOCH), **self._env, **(env or {})}
        return run("chroot", self.root, *command, env=clean)


def pip_settings() -> tuple[dict[str, str], dict[Path, Path]]:
    """This machine's way to the package index: variables, and the files that they name."""
    settings = {name: value for name, value in os.environ.items() if name.startswith("PIP_") and value}
    files = {Path(value): Path(value) for value in settings.values() if value.startswith("/") and Path(value).exists()}
    return settings, files


def build_environment(**further: str) -> dict[str, str]:
    """For programs that write times into what they make: they shall all write the recipe's."""
    return {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH), **further}


def unpack(archive: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    run("tar", "--extract", "--numeric-owner", "--file", archive, "--directory", folder)


def pack(folder: Path, parts: Sequence[str], archive: Path) -> None:
    """In the order of names, and nothing newer than the recipe."""
    run(
        *("tar", "--create", "--sort=name", "--numeric-owner", f"--mtime=@{EPOCH}", "--clamp-mtime"),
        *("--format=posix", "--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime"),
        *("--file", archive, "--directory", folder, *parts),
    )


def file_in(archive: Path, path: Path) -> str:
    """What a text file says in an archive of a whole root."""
    return run("tar", "--extract", "--to-stdout", "--file", archive, f"./{path}")
