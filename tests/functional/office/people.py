"""The people of a test office, and what only they know: told once by ``earmark init`` and remembered here."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from firmware.adapters.keys.listening_keys import new_person
from firmware.adapters.keys.pass_phrases import new_pass_phrase
from firmware.adapters.keys.private_files import read_key_file
from firmware.adapters.settings.people_file import PeopleFile
from firmware.core.access_policy import Role
from firmware.core.home import Home

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


def found_office(environment: Mapping[str, str], safe: Path) -> People:
    """Run ``earmark init``, with a director who listens; ``safe`` is a new file outside the data folder that takes the
    recovery key.
    """
    done = subprocess.run(
        [sys.executable, "-m", "firmware.cli.main", "init", "--director", "listener", "--recovery-key-out", str(safe)],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"earmark init exited {done.returncode}: {done.stdout}{done.stderr}")
    told = [Person(one["name"], one["role"], one["phrase"]) for one in _TOLD.finditer(done.stdout)]
    [listener] = told
    return People(_administrator(Home(Path(environment["EARMARK_HOME"]))), listener, safe.read_text().strip())


def _administrator(home: Home) -> Person:
    """As if somebody had been invited who looks after the box."""
    pass_phrase = new_pass_phrase()
    made = new_person("admin", Role.ADMINISTRATOR, pass_phrase, read_key_file(home.box_secret), None)
    PeopleFile(home.people_file).put(made)
    return Person(made.name, made.role.value, pass_phrase)
