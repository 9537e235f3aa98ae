"""The wheel, which the image installs, has everything that a clone has."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

_CLONE = Path(__file__).parents[2]
# For people who read the code, and compilers' output.
_LEFT_OUT = {".md", ".so", ".pyi"}
_LEFT_OUT_FOLDERS = {"screenshots"}


def test_the_wheel_lacks_nothing_that_the_programs_read(tmp_path: Path) -> None:
    source = tmp_path / "source"
    # A copy: building leaves folders beside the sources.
    found = [path for folder in ("firmware", "webui") for path in (_CLONE / folder).rglob("*") if path.is_file()]
    names = [str(path.relative_to(_CLONE)) for path in found if path.suffix != ".pyc"]
    names += ["pyproject.toml", "README.md", "LICENSE"]
    for name in names:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((_CLONE / name).read_bytes())
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "-q",
            "--no-deps",
            "--no-build-isolation",
            "--no-index",
            "-w",
            tmp_path,
            source,
        ],
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {name for name in names if "/" in name and _is_read_by_programs(Path(name))}
    assert wanted - packed == set()


def _is_read_by_programs(path: Path) -> bool:
    return path.suffix not in _LEFT_OUT and not _LEFT_OUT_FOLDERS.intersection(path.parts)
