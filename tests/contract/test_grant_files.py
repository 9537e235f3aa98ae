"""Grant files: sealed to one person for one call until a date, made whole, and gone when they end."""

from __future__ import annotations

import os
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyrage
import pytest

from firmware.adapters.keys.grant_folder import AgeGrantSealer, GrantFolder
from firmware.adapters.keys.listening_keys import AgeUnlockedKeys
from firmware.adapters.sealing.grant_file import GRANT_BYTES, dates_of, seal_grant, unseal_grant
from firmware.adapters.sealing.keyslot import wrap_key
from firmware.core.errors import DamagedRecording, KeyErased, NoSuchRecording, NotAllowed, SettingsError
from firmware.core.grant import Grant, GrantTerms
from firmware.services.ended_grants import LEFT_TO_THE_OPENER_MS, EndedGrants

KEY = bytes(range(32))
MADE = datetime(2026, 3, 31, 12, tzinfo=UTC)
MADE_MS = int(MADE.timestamp() * 1000)
RECORDING = uuid.UUID(int=(MADE_MS << 80) | (7 << 76) | (2 << 62) | 4711).hex
PERSON, OTHER = "aa" * 16, "bb" * 16
GRANT = Grant(RECORDING, PERSON, "cc" * 16, MADE_MS, MADE_MS + 600_000)


@pytest.fixture
def lena() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    folder = tmp_path / f"{MADE:%Y/%m/%d}"
    folder.mkdir(mode=0o700, parents=True)
    for segment in (0, 1):
        (folder / f"{RECORDING}.{segment}.ear").write_bytes(b"sealed")
    return tmp_path


def sealed(to: pyrage.x25519.Identity, segment: int = 0) -> bytes:
    return seal_grant(KEY, GRANT.terms(segment), to.to_public())


def test_it_opens_to_its_person_and_is_as_large_as_any_other(lena: pyrage.x25519.Identity) -> None:
    content = sealed(lena)
    assert len(content) == GRANT_BYTES
    assert unseal_grant(content, GRANT.terms(0), lena) == KEY
    assert dates_of(content) == (GRANT.granted_at_ms, GRANT.ends_at_ms)


def test_nobody_else_opens_it(lena: pyrage.x25519.Identity) -> None:
    with pytest.raises(NotAllowed):
        unseal_grant(sealed(lena), GRANT.terms(0), pyrage.x25519.Identity.generate())


@pytest.mark.parametrize(
    "other",
    [
        replace(GRANT, recording_id="01" * 16).terms(0),
        replace(GRANT, person_id=OTHER).terms(0),
        replace(GRANT, ends_at_ms=GRANT.ends_at_ms + 1).terms(0),
        replace(GRANT, granted_at_ms=GRANT.granted_at_ms - 1).terms(0),
        GRANT.terms(1),
    ],
)
def test_it_cannot_be_put_in_another_s_place_nor_be_given_another_date(
    lena: pyrage.x25519.Identity, other: GrantTerms
) -> None:
    with pytest.raises(NotAllowed):
        unseal_grant(sealed(lena), other, lena)


def test_every_bit_counts(lena: pyrage.x25519.Identity) -> None:
    """All but the dates in front (those that count are sealed) and what fills the file behind the age file."""
    content = sealed(lena)
    age_ends = 32 + int.from_bytes(content[8:10], "big")
    for at in (*range(10), *range(32, age_ends, 7)):
        spoilt = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        with pytest.raises((NotAllowed, DamagedRecording)):
            unseal_grant(spoilt, GRANT.terms(0), lena)


def test_it_is_written_beside_the_keyslot_for_its_owner_alone(recordings: Path, lena: pyrage.x25519.Identity) -> None:
    shelf = GrantFolder(recordings)
    for segment in (0, 1):
        shelf.put(GRANT.terms(segment), sealed(lena, segment))
    names = sorted(path.name for path in recordings.rglob("*.grant"))
    assert names == [f"{RECORDING}.{segment}.{PERSON}.grant" for segment in (0, 1)]
    assert {path.stat().st_mode & 0o777 for path in recordings.rglob("*.grant")} == {0o600}
    found = shelf.grants(RECORDING, PERSON)
    assert [unseal_grant(slot.content, GRANT.terms(slot.segment), lena) for slot in found] == [KEY, KEY]
    with pytest.raises(KeyErased):
        shelf.grants(RECORDING, OTHER)


def test_ending_it_overwrites_and_unlinks_it_and_may_be_repeated(
    recordings: Path, lena: pyrage.x25519.Identity
) -> None:
    shelf = GrantFolder(recordings)
    shelf.put(GRANT.terms(0), sealed(lena))
    shelf.put(replace(GRANT, person_id=OTHER).terms(0), sealed(lena))
    (path,) = recordings.rglob(f"*{PERSON}.grant")
    held = os.open(path, os.O_RDONLY)  # whoever held it open reads what is there afterwards
    try:
        shelf.erase(RECORDING, PERSON)
        assert os.pread(held, 4096, 0) == bytes(GRANT_BYTES)
    finally:
        os.close(held)
    assert not path.exists()
    assert len(list(recordings.rglob("*.grant"))) == 1
    shelf.erase(RECORDING, PERSON)


def test_one_that_is_made_anew_leaves_nothing_of_the_old(recordings: Path, lena: pyrage.x25519.Identity) -> None:
    shelf = GrantFolder(recordings)
    shelf.put(GRANT.terms(0), sealed(lena))
    (path,) = recordings.rglob("*.grant")
    held = os.open(path, os.O_RDONLY)
    try:
        shelf.put(GRANT.terms(0), sealed(lena))
        assert not any(os.pread(held, 4096, 0))
    finally:
        os.close(held)
    assert len(list(recordings.rglob("*"))) == 6  # three folders, two segments, one grant


def test_everybody_s_end_with_the_recording_even_when_that_is_gone_already(
    recordings: Path, lena: pyrage.x25519.Identity
) -> None:
    shelf = GrantFolder(recordings)
    for person in (PERSON, OTHER):
        shelf.put(replace(GRANT, person_id=person).terms(1), sealed(lena))
    for path in recordings.rglob("*.ear"):
        path.unlink()
    shelf.erase_all(RECORDING)
    assert list(recordings.rglob("*.grant")) == []


def test_the_keeper_destroys_what_has_ended_for_an_hour_and_nothing_else(
    recordings: Path, lena: pyrage.x25519.Identity
) -> None:
    shelf, later = GrantFolder(recordings), replace(GRANT, person_id=OTHER, ends_at_ms=GRANT.ends_at_ms + 1)
    shelf.put(GRANT.terms(0), sealed(lena))
    shelf.put(later.terms(0), seal_grant(KEY, later.terms(0), lena.to_public()))
    (path,) = recordings.rglob(f"*{PERSON}.grant")
    torn = path.with_name(f"{RECORDING}.1.{PERSON}.grant")
    torn.write_bytes(bytes(GRANT_BYTES))  # overwritten, and the power was cut
    task = EndedGrants(shelf)
    with path.open("rb") as held:
        task.run(GRANT.ends_at_ms + LEFT_TO_THE_OPENER_MS)
        assert held.read() == bytes(GRANT_BYTES)
    assert [each.name for each in recordings.rglob("*.grant")] == [f"{RECORDING}.0.{OTHER}.grant"]


def test_there_is_none_for_a_recording_or_a_segment_that_is_not_there(
    recordings: Path, lena: pyrage.x25519.Identity
) -> None:
    shelf = GrantFolder(recordings)
    with pytest.raises(NoSuchRecording):
        shelf.put(GRANT.terms(7), sealed(lena))
    with pytest.raises(NoSuchRecording):
        shelf.grants("../../etc", PERSON)
    with pytest.raises(ValueError, match="id"):
        shelf.grants(RECORDING, "*")


def test_an_ended_one_is_told_apart_from_a_damaged_one(lena: pyrage.x25519.Identity) -> None:
    with pytest.raises(KeyErased):
        unseal_grant(bytes(GRANT_BYTES), GRANT.terms(0), lena)
    with pytest.raises(DamagedRecording):
        unseal_grant(b"EARSLOT1".ljust(GRANT_BYTES, b"\1"), GRANT.terms(0), lena)


def test_only_who_holds_the_office_key_can_make_one(lena: pyrage.x25519.Identity) -> None:
    office = pyrage.x25519.Identity.generate()
    keyslot = wrap_key(KEY, [office.to_public()])
    public = str(lena.to_public())
    sealer, terms = AgeGrantSealer(), GRANT.terms(0)
    director = AgeUnlockedKeys(pyrage.x25519.Identity.generate(), {1: office})
    assert unseal_grant(sealer.reseal(director, keyslot, terms, public), terms, lena) == KEY
    with pytest.raises(NotAllowed):
        sealer.reseal(AgeUnlockedKeys(lena, {}), keyslot, terms, public)
    with pytest.raises(SettingsError):
        sealer.reseal(director, keyslot, terms, "age1nobody")


def test_the_age_file_within_is_an_ordinary_one(tmp_path: Path, lena: pyrage.x25519.Identity) -> None:
    content = sealed(lena)
    length = int.from_bytes(content[8:10], "big")
    assert pyrage.decrypt(content[32 : 32 + length], [lena])[:32] == KEY
    assert content[32:].startswith(b"age-encryption.org/v1\n")
