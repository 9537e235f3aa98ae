"""What lies in the opener's memory: the office key while a listener is signed in, nothing of it before and after."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyrage
import pytest

from firmware.adapters.control.client import ControlClient
from firmware.adapters.keys import user_keys
from firmware.adapters.settings.people_file import PeopleFile
from firmware.cli.demo.office import demo_settings
from firmware.cli.set_up.making import set_up_office
from firmware.core.access_policy import Role
from firmware.core.home import Home

BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


@dataclass
class Secrets:
    """What must not be found: keys as text and as the 32 bytes they stand for, and the pass phrase."""

    pass_phrase: str
    office_key: str
    user_key: str

    def needles(self) -> dict[str, bytes]:
        return {
            "pass phrase": self.pass_phrase.encode(),
            "office key, text": self.office_key.encode(),
            "office key": scalar(self.office_key),
            "user key, text": self.user_key.encode(),
            "user key": scalar(self.user_key),
        }


def scalar(identity: str) -> bytes:
    """The 32 bytes inside an age identity: bech32 (BIP 173), five bits a letter, the last six a checksum."""
    number = 0
    letters = identity.lower().rpartition("1")[2][:-6]
    for letter in letters:
        number = number << 5 | BECH32.index(letter)
    return (number >> (len(letters) * 5 - 256)).to_bytes(32, "big")


def found_in(pid: int, secrets: Secrets) -> set[str]:
    """The names of the secrets that are somewhere in a process's memory."""
    found = set()
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            span, rights, *_ = line.split()
            start, end = (int(each, 16) for each in span.split("-"))
            try:
                memory.seek(start)
                content = memory.read(end - start) if rights.startswith("r") else b""
            except (OSError, OverflowError):  # the kernel's own pages, or a file's end: no memory of the process
                continue
            found |= {name for name, needle in secrets.needles().items() if needle in content}
    return found


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "var")


@pytest.fixture
def secrets(home: Home) -> Secrets:
    people = (("admin", Role.ADMINISTRATOR), ("anna", Role.SERVICES_MANAGER))
    office = set_up_office(home, demo_settings(), people, datetime.now(UTC))
    pass_phrase = next(person.pass_phrase for person in office.people if person.name == "anna")
    anna = PeopleFile(home.people_file).find("anna")
    assert anna is not None
    user_key = user_keys.unwrap(anna.user_key, pass_phrase, anna.person_id, home.box_secret.read_bytes()).decode()
    sealed = anna.office_keys[0].blob
    return Secrets(pass_phrase, pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(user_key)]).decode(), user_key)


@pytest.fixture
def opener(home: Home, secrets: Secrets) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "firmware.cli.main", "--home", str(home.root), "opener"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert any("ready" in line for line in process.stderr)
    yield process
    process.terminate()
    process.wait(10)
    process.stderr.close()


def test_signing_out_leaves_nothing_of_the_keys_or_the_pass_phrase_in_memory(
    home: Home, secrets: Secrets, opener: subprocess.Popen[str]
) -> None:
    if os.geteuid() != 0:
        with pytest.raises(PermissionError):
            found_in(opener.pid, secrets)
        return
    client = ControlClient(home.opener_socket, 30)
    assert found_in(opener.pid, secrets) == set()
    token = client.post("/sign-in", {"user": "anna", "password": secrets.pass_phrase})["token"]
    assert found_in(opener.pid, secrets) == {"office key", "user key"}
    client.post("/sign-out", {"token": token})
    assert found_in(opener.pid, secrets) == set()


def test_the_office_key_is_nowhere_in_the_data_folder(home: Home, secrets: Secrets) -> None:
    kept = b"".join(path.read_bytes() for path in home.root.rglob("*") if path.is_file())
    assert [name for name, needle in secrets.needles().items() if needle in kept] == []
