"""A new office key, by a director who is signed in."""

from __future__ import annotations

from pathlib import Path

from firmware.adapters.keys.office_keys import PublicKeyFiles
from firmware.core.home import Home
from tests.integration.keyed_office import KeyedOffice, keyed_office


def prepare(home: Path) -> None:
    keyed_office(home).record()


def run(home: Path, given: None) -> None:
    with KeyedOffice(Home(home)).desk() as desk:
        desk.keys.rotation.rotate(desk.sign_in("dora"))


def check(home: Path, given: None) -> list[str]:
    """Everybody who could listen can, to what was recorded before and to what is recorded now."""
    office = KeyedOffice(Home(home))
    office.record()
    wrong = office.wrong()
    recordings = [path.name.split(".")[0] for path in office.keyslots()]
    if PublicKeyFiles(office.home).read().epoch < 2 or len(recordings) != 2:
        wrong.append("there is no new office key")
    with office.desk() as desk:
        for name in ("dora", "anna"):
            token = desk.sign_in(name)
            wrong += [f"{name} cannot open {each}" for each in recordings if not desk.opens(token, each)]
    return wrong
