"""The people of a test office, and what only they know: told once by ``earmark init`` and remembered here."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

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
    """Run ``earmark init``; ``safe`` is a new file outside the data folder that takes the recovery key."""
    done = subprocess.run(
        [sys.executable, "-m", "firmware.cli.main", "init", "--recovery-key-out", str(safe)],
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"earmark init exited {done.returncode}: {done.stdout}{done.stderr}")
    told = [Person(one["name"], one["role"], one["phrase"]) for one in _TOLD.finditer(done.stdout)]
    by_name = {person.name: person for person in told}
    return People(by_name["admin"], by_name["listener"], safe.read_text().strip())
