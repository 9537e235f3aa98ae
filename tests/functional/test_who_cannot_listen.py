"""An administrator, a recorder process and a thief with the disk: each tries all they hold on every file. None hears.

Who calls is no secret to whoever holds an open data disk: it stands in the catalogue, and the key to what waits in the
spool lies beside it. What they open with that is told, and it is words alone.

The same search, given what somebody holds who may listen, does open what they may hear: that is the control of each.
"""

from __future__ import annotations

import base64
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyrage
import pytest

from firmware.adapters.control.client import ControlClient
from firmware.adapters.keys import user_keys
from firmware.adapters.keys.device_key import load_device_key
from firmware.adapters.keys.listening_keys import AgeKeyUnlocker
from firmware.adapters.sealing.unsealer import SealedSegment, unseal
from firmware.adapters.settings.people_file import PeopleFile
from firmware.adapters.store.spool_rows import SpooledRows
from firmware.core.access_policy import Role
from firmware.core.errors import EarmarkError, NotAllowed, SignInRefused
from firmware.core.home import Home
from firmware.ports.catalogue import SaveRecording
from tests.functional.conftest import Note
from tests.functional.instruments.speech import conversation
from tests.functional.office.office import Office
from tests.functional.office.processes import Processes, wait_until
from tests.functional.office.secrets import Secret, found_in_memory, key_secrets, office_key, writable_memory
from tests.functional.office.speaking import live_call, notice_s
from tests.functional.office.spoils import Sealed, Spoils, age_key
from tests.integration.further_people import add_people, person_of, user_key_of
from tests.integration.sealed_call import seal_call
from tests.integration.web_office import new_record

pytestmark = pytest.mark.functional

_SPOKEN_S = 4
_PEOPLE = {"dora": Role.DIRECTOR, "lena": Role.LINE_MANAGER, "otto": Role.DATA_PROTECTION_OFFICER}


@dataclass(frozen=True)
class Scene:
    """An office at work: one call is open to ``lena`` and was to ``otto``; a director is signed in no more."""

    office: Office
    processes: Processes
    phrases: dict[str, str]
    recording_id: str
    keys: list[bytes]
    stolen: Home
    spooled: tuple[str, ...]

    @property
    def sealed(self) -> Sealed:
        return Sealed.in_folder(self.stolen)

    def of(self, kind: str, person: str = "") -> list[str]:
        """The names of a kind of sealed file, or of one person's."""
        whose = person_of(self.stolen, person).person_id if person else ""
        places = (self.stolen.recordings, self.stolen.spooled.recordings)
        return sorted(path.name for place in places for path in place.rglob(f"*{whose}.{kind}"))


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with TemporaryDirectory(prefix="em-") as name, Office.found(Path(name) / "home") as office:
        key = pyrage.x25519.Identity.from_str(office_key(office))
        phrases = add_people(office.home, key, _PEOPLE)
        processes = office.start("recorder", "opener", "lines")
        with live_call(office, Path(name), notice_s() + _SPOKEN_S + 4) as call:
            call.say(conversation(_SPOKEN_S))
            assert call.caller.wait(notice_s() + 40) == 0, call.caller.report()
        office.wait_until_quiet()
        keys = _grants_and_keys(office, phrases, call.recording_id)
        stolen = Home(Path(name) / "stolen")
        shutil.copytree(office.root, stolen.root, ignore=shutil.ignore_patterns("*.sock", "*.lock"))
        yield Scene(office, processes, phrases, call.recording_id, keys, stolen, _spool_a_call(stolen))


def _spool_a_call(home: Home) -> tuple[str, ...]:
    """One more call, recorded while the data disk was away. Gives what of it is sealed to the spool's key."""
    record = seal_call(home, new_record(), 4.0)
    for path in list(home.recordings.rglob(f"{record.recording_id}.*")):
        waiting = home.spooled.recordings / path.relative_to(home.recordings)
        waiting.parent.mkdir(parents=True, exist_ok=True)
        path.rename(waiting)
    rows = SpooledRows(home)
    rows.apply([SaveRecording(record.recording_id, record.started_at_ms, "complete", record)])
    rows.keep_detail("c" * 64, b"salt", {"name": "Jo Bloggs"})
    return ("detail " + "c" * 64, f"parties of {record.recording_id}", "the private key of the spool")


def _grants_and_keys(office: Office, phrases: dict[str, str], recording_id: str) -> list[bytes]:
    """Open the call to both who ask, let one's time pass, and give the recording's keys as a director gets them."""
    opener = ControlClient(office.home.opener_socket, 30)
    tokens = {
        name: str(opener.post("/sign-in", {"user": name, "password": phrases[name]})["token"]) for name in phrases
    }
    now_ms = time.time_ns() // 1_000_000
    for name, ends_at_ms in (("lena", now_ms + 86_400_000), ("otto", now_ms + 6_000)):
        asked = opener.post("/requests", {"purpose": "complaint", "calls": [recording_id]}, token=tokens[name])
        body = {"calls": [recording_id], "ends_at_ms": ends_at_ms, "reason": ""}
        opener.post(f"/requests/{asked['request_id']}/approve", body, token=tokens["dora"])
    assert len(list(office.home.recordings.rglob("*.grant"))) == 2 * len(list(office.home.recordings.rglob("*.ear")))
    wait_until(
        lambda: len(list(office.home.recordings.rglob("*.grant"))) == len(list(office.home.recordings.rglob("*.ear"))),
        20,
        "one approval's time to pass",
    )
    answer = _open(opener, tokens["dora"], recording_id)
    for token in tokens.values():
        opener.post("/sign-out", {"token": token})
    return [base64.b64decode(each["key"]) for each in answer["keys"]]


def _open(opener: ControlClient, token: str, recording_id: str, use: str = "listen") -> dict[str, Any]:
    body = {"token": token, "recording_id": recording_id, "purpose": "a test", "use": use}
    return opener.post("/open", body)


@pytest.fixture(scope="module")
def disk(scene: Scene) -> Spoils:
    """All that lies on the disk, the box secret and the device's signing key with it."""
    spoils = Spoils()
    spoils.add_folder(scene.stolen.root)
    for secret in (scene.stolen.box_secret, scene.stolen.spool_key):
        assert secret.read_bytes() in spoils.octets, "the search itself does not work"
        assert any(str(each) == age_key(secret.read_bytes()) for each in spoils.identities)
    return spoils


def test_a_thief_with_the_whole_disk_hears_nothing(scene: Scene, disk: Spoils, note: Note) -> None:
    note("candidate keys on the disk", len(disk.octets))
    assert len(disk.octets) > 10_000
    assert len(scene.of("ear")) > 1
    assert scene.sealed.opened_by(disk) == list(scene.spooled)
    for person in PeopleFile(scene.stolen.people_file).people():
        for guess in ("", person.name, scene.stolen.box_secret.read_bytes().hex()):
            with pytest.raises(SignInRefused):
                AgeKeyUnlocker(scene.stolen.box_secret.read_bytes()).unlock(person, guess)


def test_the_search_finds_the_keys_wherever_they_lie(scene: Scene, folder: Path) -> None:
    """The control: each kind of key, laid down in some form, opens what it should."""
    opens = {
        "raw": (scene.keys[0], scene.of("ear")[:1]),
        "hex": (scene.keys[0].hex().encode(), scene.of("ear")[:1]),
        "base64": (b'{"k": "' + base64.b64encode(scene.keys[0]) + b'"}', scene.of("ear")[:1]),
        "age": (office_key(scene.office).encode(), ["the private key of office", *scene.of("key")]),
    }
    for form, (content, expected) in opens.items():
        spoils = Spoils()
        spoils.add(b"#" * 1001 + content + b"#" * 77)
        assert sorted({*scene.sealed.opened_by(spoils)} - _office_blobs(scene)) == sorted(expected), form


def _office_blobs(scene: Scene) -> set[str]:
    return {name for name in scene.sealed.files if name.startswith("office key of")}


def test_an_administrator_hears_nothing_with_their_key_and_every_file_of_the_box(
    scene: Scene, disk: Spoils, note: Note
) -> None:
    admin = scene.office.people.administrator
    own = str(user_key_of(scene.stolen, admin.name, admin.password))
    spoils = Spoils(set(disk.octets), list(disk.identities))
    spoils.add_identity(own)
    # Beside the words of the spool, their own private key is all that they have found; it opens nothing that is sealed.
    assert scene.sealed.opened_by(spoils) == sorted([f"the private key of {admin.name}", *scene.spooled])
    note("candidate keys of an administrator", len(spoils.octets))


def test_an_administrator_s_pass_phrase_unlocks_nobody_else(scene: Scene) -> None:
    admin, secret = scene.office.people.administrator, scene.stolen.box_secret.read_bytes()
    for person in PeopleFile(scene.stolen.people_file).people():
        if person.name != admin.name:
            with pytest.raises(SignInRefused):
                user_keys.unwrap(person.user_key, admin.password, person.person_id, secret)


def test_an_administrator_who_rewrites_the_people_file_opens_nothing(scene: Scene) -> None:
    """Root can give itself another role and a listener's sealed keys. What was sealed to another stays shut."""
    admin = scene.office.people.administrator
    me, director = person_of(scene.stolen, admin.name), person_of(scene.stolen, "dora")
    unlocker = AgeKeyUnlocker(scene.stolen.box_secret.read_bytes())
    promoted = replace(me, role=Role.DIRECTOR, office_keys=director.office_keys)
    with pytest.raises(SignInRefused):
        unlocker.unlock(promoted, admin.password)
    promoted = replace(me, role=Role.DIRECTOR)
    assert not unlocker.unlock(promoted, admin.password).may_open
    in_her_place = replace(director, user_key=me.user_key, user_public_key=me.user_public_key)
    with pytest.raises(SignInRefused):
        unlocker.unlock(in_her_place, admin.password)


def test_an_administrator_who_asks_is_refused(scene: Scene) -> None:
    opener, admin = ControlClient(scene.office.home.opener_socket, 30), scene.office.people.administrator
    token = str(opener.post("/sign-in", {"user": admin.name, "password": admin.password})["token"])
    for use in ("listen", "download", "export"):
        with pytest.raises(NotAllowed):
            _open(opener, token, scene.recording_id, use)
    with pytest.raises(EarmarkError):
        opener.post("/requests", {"purpose": "curious", "calls": [scene.recording_id]}, token=token)
    opener.post("/sign-out", {"token": token})


def test_a_recorder_has_no_key_left_once_the_call_is_over(scene: Scene, disk: Spoils, note: Note) -> None:
    """Its memory, and all it can read; the same search finds the office's key in the opener while somebody listens."""
    keys = [Secret("the recording's key", key) for key in scene.keys]
    private = key_secrets("the office's private key", office_key(scene.office))
    private += key_secrets("the recovery key", scene.office.people.recovery_key)
    opener = ControlClient(scene.office.home.opener_socket, 30)
    token = str(opener.post("/sign-in", {"user": "dora", "password": scene.phrases["dora"]})["token"])
    assert "the office's private key, as bytes" in found_in_memory(scene.processes.pid("opener"), private)
    opener.post("/sign-out", {"token": token})

    recorder = scene.processes.pid("recorder")
    assert found_in_memory(recorder, [*keys, *private]) == []
    spoils = Spoils(set(disk.octets), list(disk.identities))
    size = 0
    for piece in writable_memory(recorder):
        size += len(piece)
        spoils.add_identities_in(piece)
    note("MB of the recorder's memory searched", size >> 20)
    device = load_device_key(scene.stolen.device_key).private.private_bytes_raw()
    assert device in spoils.octets
    assert scene.sealed.opened_by(spoils) == list(scene.spooled)


def test_who_may_listen_opens_what_they_may_and_no_more(scene: Scene) -> None:
    """The control: a director opens all; a line manager what was opened to her; nobody what has ended."""
    opened = {
        name: scene.sealed.opened_by(_with_identity(str(user_key_of(scene.stolen, name, scene.phrases[name]))))
        for name in ("dora", "lena", "otto")
    }
    assert opened["dora"] == ["office key of dora, 1", "the private key of dora"]
    assert opened["lena"] == sorted([*scene.of("grant", "lena"), "the private key of lena"])
    assert opened["otto"] == ["the private key of otto"]
    everything = scene.sealed.opened_by(_with_identity(scene.office.people.recovery_key))
    assert set(scene.of("key")) <= set(everything)
    segments = sorted(scene.stolen.recordings.rglob("*.ear"), key=lambda path: int(path.name.split(".")[1]))
    heard = unseal([SealedSegment(path, key) for path, key in zip(segments, scene.keys, strict=True)])
    assert heard.duration_ms > _SPOKEN_S * 1000


def _with_identity(text: str) -> Spoils:
    spoils = Spoils()
    spoils.add_identity(text)
    return spoils


def test_a_key_that_was_never_the_recordings_opens_nothing(scene: Scene) -> None:
    assert scene.sealed.opened_by(Spoils({secrets.token_bytes(32) for _ in range(100)})) == []
