"""A backup that somebody else sealed, with an office key of theirs in it, is told from the office's own."""

from __future__ import annotations

from pathlib import Path

import pyrage
import pytest

from firmware.adapters.keys.listening_keys import seal_office_key
from firmware.adapters.keys.office_keys import PublicKeyFiles
from firmware.adapters.settings.recipients_file import RecipientsFile
from firmware.cli.restore.keys import doubts_of_keys
from tests.integration.lost_box import OfficeToLose, office_to_lose


@pytest.fixture
def office(tmp_path: Path) -> OfficeToLose:
    return office_to_lose(tmp_path)


def doubts(office: OfficeToLose) -> str:
    return " ".join(doubts_of_keys(office.home, pyrage.x25519.Identity.from_str(office.made.recovery_key)))


def keep_for_recovery(office: OfficeToLose, key: pyrage.x25519.Identity, epoch: int) -> None:
    """As whoever has the public keys can."""
    recovery = pyrage.x25519.Recipient.from_str(PublicKeyFiles(office.home).read().recovery)
    recipients = RecipientsFile(office.home.recipients_file)
    before = [each for each in recipients.office_keys_for_recovery() if each.epoch != epoch]
    recipients.set_office_keys_for_recovery((*before, seal_office_key(key, epoch, recovery)))


def test_an_office_key_that_somebody_else_made_is_told_however_much_of_the_backup_they_made(
    office: OfficeToLose,
) -> None:
    office.record()
    assert doubts(office) == ""
    theirs = pyrage.x25519.Identity.generate()
    PublicKeyFiles(office.home).replace_office(str(theirs.to_public()), 1)
    assert "an office key that is not the one the recovery key opens" in doubts(office)
    keep_for_recovery(office, theirs, 1)
    assert "1 keyslots of the newest recordings do not open" in doubts(office)


def test_an_office_key_that_was_made_anew_is_the_offices_own(office: OfficeToLose) -> None:
    office.record()
    new = pyrage.x25519.Identity.generate()
    keep_for_recovery(office, new, 2)
    PublicKeyFiles(office.home).replace_office(str(new.to_public()), 2)
    office.record()
    assert doubts(office) == ""


def test_another_recovery_key_than_the_one_in_hand_is_told(office: OfficeToLose) -> None:
    PublicKeyFiles(office.home).replace_recovery(str(pyrage.x25519.Identity.generate().to_public()))
    assert "another recovery key than the one that opened the backup" in doubts(office)
