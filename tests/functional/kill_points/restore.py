"""A whole office from its backup and archive, in an empty folder: one recording was erased since, and one made."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout, suppress
from datetime import UTC, datetime
from pathlib import Path

import pyrage

from firmware.adapters.archive.rclone import RcloneStorage
from firmware.cli.archive import fetch_and_tell
from firmware.cli.catalogue import list_newer
from firmware.cli.restore.restoring import Sources, restore_office
from firmware.cli.verify import verify_home
from firmware.core.errors import AlreadySetUp
from firmware.core.home import Home
from tests.integration.lost_box import office_to_lose
from tests.integration.recorder_at_work import Office

_KNOWN = "known.json"


def prepare(home: Path) -> None:
    office = office_to_lose(home)
    kept, erased = office.record(), office.record()
    office.archive()
    office.back_up()
    office.erase(erased)
    newer = office.record()
    office.archive()
    office.send_keyslots()
    office.home.root.rename(home / "lost")
    new = Home(home / "new")
    for folder in (new.keys, new.recordings, new.state / "certificates"):  # as a box makes them when it starts
        folder.mkdir(parents=True)
    (home / _KNOWN).write_text(json.dumps({"kept": [kept, newer], "erased": erased, "key": office.made.recovery_key}))


def run(home: Path, given: None) -> None:
    new, known = Home(home / "new"), json.loads((home / _KNOWN).read_text())
    archive = RcloneStorage({"type": "local"}, str(home / "nas" / "archive"), home / "work")
    backups = RcloneStorage({"type": "local"}, str(home / "nas" / "backups"), home / "work")
    identity = pyrage.x25519.Identity.from_str(known["key"])
    with suppress(AlreadySetUp):  # it was killed after that
        restore_office(new, Sources(backups, archive, identity), datetime.now(UTC))
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):  # the stepper speaks there
        fetch_and_tell(new, archive, None)
        list_newer(new, identity)


def check(home: Path, given: None) -> list[str]:
    new, known = Home(home / "new"), json.loads((home / _KNOWN).read_text())
    wrong = [f"{each.subject}: {each.text}" for each in verify_home(new) if each.severity == "wrong"]
    office = Office(new, pyrage.x25519.Identity.from_str(known["key"]))
    wrong += [f"{each} is not whole" for each in known["kept"] if office.unseal(each).state != "complete"]
    wrong += [f"{each} is not listed" for each in known["kept"] if office.row(each) is None]
    wrong += [f"{path.name} came back" for path in new.root.rglob("*") if known["erased"] in path.name]
    wrong += [f"{path} is left" for path in (new.root / ".restoring", new.fetched) if path.exists()]
    return wrong
