"""The keyslots that leave the box each hour between two backups."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from firmware.adapters.catalogue.reader import CatalogueReader
from firmware.core.home import Home
from firmware.services.erasing import BACKUP_DAYS
from tests.integration.lost_box import office_to_lose
from tests.integration.restored_box import heard, restore, wrong
from tests.integration.storage_servers import sftp_server

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def test_keyslots_sent_since_the_backup_bring_back_what_was_recorded_since_except_what_was_erased(
    tmp_path: Path,
) -> None:
    with sftp_server(tmp_path / "server") as server:
        office = office_to_lose(tmp_path)
        office.remote = server.options()
        before = office.record()
        office.archive()
        office.back_up()
        since, erased = office.record(), office.record()
        office.send_keyslots()
        latest = office.record()
        office.send_keyslots()
        office.send_keyslots()
        assert len(list(office.backups.glob("*.keyslots-*.age"))) == 2, "an hour without a recording sends nothing"
        office.erase(erased)
        office.archive()
        office.home.root.rename(tmp_path / "lost")
        new = tmp_path / "new" / "box"
        done = restore(office, new)
    assert done.returncode == 0, done.stderr
    assert "1 keyslots are back, and 2 that were sent since." in done.stdout
    assert all(heard(office, new, each) for each in (before, since, latest))
    assert not list(new.rglob(f"{erased}*"))
    assert wrong(new) == []
    with closing(CatalogueReader(Home(new).catalogue)) as reader:
        listed = {row.id: row.far_number for row in reader.recordings()}
    assert listed == dict.fromkeys((before, since, latest), "+441632960123"), "with who called, read from inside"


def test_an_erased_recording_is_not_gone_from_the_backups_while_keyslots_that_were_sent_may_hold_its_key(
    tmp_path: Path,
) -> None:
    office, start_ms = office_to_lose(tmp_path), 1_900_000_000_000
    office.back_up(start_ms)
    recording = office.record()
    office.send_keyslots(start_ms + HOUR_MS)
    office.erase(recording, start_ms + 2 * HOUR_MS)
    lapsed_ms = start_ms + BACKUP_DAYS * DAY_MS + HOUR_MS // 2
    office.back_up(lapsed_ms)
    assert not [path for path in office.backups.iterdir() if ".backup." in path.name and "20300317" in path.name]
    assert [path for path in office.backups.iterdir() if ".keyslots-" in path.name]
    assert office.settle(lapsed_ms + 3 * HOUR_MS) == "erased"
    office.send_keyslots(lapsed_ms + HOUR_MS)
    assert not [path for path in office.backups.iterdir() if ".keyslots-" in path.name]
    assert office.settle(lapsed_ms + 3 * HOUR_MS) == "gone"
