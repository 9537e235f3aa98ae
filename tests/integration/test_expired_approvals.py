"""An approval whose time has come opens nothing: with the real opener process, its clock set forward and back."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest

from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.server import ControlServer
from firmware.adapters.sealing.grant_file import GRANT_BYTES, dates_of, unseal_grant
from firmware.adapters.sealing.keyslot import unwrap_key
from firmware.cli.demo.office import demo_settings
from firmware.cli.set_up.making import set_up_office
from firmware.core.access_policy import Role
from firmware.core.errors import EarmarkError, KeyErased, NotAllowed, ServiceAway
from firmware.core.grant import GrantTerms
from firmware.core.home import Home
from tests.integration.further_people import add_people, office_key_of, person_of, user_key_of
from tests.integration.sealed_call import seal_call
from tests.integration.shifted_clock import ShiftedClock
from tests.integration.web_office import RecorderSide, new_record

DAY_MS = 86_400_000
ROLES = {"dora": Role.DIRECTOR, "lena": Role.LINE_MANAGER, "otto": Role.DATA_PROTECTION_OFFICER}


@dataclass
class OpenerProcess:
    """``earmark opener``, with a clock of its own."""

    home: Home
    clock: ShiftedClock
    phrases: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    tokens: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        environment = os.environ | self.clock.environment | {"EARMARK_HOME": str(self.home.root)}
        self.process = subprocess.Popen([sys.executable, "-m", "firmware.cli.main", "opener"], env=environment)
        wait_until(self._answers, "the opener to answer")
        self.tokens = {name: self._sign_in(name) for name in self.phrases}

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            assert self.process.wait(30) == 0
            self.process = None

    @property
    def client(self) -> ControlClient:
        return ControlClient(self.home.opener_socket, 30)

    def approved(self, call: str, ends_at_ms: int, who: str = "lena") -> dict[str, Any]:
        """Ask for a call and have it approved."""
        asked = self.client.post("/requests", {"purpose": "complaint", "calls": [call]}, token=self.tokens[who])
        path = f"/requests/{asked['request_id']}/approve"
        body = {"calls": [call], "ends_at_ms": ends_at_ms, "reason": ""}
        return self.client.post(path, body, token=self.tokens["dora"])

    def keys(self, call: str, who: str = "lena") -> list[bytes]:
        body = {"recording_id": call, "purpose": "complaint 4711", "use": "listen"}
        answer = self.client.post("/open", body, token=self.tokens[who])
        return [base64.b64decode(each["key"]) for each in answer["keys"]]

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "the opener ended"
        try:
            return bool(self.client.get("/health"))
        except ServiceAway:
            return False

    def _sign_in(self, name: str) -> str:
        return str(self.client.post("/sign-in", {"user": name, "password": self.phrases[name]})["token"])


def wait_until(come: Callable[[], object], what: str, patience_s: float = 20) -> None:
    deadline = time.monotonic() + patience_s
    while not come():
        assert time.monotonic() < deadline, f"waited for {what}"
        time.sleep(0.05)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def recorder(home: Home) -> Iterator[RecorderSide]:
    side = RecorderSide()
    with ControlServer(home.recorder_socket, side.routes(), feed=side.feed):
        yield side


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def office_key(home: Home) -> pyrage.x25519.Identity:
    told = set_up_office(home, demo_settings(), (("mona", Role.SERVICES_MANAGER),), datetime.now(UTC))
    return office_key_of(home, "mona", told.people[0].pass_phrase)


@pytest.fixture
def opener(
    tmp_path: Path, home: Home, office_key: pyrage.x25519.Identity, recorder: RecorderSide
) -> Iterator[OpenerProcess]:
    phrases = add_people(home, office_key, ROLES)
    with closing(ShiftedClock(tmp_path)) as clock:
        running = OpenerProcess(home, clock, phrases)
        try:
            yield running
        finally:
            if running.process is not None:
                running.process.kill()
                running.process.wait()


@pytest.fixture
def call(home: Home, office_key: pyrage.x25519.Identity, opener: OpenerProcess) -> str:
    """One recorded call of an hour ago, and the process that may open it."""
    recording = seal_call(home, new_record(datetime.now(UTC) - timedelta(hours=1)), 1.0).recording_id
    opener.start()
    return recording


def grant_file(home: Home, call: str, who: str = "lena") -> Path:
    (path,) = home.recordings.rglob(f"{call}.0.{person_of(home, who).person_id}.grant")
    return path


def test_an_approval_opens_its_call_and_the_evidence_says_by_which_request(
    opener: OpenerProcess, call: str, office_key: pyrage.x25519.Identity, recorder: RecorderSide
) -> None:
    done = opener.approved(call, now_ms() + DAY_MS)
    (keyslot,) = opener.home.recordings.rglob("*.key")
    assert opener.keys(call) == [unwrap_key(keyslot.read_bytes(), [office_key])]
    listened = recorder.evidence[-1]
    assert (listened["kind"], listened["subject"]["request"]) == ("listened", done["request_id"])
    with pytest.raises(NotAllowed):
        opener.keys(call, "otto")
    with pytest.raises(NotAllowed, match="purpose"):
        opener.client.post(
            "/open", {"recording_id": call, "purpose": " ", "use": "listen"}, token=opener.tokens["lena"]
        )
    for use in ("download", "export"):
        with pytest.raises(NotAllowed):
            opener.client.post(
                "/open", {"recording_id": call, "purpose": "a copy", "use": use}, token=opener.tokens["lena"]
            )


def test_an_expired_approval_opens_nothing_and_its_file_is_overwritten(
    opener: OpenerProcess, call: str, recorder: RecorderSide
) -> None:
    done = opener.approved(call, now_ms() + DAY_MS)
    path = grant_file(opener.home, call)
    granted_at_ms, ends_at_ms = dates_of(path.read_bytes())
    assert ends_at_ms == done["ends_at_ms"]
    own = user_key_of(opener.home, "lena", opener.phrases["lena"])
    terms = GrantTerms(call, 0, person_of(opener.home, "lena").person_id, granted_at_ms, ends_at_ms)
    assert unseal_grant(path.read_bytes(), terms, own) == opener.keys(call)[0], "the control: her own key opens it"

    held = os.open(path, os.O_RDONLY)
    try:
        opener.clock.shift(DAY_MS + 1000)
        with pytest.raises(NotAllowed):
            opener.keys(call)
        wait_until(lambda: not path.exists(), "the grant to be destroyed")
        left = os.pread(held, 2 * GRANT_BYTES, 0)
    finally:
        os.close(held)
    assert left == bytes(GRANT_BYTES)
    with pytest.raises(KeyErased):
        unseal_grant(left, terms, own)
    wait_until(lambda: "access-ended" in recorder.kinds(), "the end to be on record")


def test_a_clock_set_back_opens_nothing_again_nor_does_a_restart(opener: OpenerProcess, call: str) -> None:
    opener.approved(call, now_ms() + DAY_MS)
    opener.clock.shift(DAY_MS + 1000)
    with pytest.raises(NotAllowed):
        opener.keys(call)
    opener.clock.shift(DAY_MS // 2)
    with pytest.raises(NotAllowed):
        opener.keys(call)
    wait_until(lambda: not list(opener.home.recordings.rglob("*.grant")), "the grant to be destroyed")
    opener.stop()
    opener.clock.shift(0)
    opener.start()
    with pytest.raises(EarmarkError):
        opener.keys(call)


def test_a_clock_set_back_before_the_approval_opens_nothing(opener: OpenerProcess, call: str) -> None:
    opener.approved(call, now_ms() + DAY_MS)
    assert opener.keys(call)
    opener.clock.shift(-DAY_MS)
    with pytest.raises(NotAllowed, match="clock"):
        opener.keys(call)
    opener.clock.shift(0)
    assert opener.keys(call)


def test_what_ended_while_the_opener_was_down_is_destroyed_when_it_starts(opener: OpenerProcess, call: str) -> None:
    opener.approved(call, now_ms() + DAY_MS)
    path = grant_file(opener.home, call)
    opener.stop()
    opener.clock.shift(DAY_MS + 1000)
    opener.start()
    with pytest.raises(EarmarkError):
        opener.keys(call)
    wait_until(lambda: not path.exists(), "the grant to be destroyed")


def test_one_person_s_end_is_not_another_s(opener: OpenerProcess, call: str) -> None:
    opener.approved(call, now_ms() + DAY_MS)
    opener.approved(call, now_ms() + 2 * DAY_MS, "otto")
    path = grant_file(opener.home, call)
    opener.clock.shift(DAY_MS + 1000)
    wait_until(lambda: not path.exists(), "the grant to be destroyed")
    assert len(opener.keys(call, "otto")) == 1
    with pytest.raises(NotAllowed):
        opener.keys(call)
