"""The opener behind its control socket, with real keys and keyslots, the recorder's side of evidence, and a clock set
by hand. Pass phrases are stretched cheaply, so that a test may sign in as often as it likes.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage

from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.evidence_desk import RecorderEvidenceDesk
from firmware.adapters.control.server import ControlServer, Request
from firmware.adapters.keys.listening_keys import AgeKeyMaker, AgeKeyUnlocker, new_person, seal_office_key
from firmware.adapters.keys.user_keys import Argon2Costs
from firmware.adapters.sealing.keyslot import wrap_key
from firmware.adapters.settings.people_file import PeopleFile
from firmware.adapters.settings.recipients_file import RecipientsFile
from firmware.cli.opener.composition import Ground, Office, compose_office
from firmware.cli.opener.needs import OpenerNeeds
from firmware.cli.opener.opening import opening_routes
from firmware.cli.opener.people import people_routes
from firmware.config.settings_model import Settings, SignInSettings
from firmware.core.access_policy import Role
from firmware.core.errors import StorageFull
from firmware.core.evidence_chain import EvidenceLine
from firmware.core.home import Home
from firmware.core.people import Person
from tests.hand_set_clock import HandSetClock

CHEAP = Argon2Costs(memory_kib=64, passes=1)
BOX_SECRET = b"b" * 32
WORDS = "five words of some sort"
STARTED = datetime(2026, 3, 31, 23, 59, 59, 900_000, UTC)


@dataclass
class Desk:
    """The recorder's side of ``POST /evidence``, on a real control socket."""

    entries: list[Mapping[str, Any]] = field(default_factory=list)
    full: bool = False

    def take(self, request: Request) -> Mapping[str, Any]:
        EvidenceLine(1, STARTED, request.body["kind"], request.body["subject"], "", "0" * 64).to_text()
        if self.full:
            raise StorageFull("No room for evidence.", "Make room.")
        self.entries.append(request.body)
        return {"line": len(self.entries)}

    @property
    def kinds(self) -> list[str]:
        return [entry["kind"] for entry in self.entries]

    def last(self, kind: str) -> Mapping[str, Any]:
        return next(entry for entry in reversed(self.entries) if entry["kind"] == kind)


@dataclass
class Box:
    """Anna is Support Services Manager and holds the office key; the administrator holds none."""

    home: Home
    client: ControlClient
    clock: HandSetClock
    desk: Desk
    parts: Office
    people: PeopleFile
    office: pyrage.x25519.Identity
    recovery: pyrage.x25519.Identity
    evidence_server: ControlServer

    @property
    def recordings(self) -> Path:
        return self.home.recordings

    def sign_in(self, user: str = "anna", password: str = WORDS, **more: str) -> str:
        return str(self.stage(user, password, **more)["token"])

    def stage(self, user: str = "anna", password: str = WORDS, **more: str) -> dict[str, Any]:
        return self.client.post("/sign-in", {"user": user, "password": password, **more})

    def open(self, token: str, recording_id: str, use: str = "listen", purpose: str = "a complaint") -> dict[str, Any]:
        body = {"token": token, "recording_id": recording_id, "purpose": purpose, "use": use}
        return self.client.post("/open", body)

    def person(self, name: str) -> Person:
        found = self.people.find(name)
        assert found is not None
        return found

    def join(self, token: str, name: str, role: Role, extension: str = "") -> dict[str, Any]:
        """Somebody is invited and joins with the usual pass phrase."""
        wish = {"name": name, "role": role.value, "extension": extension}
        code = self.client.post("/invitations", wish, token=token)["code"]
        return self.client.post("/join", {"name": name, "code": code, "password": WORDS})

    def record(self, keys: list[bytes], day: datetime = STARTED) -> str:
        """Lay a recording's files where the recorder does."""
        made_ms = int(STARTED.timestamp() * 1000)
        recording_id = str(uuid.UUID(int=(made_ms << 80) | (7 << 76) | (2 << 62) | uuid.uuid4().int % (1 << 62)))
        folder = self.recordings / f"{day:%Y/%m/%d}"
        folder.mkdir(parents=True, exist_ok=True)
        for segment, key in enumerate(keys):
            (folder / f"{recording_id}.{segment}.ear").write_bytes(b"sealed")
            (folder / f"{recording_id}.{segment}.key").write_bytes(wrap_key(key, [self.office.to_public()]))
        return recording_id


@contextmanager
def opener_box(folder: Path, sign_in: SignInSettings | None = None) -> Iterator[Box]:
    """The office, served; second factors are offered unless ``sign_in`` says otherwise."""
    home = Home(folder)
    home.keys.mkdir(parents=True)
    office, recovery = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    home.office_public_key.write_text(f"{office.to_public()}\n")
    home.recovery_public_key.write_text(f"{recovery.to_public()}\n")
    RecipientsFile(home.recipients_file).set_office_keys_for_recovery(
        (seal_office_key(office, 1, recovery.to_public()),)
    )
    people, clock, desk = PeopleFile(home.people_file), HandSetClock(), Desk()
    people.put(new_person("anna", Role.SERVICES_MANAGER, WORDS, BOX_SECRET, office, CHEAP))
    people.put(new_person("admin", Role.ADMINISTRATOR, WORDS, BOX_SECRET, None, CHEAP))
    needs = OpenerNeeds.of(Settings(sign_in=sign_in or SignInSettings(second_factor="offered")))
    ground = Ground(people, clock, AgeKeyUnlocker(BOX_SECRET, CHEAP), AgeKeyMaker(BOX_SECRET, CHEAP), BOX_SECRET, needs)
    home.run.mkdir()
    parts = compose_office(home, RecorderEvidenceDesk(home.recorder_socket), ground)
    evidence_server = ControlServer(home.recorder_socket, {"POST /evidence": desk.take})
    answers = {**opening_routes(parts.opener), **people_routes(parts)}
    with evidence_server, ControlServer(home.opener_socket, answers):
        client = ControlClient(home.opener_socket)
        yield Box(home, client, clock, desk, parts, people, office, recovery, evidence_server)
