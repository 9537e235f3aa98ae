"""A new office key and a new recovery key, by the real opener over a real store with its evidence."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest

from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.keys.device_key import load_device_key
from firmware.adapters.keys.listening_keys import AgeKeyMaker, AgeKeyUnlocker, new_person
from firmware.adapters.keys.office_keys import PublicKeyFiles
from firmware.adapters.sealing.keyslot import erase_keyslot, parse_recipient, unwrap_key, wrap_key
from firmware.adapters.sealing.segment_sealer import PublicKeySealer
from firmware.adapters.settings.people_file import PeopleFile
from firmware.adapters.store.evidence_files import EvidenceFiles
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.opener_composition import Ground, Office, compose_office
from firmware.cli.opener_keys import KeyServices, compose_keys
from firmware.cli.set_up import set_up_office
from firmware.cli.verify import verify_home
from firmware.config.settings_model import Settings, SignInSettings
from firmware.core.access_policy import Action, Role
from firmware.core.errors import ActionRefused, NotAllowed, SignInRefused
from firmware.core.home import Home
from firmware.core.sealed_format import read_header
from firmware.services.local_evidence import LocalEvidenceDesk
from tests.functional.kill_points import close
from tests.integration.opener_box import CHEAP, WORDS


@dataclass
class Desk:
    """The opener's parts over an office, with the evidence log at hand."""

    home: Home
    office: Office
    keys: KeyServices

    def sign_in(self, name: str) -> str:
        return self.office.signing_in.sign_in(name, WORDS).token

    def opens(self, token: str, recording: str) -> bool:
        keys = self.office.opener.open(token, recording, "a test", Action.LISTEN)
        return all(len(key.key) == 32 for key in keys)

    def replace_recovery(self, token: str, public_key: str) -> None:
        """And wait for it."""
        self.keys.replacement.replace(token, public_key)
        while self.keys.replacement.progress(token).state == "going-on":
            pass
        assert self.keys.replacement.progress(token).state == "done", self.keys.replacement.progress(token)


@dataclass
class Vaulted:
    home: Home
    recovery: pyrage.x25519.Identity

    def record(self) -> str:
        lines = close.Lines()
        close.run(self.home.root, lines)
        lines.ring.release()
        return lines.record.recording_id

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        log = EvidenceFiles(self.home, load_device_key(self.home.device_key))
        details = SqliteCatalogueWriter(self.home.catalogue)
        evidence, secret = LocalEvidenceDesk(log, details), self.home.box_secret.read_bytes()
        settings = Settings(sign_in=SignInSettings(second_factor="offered"))
        unlocker, maker = AgeKeyUnlocker(secret, CHEAP), AgeKeyMaker(secret, CHEAP)
        ground = Ground(PeopleFile(self.home.people_file), SystemClock(), unlocker, maker, secret, settings)
        try:
            office = compose_office(self.home, evidence, ground)
            yield Desk(self.home, office, compose_keys(self.home, office, evidence))
        finally:
            details.close()
            log.close()

    def keyslots(self) -> list[Path]:
        return sorted(self.home.recordings.rglob("*.key"))

    def wrong(self) -> list[str]:
        return [f"{each.subject}: {each.text}" for each in verify_home(self.home) if each.severity == "wrong"]

    def lines(self, kind: str) -> list[str]:
        text = "".join(path.read_text() for path in sorted(self.home.evidence.glob("*.log")))
        return [line for line in text.splitlines() if f" {kind} " in line]


@pytest.fixture
def vaulted(tmp_path: Path) -> Vaulted:
    return vaulted_office(tmp_path / "home")


def vaulted_office(folder: Path) -> Vaulted:
    """A director and a Support Services Manager, who hold the office key; an administrator, who does not."""
    home = Home(folder)
    made = set_up_office(home, Settings(), (), datetime.now(UTC))
    recovery = pyrage.x25519.Identity.from_str(made.recovery_key)
    people, office = PeopleFile(home.people_file), _office_key(home, recovery)
    secret = home.box_secret.read_bytes()
    for name, role in (("dora", Role.DIRECTOR), ("anna", Role.SERVICES_MANAGER), ("admin", Role.ADMINISTRATOR)):
        holds = office if role is not Role.ADMINISTRATOR else None
        people.put(new_person(name, role, WORDS, secret, holds, CHEAP))
    return Vaulted(home, recovery)


def _office_key(home: Home, recovery: pyrage.x25519.Identity) -> pyrage.x25519.Identity:
    kept: dict[str, Any] = json.loads(home.recipients_file.read_bytes())
    [document] = kept["for_recovery"].values()
    sealed = b64decode(document["office_keys"][0]["blob"])
    return pyrage.x25519.Identity.from_str(bytes(pyrage.decrypt(sealed, [recovery])).decode())


def test_after_a_rotation_every_listener_opens_old_recordings_and_new_ones_without_signing_in_again(
    vaulted: Vaulted,
) -> None:
    old = vaulted.record()
    with vaulted.desk() as desk:
        dora = desk.sign_in("dora")
        rotated = desk.keys.rotation.rotate(dora)
        assert (rotated.epoch, set(rotated.holders), rotated.left_out) == (2, {"dora", "anna"}, ())
    new = vaulted.record()
    assert [read_header(path.read_bytes()).key_epoch for path in sorted(vaulted.home.recordings.rglob("*.ear"))] == [
        1,
        2,
    ]
    with vaulted.desk() as desk:
        for name in ("dora", "anna"):
            token = desk.sign_in(name)
            assert desk.opens(token, old)
            assert desk.opens(token, new)
    assert vaulted.wrong() == []


def test_who_is_signed_in_opens_what_is_recorded_after_a_rotation(vaulted: Vaulted) -> None:
    vaulted.record()
    with vaulted.desk() as desk:
        dora, anna = desk.sign_in("dora"), desk.sign_in("anna")
        desk.keys.rotation.rotate(dora)
        public = PublicKeyFiles(vaulted.home).read()
        path = vaulted.keyslots()[0]
        key = unwrap_key(path.read_bytes(), [vaulted.recovery])
        path.write_bytes(slot_for(key, public.office))
        recording = path.name.split(".")[0]
        assert desk.opens(anna, recording)


def slot_for(key: bytes, office: str) -> bytes:
    return wrap_key(key, [parse_recipient(office, "office")])


def test_the_old_office_key_opens_nothing_recorded_after_a_rotation(vaulted: Vaulted) -> None:
    old_key = _office_key(vaulted.home, vaulted.recovery)
    vaulted.record()
    with vaulted.desk() as desk:
        desk.keys.rotation.rotate(desk.sign_in("dora"))
    vaulted.record()
    first, second = vaulted.keyslots()
    assert unwrap_key(first.read_bytes(), [old_key])
    with pytest.raises(NotAllowed):
        unwrap_key(second.read_bytes(), [old_key])
    assert unwrap_key(second.read_bytes(), [vaulted.recovery])


def test_a_recorder_that_runs_takes_the_new_key_for_its_next_recording(vaulted: Vaulted) -> None:
    sealer = PublicKeySealer.from_home(vaulted.home)
    header = replace(read_header(_any_header(vaulted)), commitment=bytes(32))
    with vaulted.desk() as desk:
        desk.keys.rotation.rotate(desk.sign_in("dora"))
    assert read_header(sealer.begin(header).header_block).key_epoch == 2
    vaulted.home.office_public_key.write_text("damaged")
    assert read_header(sealer.begin(header).header_block).key_epoch == 2, "no recording waits for a damaged file"


def _any_header(vaulted: Vaulted) -> bytes:
    vaulted.record()
    return next(vaulted.home.recordings.rglob("*.ear")).read_bytes()


@pytest.mark.parametrize("name", ["anna", "admin"])
def test_only_a_director_makes_new_keys(vaulted: Vaulted, name: str) -> None:
    vaulted.record()
    before = [vaulted.home.office_public_key.read_bytes(), vaulted.home.people_file.read_bytes()]
    with vaulted.desk() as desk:
        token = desk.sign_in(name)
        with pytest.raises(NotAllowed):
            desk.keys.rotation.rotate(token)
        with pytest.raises(NotAllowed):
            desk.keys.replacement.replace(token, str(pyrage.x25519.Identity.generate().to_public()))
    assert before == [vaulted.home.office_public_key.read_bytes(), vaulted.home.people_file.read_bytes()]


def test_somebody_whom_no_holder_admitted_gets_no_new_key_and_is_named(vaulted: Vaulted) -> None:
    vaulted.record()
    people = PeopleFile(vaulted.home.people_file)
    intruder = new_person("mallory", Role.SERVICES_MANAGER, WORDS, vaulted.home.box_secret.read_bytes(), None, CHEAP)
    anna = people.find("anna")
    assert anna is not None
    people.put(replace(intruder, key_mark=anna.key_mark, office_keys=anna.office_keys))
    with vaulted.desk() as desk:
        rotated = desk.keys.rotation.rotate(desk.sign_in("dora"))
    assert rotated.left_out == ("mallory",)
    found = people.find("mallory")
    assert found is not None
    assert {key.epoch for key in found.office_keys} == {1}


def test_a_new_recovery_key_opens_every_recording_and_the_old_one_none(vaulted: Vaulted) -> None:
    recordings = [vaulted.record() for _ in range(3)]
    old = {path: path.read_bytes() for path in vaulted.keyslots()}
    new = pyrage.x25519.Identity.generate()
    with vaulted.desk() as desk:
        dora = desk.sign_in("dora")
        desk.replace_recovery(dora, str(new.to_public()))
        assert all(desk.opens(dora, each) for each in recordings)
    for path in vaulted.keyslots():
        assert unwrap_key(path.read_bytes(), [new]) == unwrap_key(old[path], [vaulted.recovery])
        with pytest.raises(NotAllowed):
            unwrap_key(path.read_bytes(), [vaulted.recovery])
    assert len(vaulted.lines("keyslot-rewrapped")) == 3
    assert vaulted.wrong() == []
    assert not list(vaulted.home.recordings.rglob("*.new"))
    with vaulted.desk() as desk, pytest.raises(SignInRefused):
        desk.office.recovering.recover(str(vaulted.recovery), "dora", "some five other words here")
    with vaulted.desk() as desk:
        assert desk.office.recovering.recover(str(new), "dora", "some five other words here").office_keys


def test_an_erased_recording_stays_erased_when_keyslots_are_wrapped_anew(vaulted: Vaulted) -> None:
    vaulted.record()
    vaulted.record()
    gone = vaulted.keyslots()[0]
    erase_keyslot(gone)
    with vaulted.desk() as desk:
        desk.replace_recovery(desk.sign_in("dora"), str(pyrage.x25519.Identity.generate().to_public()))
    assert not gone.exists()
    assert len(vaulted.lines("keyslot-rewrapped")) == 1


def test_wrapping_anew_that_was_cut_short_goes_on_and_no_second_key_comes_between(vaulted: Vaulted) -> None:
    for _ in range(2):
        vaulted.record()
    new = pyrage.x25519.Identity.generate()
    with vaulted.desk() as desk:
        desk.replace_recovery(desk.sign_in("dora"), str(new.to_public()))
    vaulted.home.rewrap_journal.write_text('{"after": ""}')  # as if it had ended before the first
    with vaulted.desk() as desk:
        dora = desk.sign_in("dora")
        with pytest.raises(ActionRefused):
            desk.keys.replacement.replace(dora, str(pyrage.x25519.Identity.generate().to_public()))
        desk.keys.replacement.go_on(dora)
        while desk.keys.replacement.progress(dora).state == "going-on":
            pass
        assert desk.keys.replacement.progress(dora).done == 2
    assert all(unwrap_key(path.read_bytes(), [new]) for path in vaulted.keyslots())
    assert not vaulted.home.rewrap_journal.exists()
    assert vaulted.wrong() == []
