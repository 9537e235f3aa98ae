"""The programs, as they stand at /opt/earmark on the box: a virtual environment of Debian's Python.

They are compiled in a root of their own, so that no compiler comes to be on the box. What others wrote changes seldom
and takes minutes; what this clone adds takes half a minute.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from earmark_image.cache import cache_folder, kept
from earmark_image.debian import debian_mirror, debian_root
from earmark_image.native_tools import PYTHON, is_foreign, lay_tools
from earmark_image.recipe import BUILD_PACKAGES, CLONE, EPOCH, PROGRAM, RUNTIME_PACKAGES, Target
from earmark_image.running import Chroot, entered, pack, pip_settings, unpack

_LOCKS = ("requirements/build.txt", "requirements/runtime.txt")
_PJSUA2 = ("scripts/build-pjsua2", "scripts/pjsua2")
_OWN = ("firmware", "webui")
_WHEEL = (*_OWN, "pyproject.toml", "README.md", "LICENSE")
_ENVIRONMENT = Path("/") / PROGRAM
_PYTHON = _ENVIRONMENT / "bin/python"
# By content, not by time: the root that they lie on is never written.
_COMPILE = ("-m", "compileall", "-q", "-j0", "--invalidation-mode", "unchecked-hash")


def program(target: Target) -> Path:
    """A tar file of opt/earmark."""
    others = locked_packages(target)

    def make(archive: Path) -> None:
        with _compiling(target, {Path("/src"): CLONE}) as inside:
            unpack(others, inside.root)
            _install_own(inside)
            pack(inside.root, [str(PROGRAM)], archive)

    return kept(f"program-{target.architecture}", [others.name, *(CLONE / name for name in _WHEEL)], make)


def locked_packages(target: Target) -> Path:
    """A tar file of opt/earmark with what the lock names and pjsua2, and nothing of ours."""

    def make(archive: Path) -> None:
        wheels = cache_folder() / "wheels"
        wheels.mkdir(exist_ok=True)
        settings, files = pip_settings()
        names = Path("/etc/resolv.conf")
        shown = {Path("/src"): CLONE, Path("/wheels"): wheels, names: names, **files}
        with _compiling(target, shown) as inside:
            _install_locked(inside, settings, Path("/") / PYTHON if is_foreign(target) else _PYTHON)
            pack(inside.root, [str(PROGRAM)], archive)

    made_from = [_build_root(target).name, *(CLONE / name for name in (*_LOCKS, *_PJSUA2))]
    return kept(f"locked-{target.architecture}", made_from, make)


def _build_root(target: Target) -> Path:
    return debian_root(f"build-root-{target.architecture}", target.architecture, [*RUNTIME_PACKAGES, *BUILD_PACKAGES])


@contextmanager
def _compiling(target: Target, shown: dict[Path, Path]) -> Iterator[Chroot]:
    with TemporaryDirectory(prefix="earmark-build-") as folder:
        root = Path(folder)
        unpack(_build_root(target), root)
        env = lay_tools(target, root, _PYTHON) if is_foreign(target) else {}
        with entered(root, shown, env) as inside:
            yield inside


def _install_locked(inside: Chroot, settings: dict[str, str], python: Path) -> None:
    """``python`` tries out what was compiled."""
    inside.run("python3", "-m", "venv", _ENVIRONMENT)
    for lock in _LOCKS:
        _pip(inside, settings, "install", "--no-compile", "--require-hashes", "--requirement", f"/src/{lock}")
    places = {"EARMARK_CACHE": "/wheels", "EARMARK_DEBIAN_MIRROR": debian_mirror("Debian")}
    inside.run("/src/scripts/build-pjsua2", "--install", "--python", python, env={**settings, **places})
    inside.run(_PYTHON, *_COMPILE, _ENVIRONMENT / "lib")


def _install_own(inside: Chroot) -> None:
    """Needs no network. What builds wheels is taken away afterwards: nothing is ever installed on a box."""
    # A copy: building a wheel writes beside the sources.
    inside.run("mkdir", "/source")
    inside.run("cp", "-r", *(f"/src/{name}" for name in _WHEEL), "/source")
    _pip(inside, {}, "install", "--no-compile", "--no-index", "--no-deps", "--no-build-isolation", "/source")
    inside.run(_PYTHON, "-m", "firmware.native.build")
    _pip(inside, {}, "uninstall", "--yes", "setuptools", "wheel", "pip")
    (packages,) = (inside.root / PROGRAM / "lib").glob("python3.*/site-packages")
    places = Path("/") / packages.relative_to(inside.root)
    inside.run(_PYTHON, *_COMPILE, *(places / name for name in _OWN))
    for activation in (inside.root / PROGRAM / "bin").glob("activate*"):
        activation.unlink()
    shutil.rmtree(inside.root / PROGRAM / "include", ignore_errors=True)


def _pip(inside: Chroot, settings: dict[str, str], *words: str) -> None:
    env = {"SOURCE_DATE_EPOCH": str(EPOCH), "PIP_DISABLE_PIP_VERSION_CHECK": "1", **settings}
    inside.run(_PYTHON, "-m", "pip", words[0], "--quiet", *words[1:], env=env)
