"""The build script's quick answers: wrong words, wrong archives, and a wheel that is already there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

# fmt: off
WITHOUT_A_PACKAGE_MANAGER = (
    "bash", "cat", "cut", "dirname", "flock", "grep", "mkdir", "mktemp", "rm", "sed", "sha256sum", "tr", "uname",
)
# fmt: on
SCRIPT = Path(__file__).parents[2] / "scripts" / "build-pjsua2"


def build_pjsua2(*arguments: str, cache: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPT, "--python", sys.executable, *arguments],
        env={**os.environ, "EARMARK_CACHE": str(cache)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_unknown_word_is_a_mistake_in_the_command_line(tmp_path: Path) -> None:
    outcome = build_pjsua2("--instal", cache=tmp_path)
    assert outcome.returncode == 2
    assert "unknown argument '--instal'" in outcome.stderr


def test_an_interpreter_that_is_not_there_is_named(tmp_path: Path) -> None:
    outcome = build_pjsua2("--python", "/no/such/python", cache=tmp_path)
    assert outcome.returncode == 2
    assert "no Python at '/no/such/python'" in outcome.stderr


def test_an_archive_of_unknown_content_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    archive = tmp_path / "pjproject-2.17.tar.gz"
    archive.write_bytes(b"something else")
    outcome = build_pjsua2("--tarball", str(archive), cache=tmp_path)
    assert outcome.returncode == 1
    assert "unknown SHA-256" in outcome.stderr
    assert "is not pjproject 2.17" in outcome.stderr


def test_a_wheel_that_was_built_is_not_built_again_and_its_path_is_all_that_is_printed(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    folder = _folder_of(cache)
    version = "cp{}{}".format(*sys.version_info[:2])
    wheel = folder / f"pjsua2-2.17-{version}-{version}-linux_{os.uname().machine}.whl"
    wheel.touch()
    outcome = build_pjsua2("--print-wheel", cache=cache)
    assert outcome.returncode == 0
    assert outcome.stdout == f"{wheel}\n"
    assert "cached" in outcome.stderr


def _folder_of(cache: Path) -> Path:
    """Where this machine's wheel would be kept: the script makes the folder before it looks for tools to build with."""
    empty = cache / "no-tools"
    empty.mkdir(parents=True)
    for tool in WITHOUT_A_PACKAGE_MANAGER:
        found = shutil.which(tool)
        assert found is not None
        (empty / tool).symlink_to(found)
    outcome = subprocess.run(
        [SCRIPT, "--python", sys.executable],
        env={"PATH": str(empty), "HOME": str(cache), "EARMARK_CACHE": str(cache)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert outcome.returncode == 1, outcome.stderr
    (folder,) = (cache / "pjsua2").iterdir()
    return folder
