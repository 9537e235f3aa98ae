"""Whoever has the data folder and the box, but no pass phrase, has no call: no audio, no key, in no file, in no memory.

Each search is first shown to find what it looks for where that is meant to be.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyrage
import pytest

from firmware.adapters.control.client import ControlClient
from firmware.adapters.sealing.keyslot import unwrap_key
from firmware.core.errors import EarmarkError
from firmware.core.sealed_format import KEY_BYTES, read_header
from tests.functional.conftest import Note
from tests.functional.instruments.speech import conversation
from tests.functional.office.office import Office
from tests.functional.office.processes import Processes, wait_until
from tests.functional.office.secrets import (
    Secret,
    found_in_files,
    found_in_memory,
    key_secrets,
    office_key,
    spoken_secrets,
)
from tests.functional.office.speaking import LiveCall, live_call, notice_s

pytestmark = pytest.mark.functional

_SPOKEN_S = 8
_HOLDS_NO_KEY = ("lines", "recorder", "web")


@dataclass(frozen=True)
class AfterACall:
    """An office that runs, and one call that it recorded."""

    office: Office
    processes: Processes
    call: LiveCall


@pytest.fixture(scope="module")
def after() -> Iterator[AfterACall]:
    with TemporaryDirectory(prefix="em-") as name, Office.found(Path(name) / "home") as office:
        processes = office.start("recorder", "opener", "lines", "web")
        with live_call(office, Path(name), notice_s() + _SPOKEN_S + 4) as call:
            call.say(conversation(_SPOKEN_S))
            assert call.caller.wait(notice_s() + 40) == 0, call.caller.report()
        office.wait_until_quiet()
        yield AfterACall(office, processes, call)


def _spoken(call: LiveCall) -> Iterator[Secret]:
    far, near = call.sent()
    yield from spoken_secrets("the far party's speech", far.pcm)
    yield from spoken_secrets("the office's speech", near.pcm)


def _told_secrets(office: Office) -> list[Secret]:
    people = office.people
    return [
        *key_secrets("the office's private key", office_key(office)),
        *key_secrets("the recovery key", people.recovery_key),
        Secret("the listener's pass phrase", people.listener.password.encode()),
        Secret("the administrator's pass phrase", people.administrator.password.encode()),
    ]


def test_what_was_said_and_what_opens_it_is_nowhere_in_the_data_folder(after: AfterACall, folder: Path) -> None:
    office, call = after.office, after.call
    spoken = list(_spoken(call))
    leaked = folder / "leaked"
    leaked.mkdir()
    (leaked / "file").write_bytes(b"x" * 1001 + spoken[2].octets + b"y" * 77)
    assert found_in_files(leaked, spoken), "the search itself does not work"

    any_private_key = Secret("some private age key", b"AGE-SECRET-KEY-1")
    assert found_in_files(office.root, [*spoken, *_told_secrets(office), any_private_key]) == []


def test_no_key_that_lies_in_the_data_folder_opens_a_recording(after: AfterACall, folder: Path, note: Note) -> None:
    """Every 32 bytes of every small file, raw, hexadecimal or base64, are tried as the segment's key."""
    office = after.office
    (segment,) = office.home.recordings.rglob("*.ear")
    header = read_header(segment.read_bytes())
    keyslot = segment.with_suffix(".key").read_bytes()
    true_key = unwrap_key(keyslot, [pyrage.x25519.Identity.from_str(office_key(office))])
    assert header.commitment_to(true_key) == header.commitment, "the check itself does not work"

    candidates = set(_candidate_keys(office.root))
    assert len(candidates) > 1000
    opened = [one for one in candidates if header.commitment_to(one) == header.commitment]
    note("candidate keys tried", len(candidates))
    assert opened == []
    with pytest.raises(EarmarkError):
        unwrap_key(keyslot, [pyrage.x25519.Identity.generate()])


def _candidate_keys(folder: Path) -> Iterator[bytes]:
    for path in folder.rglob("*"):
        if not path.is_file() or path.suffix == ".ear" or path.stat().st_size > 1 << 20:
            continue
        content = path.read_bytes()
        yield from (content[at : at + KEY_BYTES] for at in range(len(content) - KEY_BYTES + 1))
        for word in content.replace(b'"', b" ").split():
            yield from _decoded(word)


def _decoded(word: bytes) -> Iterator[bytes]:
    for decode in (base64.b64decode, bytes.fromhex):
        try:
            yield decode(word.decode("ascii"))[:KEY_BYTES]
        except ValueError:
            continue


def test_without_a_pass_phrase_the_command_line_opens_nothing(after: AfterACall, folder: Path) -> None:
    office, call = after.office, after.call
    out = folder / "stolen.wav"
    for person in (office.listener, office.people.administrator):
        refused = office.earmark(
            *("export", call.recording_id, "--user", person.name, "--out", str(out)),
            may_fail=True,
            EARMARK_PASSWORD="correct horse battery staple",
        )
        assert refused.returncode == 30
        assert not out.exists()


def test_no_private_key_is_in_the_memory_of_lines_recorder_or_web(after: AfterACall, folder: Path, note: Note) -> None:
    """The opener holds the office's key while somebody is signed in, and not a moment longer; nobody else ever does."""
    office, call = after.office, after.call
    keys = [one for one in _told_secrets(office) if "pass phrase" not in one.name]
    opener = ControlClient(office.home.opener_socket)
    signed_in = opener.post("/sign-in", {"user": office.listener.name, "password": office.listener.password})
    opener.post(
        "/open",
        {"token": signed_in["token"], "recording_id": call.recording_id, "purpose": "a test", "use": "listen"},
    )
    held = found_in_memory(after.processes.pid("opener"), keys)
    note("the opener holds, while somebody is signed in", held)
    assert "the office's private key, as bytes" in held, "the search itself does not work"
    for name in _HOLDS_NO_KEY:
        assert found_in_memory(after.processes.pid(name), keys) == [], name

    opener.post("/sign-out", {"token": signed_in["token"]})
    wait_until(lambda: not found_in_memory(after.processes.pid("opener"), keys), 15, "the opener to forget the key")


def test_no_pass_phrase_is_in_the_memory_of_lines_or_recorder(after: AfterACall, folder: Path) -> None:
    office, call = after.office, after.call
    office.opened(call.recording_id)
    phrases = [one for one in _told_secrets(office) if "pass phrase" in one.name]
    for name in ("lines", "recorder"):
        assert found_in_memory(after.processes.pid(name), phrases) == [], name


def test_the_recorder_refuses_to_start_where_it_could_read_a_private_key(office: Office) -> None:
    exposed = office.home.keys / "office.key"
    exposed.write_text(office_key(office) + "\n")
    refused = office.earmark("recorder", may_fail=True)
    assert refused.returncode == 32
    assert str(exposed) in refused.stderr
    assert "AGE-SECRET-KEY-1" not in refused.stderr.replace("AGE-SECRET-KEY-1…", "")
