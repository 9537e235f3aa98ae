"""An office whose keys are made anew: real recordings, evidence and files, and the opener's own parts over them."""

from __future__ import annotations

import json
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage

from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.keys.device_key import load_device_key
from firmware.adapters.keys.listening_keys import AgeKeyMaker, AgeKeyUnlocker, new_person
from firmware.adapters.settings.people_file import PeopleFile
from firmware.adapters.store.evidence_files import EvidenceFiles
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.opener.composition import Ground, Office, compose_office
from firmware.cli.opener.keys import KeyServices, compose_keys
from firmware.cli.opener.needs import OpenerNeeds
from firmware.cli.set_up.making import set_up_office
from firmware.cli.verify import verify_home
from firmware.config.settings_model import Settings, SignInSettings
from firmware.core.access_policy import Action, Role
from firmware.core.home import Home
from firmware.services.local_evidence import LocalEvidenceDesk
from firmware.services.recovery_key_replacement import Progress
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
        done = self.wait_for_keyslots(token)
        assert done.state == "done", done

    def wait_for_keyslots(self, token: str) -> Progress:
        while (now := self.keys.replacement.progress(token)).state == "going-on":
            time.sleep(0.02)
        return now


@dataclass
class KeyedOffice:
    """``recovery_key`` is known to who made the office; everybody's pass phrase is ``WORDS``."""

    home: Home
    recovery_key: str = ""

    @property
    def recovery(self) -> pyrage.x25519.Identity:
        return pyrage.x25519.Identity.from_str(self.recovery_key)

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
        needs = OpenerNeeds.of(Settings(sign_in=SignInSettings(second_factor="offered")))
        unlocker, maker = AgeKeyUnlocker(secret, CHEAP), AgeKeyMaker(secret, CHEAP)
        ground = Ground(PeopleFile(self.home.people_file), SystemClock(), unlocker, maker, secret, needs)
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


def keyed_office(folder: Path) -> KeyedOffice:
    """A director and a Support Services Manager, who hold the office key; an administrator, who does not."""
    home = Home(folder)
    made = set_up_office(home, Settings(), (), datetime.now(UTC))
    recovery = pyrage.x25519.Identity.from_str(made.recovery_key)
    people, office = PeopleFile(home.people_file), office_key_of(home, recovery)
    secret = home.box_secret.read_bytes()
    for name, role in (("dora", Role.DIRECTOR), ("anna", Role.SERVICES_MANAGER), ("admin", Role.ADMINISTRATOR)):
        holds = office if role is not Role.ADMINISTRATOR else None
        people.put(new_person(name, role, WORDS, secret, holds, CHEAP))
    return KeyedOffice(home, made.recovery_key)


def office_key_of(home: Home, recovery: pyrage.x25519.Identity) -> pyrage.x25519.Identity:
    kept: dict[str, Any] = json.loads(home.recipients_file.read_bytes())
    [document] = kept["for_recovery"].values()
    sealed = b64decode(document["office_keys"][0]["blob"])
    return pyrage.x25519.Identity.from_str(bytes(pyrage.decrypt(sealed, [recovery])).decode())
