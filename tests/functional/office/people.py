"""The people of a test office, and what only they know: told once by ``earmark init`` and remembered here."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from firmware.adapters.keys.listening_keys import new_person
from firmware.adapters.keys.pass_phrases import new_pass_phrase
from firmware.adapters.keys.private_files import read_key_file
from firmware.adapters.settings.people_file import PeopleFile
from firmware.core.access_policy import Role
from firmware.core.home import Home
from tests.integration.further_people import CHEAP, let_sign_in_quickly

_TOLD = re.compile(r"^  (?P<name>\S+)\s+(?P<phrase>\S.*?)   \((?P<role>[a-z_ ]+)\)$", re.MULTILINE)


@dataclass(frozen=True)
class Person:
    name: str
    role: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class People:
    """Everybody, and the recovery key that the office keeps in its safe."""

    administrator: Person
    listener: Person
    recovery_key: str = field(repr=False)


def found_office(root: Path) -> People:
    """Lay an office that was just set up down at ``root``, its data folder, with a director who listens.

    It is made once for all tests of a process: the commands that make it cost seconds.
    """
    made, people = _fresh_office()
    shutil.copytree(made, root)
    return people


@cache
def _fresh_office() -> tuple[Path, People]:
    folder = Path(tempfile.mkdtemp(prefix="em-fresh-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    home, safe = Home(folder / "home"), folder / "safe"
    done = subprocess.run(
        [sys.executable, "-m", "firmware.cli.main", "init", "--director", "listener", "--recovery-key-out", str(safe)],
        env=os.environ | {"EARMARK_HOME": str(home.root), "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"earmark init exited {done.returncode}: {done.stdout}{done.stderr}")
    told = [Person(one["name"], one["role"], one["phrase"]) for one in _TOLD.finditer(done.stdout)]
    [listener] = told
    let_sign_in_quickly(home, {listener.name: listener.password})
    return home.root, People(_administrator(home), listener, safe.read_text().strip())


def _administrator(home: Home) -> Person:
    """As if somebody had been invited who looks after the box."""
    pass_phrase = new_pass_phrase()
    made = new_person("admin", Role.ADMINISTRATOR, pass_phrase, read_key_file(home.box_secret), None, CHEAP)
    PeopleFile(home.people_file).put(made)
    return Person(made.name, made.role.value, pass_phrase)
