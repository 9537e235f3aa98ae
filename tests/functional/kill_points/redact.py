"""Redacting: a held recording with a note is replaced by its sealed revision, which comes in two parts."""

from __future__ import annotations

import hashlib
from pathlib import Path

from firmware.adapters.catalogue.redactions import RedactionOrders, RedactionRows
from firmware.adapters.store.revision_files import RevisionFolder
from firmware.cli.verify import verify_home
from firmware.core.home import Home
from firmware.ports.redactions import RedactionOrder
from firmware.services.revision_intake import RevisionIntake
from tests.functional.kill_points.erase import DUE, at_work, lines_of
from tests.hand_set_clock import HandSetClock
from tests.integration.vault import Vault, vault

_SEALED, _KEYSLOT, _NAMES = "revision.ear", "revision.key", "names"


def prepare(home: Path) -> None:
    with vault(home, DUE) as made:
        made.home.device_key.write_text(made.made.key.private_text())
        recording, other, revision = made.record(segments=2), made.record(), made.record()
        made.hold(recording)
        made.note(recording, "a card number was read out")
        made.run()
        _take_away(made, home, revision)
        ((started,),) = made.query("SELECT started_at_ms FROM recordings WHERE id = ?", recording)
        order = RedactionOrder(revision, recording, started, made.time.wall_ms)
        assert RedactionOrders(made.home.catalogue).order(order)
        made.made.log.checkpoint()
        (home / _NAMES).write_text(f"{recording} {other} {revision}")


def run(home: Path, given: None) -> None:
    """Take the revision, unless it was taken already, and do what is to be done, as after a start."""
    revision = (home / _NAMES).read_text().split()[2]
    with at_work(home) as made:
        rows = RedactionRows(made.engine, made.home.catalogue)
        taken = RevisionIntake(rows, RevisionFolder(made.home), made.made.desk, HandSetClock(0.0, made.time.wall_ms))
        taken.run(made.time.wall_ms)
        order = rows.order(revision)
        if order is not None and order.state == "ordered":
            sealed, middle = (home / _SEALED).read_bytes(), 3000
            taken.take(revision, 0, sealed[:middle])
            taken.take(revision, middle, sealed[middle:])
            taken.finish(revision, hashlib.sha256(sealed).hexdigest(), (home / _KEYSLOT).read_bytes())
        made.run()


def check(home: Path, given: None) -> list[str]:
    recording, other, revision = (home / _NAMES).read_text().split()
    wrong = [f"{each.subject}: {each.text}" for each in verify_home(Home(home)) if each.severity == "wrong"]
    with at_work(home) as made:
        if made.listed() != {other, revision}:
            wrong.append(f"listed is {sorted(made.listed())}")
        wrong += [f"{path.name} is left" for path in made.files(recording)]
        (sealed,) = [path for path in made.files(revision) if path.suffix == ".ear"]
        if sealed.read_bytes() != (home / _SEALED).read_bytes():
            wrong.append("the revision is not what was sent")
        if list(made.home.revisions.iterdir()):
            wrong.append("something waits where revisions are received")
        for table in ("notes", "held_recordings"):
            if (found := made.query(f"SELECT recording_id FROM {table}")) != [(revision,)]:
                wrong.append(f"{table} has {found}")
        if made.journal(recording)[:2] != ("redaction", "erased"):
            wrong.append(f"the journal says {made.journal(recording)}")
    for kind in ("recording-redacted", "recording-erased"):
        if (count := sum(f" {kind} " in line for line in lines_of(home))) != 1:
            wrong.append(f"{kind} was entered {count} times")
    return wrong


def _take_away(made: Vault, home: Path, revision: str) -> None:
    """The store knows nothing of the revision yet: its files are what is going to be sent."""
    for path in made.files(revision):
        path.replace(home / (_SEALED if path.suffix == ".ear" else _KEYSLOT))
    for table, key in (("segments", "recording_id"), ("recordings", "id")):
        made.execute(f"DELETE FROM {table} WHERE {key} = ?", revision)
