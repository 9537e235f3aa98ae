"""All keyslots are wrapped to a new recovery key: from laying the new beside the old to the last one in its place."""

from __future__ import annotations

from pathlib import Path

import pyrage

from firmware.adapters.sealing.keyslot import unwrap_key
from firmware.core.errors import EarmarkError
from firmware.core.home import Home
from tests.integration.keyed_office import KeyedOffice, keyed_office

_NEW, _OLD = "new-recovery-key", "old-recovery-key"


def prepare(home: Path) -> None:
    office = keyed_office(home)
    for _ in range(2):
        office.record()
    (home / _NEW).write_text(str(pyrage.x25519.Identity.generate()))
    (home / _OLD).write_text(office.recovery_key)


def run(home: Path, given: None) -> None:
    new = pyrage.x25519.Identity.from_str((home / _NEW).read_text())
    with KeyedOffice(Home(home)).desk() as desk:
        replacement = desk.keys.replacement
        replacement.finish_started()
        dora = desk.sign_in("dora")
        if desk.home.rewrap_journal.exists():
            replacement.go_on(dora)
        else:
            replacement.replace(dora, str(new.to_public()))
        if (done := desk.wait_for_keyslots(dora)).state != "done":
            raise RuntimeError(done.trouble)


def check(home: Path, given: None) -> list[str]:
    office = KeyedOffice(Home(home))
    new, old = (pyrage.x25519.Identity.from_str((home / name).read_text()) for name in (_NEW, _OLD))
    wrong = office.wrong()
    for path in office.keyslots():
        unwrap_key(path.read_bytes(), [new])
        try:
            unwrap_key(path.read_bytes(), [old])
            wrong.append(f"the old recovery key opens {path.name}")
        except EarmarkError:
            pass
    if len(office.keyslots()) != 2 or list(office.home.recordings.rglob("*.new")):
        wrong.append(
            f"other files than two keyslots: {sorted(each.name for each in office.home.recordings.rglob('*'))}"
        )
    with office.desk() as desk:
        token = desk.sign_in("anna")
        wrong += [path.name for path in office.keyslots() if not desk.opens(token, path.name.split(".")[0])]
    return wrong
