"""Where the recorder refuses to start, and what it says then."""

from __future__ import annotations

from firmware.core.errors import AddressInUse, DamagedCatalogue, OfficeIncomplete, PrivateKeyExposed
from tests.integration.recorder_at_work import Office, RecorderAtWork
from tests.integration.recorder_process.processes import earmark


def refused(office: Office) -> tuple[int, str]:
    done = earmark(office, "recorder")
    return done.returncode, done.stderr


def test_it_refuses_to_start_where_it_could_read_a_private_key(office: Office) -> None:
    lying_about = office.home.keys / "office-backup.txt"
    lying_about.write_text("# created: today\nage-secret-key-1qqqqq\n".upper())
    code, said = refused(office)
    assert code == PrivateKeyExposed.exit_code
    assert "office-backup.txt holds a private listening key" in said
    lying_about.rename(office.home.data / "notes.txt")
    assert refused(office)[0] == PrivateKeyExposed.exit_code


def test_it_says_when_the_catalogue_is_damaged(office: Office) -> None:
    office.home.catalogue.parent.mkdir(exist_ok=True)
    office.home.catalogue.write_bytes(b"x" * 8192)
    code, said = refused(office)
    assert code == DamagedCatalogue.exit_code
    assert "Put catalogue.db back from a backup" in said


def test_it_says_when_the_key_to_seal_to_is_lost(office: Office) -> None:
    office.home.office_public_key.unlink()
    code, said = refused(office)
    assert code == OfficeIncomplete.exit_code
    assert "backup" in said
    assert "earmark init" not in said


def test_a_second_recorder_is_refused(office: Office, recorder: RecorderAtWork) -> None:
    recorder.start()
    code, said = refused(office)
    assert code == AddressInUse.exit_code
    assert "Another recorder" in said
    assert recorder.health()["state"] == "ok"
