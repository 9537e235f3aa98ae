"""The programs, as they stand at /opt/earmark on the box: a virtual environment of Debian's Python.

They are compiled in a root of their own, so that no compiler comes to be on the box.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from earmark_image.cache import cache_folder, kept
from earmark_image.debian import debian_mirror, debian_root
from earmark_image.recipe import BUILD_PACKAGES, CLONE, PROGRAM, RUNTIME_PACKAGES, Target
from earmark_image.running import Chroot, entered, pack, pip_settings, unpack

_SOURCES = ("firmware", "webui", "hw", "scripts/build-pjsua2", "scripts/pjsua2", "requirements", "pyproject.toml")
_WHEEL = ("firmware", "webui", "pyproject.toml", "README.md", "LICENSE")
_ENVIRONMENT = Path("/") / PROGRAM


def program(target: Target) -> Path:
    """A tar file of opt/earmark."""

    def make(archive: Path) -> None:
        compiling = debian_root(
            f"build-root-{target.architecture}", target.architecture, [*RUNTIME_PACKAGES, *BUILD_PACKAGES]
        )
        with TemporaryDirectory(prefix="earmark-build-") as folder:
            root = Path(folder)
            unpack(compiling, root)
            _build(root)
            pack(root, [str(PROGRAM)], archive)

    return kept(f"program-{target.architecture}", [CLONE / source for source in _SOURCES], make)


def _build(root: Path) -> None:
    settings, files = pip_settings()
    wheels = cache_folder() / "wheels"
    wheels.mkdir(exist_ok=True)
    shown = {Path("/src"): CLONE, Path("/wheels"): wheels, Path("/etc/resolv.conf"): Path("/etc/resolv.conf"), **files}
    with entered(root, shown) as inside:
        inside.run("python3", "-m", "venv", _ENVIRONMENT)
        pip = _Pip(inside, settings)
        pip.install("--require-hashes", "--requirement", "/src/requirements/build.txt")
        pip.install("--require-hashes", "--requirement", "/src/requirements/runtime.txt")
        python = str(_ENVIRONMENT / "bin/python")
        places = {"EARMARK_CACHE": "/wheels", "EARMARK_DEBIAN_MIRROR": debian_mirror("Debian")}
        inside.run("/src/scripts/build-pjsua2", "--install", "--python", python, env={**settings, **places})
        # A copy: building a wheel writes beside the sources.
        inside.run("mkdir", "/source")
        inside.run("cp", "-r", *(f"/src/{name}" for name in _WHEEL), "/source")
        pip.install("--no-deps", "--no-build-isolation", "/source")
        inside.run(python, "-m", "firmware.native.build")
        inside.run(python, "-m", "compileall", "-q", "-j0", str(_ENVIRONMENT / "lib"))
        pip.run("uninstall", "--yes", "setuptools", "wheel")
        inside.run("cp", "-r", "/src/hw", str(_ENVIRONMENT / "hw"))


class _Pip:
    def __init__(self, inside: Chroot, settings: dict[str, str]) -> None:
        self._inside = inside
        self._settings = settings

    def install(self, *what: str) -> None:
        self.run("install", "--quiet", *what)

    def run(self, *words: str) -> None:
        self._inside.run(_ENVIRONMENT / "bin/pip", *words, env=self._settings)
