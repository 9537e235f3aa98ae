"""The scripts a newcomer meets first: what they say before they do anything."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest

CLONE = Path(__file__).parents[2]


def script(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [CLONE / "scripts" / name, *arguments], capture_output=True, text=True, check=False, timeout=20, cwd="/"
    )


@pytest.mark.parametrize("name", ["run", "test"])
def test_help_is_given_from_any_folder_without_installing_anything(name: str) -> None:
    done = script(name, "--help")
    assert done.returncode == 0
    assert f"scripts/{name}" in done.stdout
    assert "Exit status" in done.stdout


@pytest.mark.parametrize(
    ("name", "arguments", "complaint"),
    [
        ("run", ["--speed"], "unknown argument '--speed'"),
        ("run", ["--port", "eighty"], "'eighty' is not a port"),
        ("run", ["--port", "70000"], "'70000' is not a port"),
        ("run", ["--home"], "--home needs a value"),
        ("test", ["--only", "some"], "--only needs one of: unit contract integration functional browser"),
        ("test", ["all"], "unknown argument 'all'"),
    ],
)
def test_a_wrong_argument_is_named_before_anything_is_installed(
    name: str, arguments: list[str], complaint: str
) -> None:
    done = script(name, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr


def test_ci_runs_what_the_readme_says_and_nothing_else() -> None:
    commands = [
        line
        for line in (CLONE / ".ci/run").read_text().splitlines()
        if line and not line.startswith(("#", "set", "cd"))
    ]
    assert commands == ["exec scripts/test"]
    assert "scripts/test" in (CLONE / "README.md").read_text()


def test_the_locks_pin_and_hash_every_package_and_name_no_index() -> None:
    for lock in ("build", "runtime", "test-build", "test"):
        text = (CLONE / "requirements" / f"{lock}.txt").read_text()
        lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
        packages = [line for line in lines if not line.startswith(" ")]
        assert packages
        assert all("==" in package for package in packages)
        assert all("--hash=sha256:" in line for line in lines if line.startswith(" "))
        assert "://" not in text


def test_the_locks_hold_what_pyproject_asks_for() -> None:
    project = tomllib.loads((CLONE / "pyproject.toml").read_text())["project"]
    locked = (CLONE / "requirements/runtime.txt").read_text()
    for wanted in project["dependencies"]:
        assert f"\n{wanted.partition('>')[0]}==" in locked
