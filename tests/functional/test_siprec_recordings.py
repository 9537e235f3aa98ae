"""A copied call all the way: sealed with what the client said, listed with its parties, opened with each apart."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.functional.calls.recording_client import (
    RecordingClient,
    Speaker,
    Voices,
    metadata_xml,
    streams_offer,
    update,
)
from tests.functional.calls.tones import has_tone, tone
from tests.functional.office.office import Office
from tests.functional.office.ports import free_ports
from tests.functional.office.processes import Processes, lines_command, wait_until

pytestmark = pytest.mark.functional

CALLER = Speaker("sip:+441632960123@carrier.example", ("1",), "A. Caller")
CLERK = Speaker("sip:201@pbx.example", ("2",), "Front desk")
UNKNOWN = "<x:order xmlns:x='urn:example:till'>an-order-that-only-the-till-knows</x:order>"


@pytest.fixture
def office(folder: Path) -> Iterator[Office]:
    """An office whose only line is a copy of its PBX's calls."""
    ports = free_ports()
    with Office.found(folder / "home", ports=ports) as found:
        siprec = {"bind": f"127.0.0.1:{ports.box}", "clients": ["127.0.0.1"], "rtp_ports": ports.box_media}
        line = {"name": "copied", "kind": "siprec", "notice_given_by": "the PBX", "siprec": siprec}
        extensions = [{"number": "201", "mode": "pausable"}]
        found.use_settings({"lines": [line], "extensions": extensions, "sign_in": {"second_factor": "offered"}})
        yield found


def started(office: Office) -> Processes:
    processes = office.start("recorder", "opener", "siprec", siprec=(*lines_command(), "--only", "siprec"))
    log = office.root / "log" / "siprec.log"
    wait_until(lambda: "the recorder is there" in log.read_text(), 20, "the recorder to be there")
    return processes


def test_a_copied_call_is_sealed_listed_and_opened(office: Office, tmp_path: Path) -> None:
    started(office)
    with Voices() as voices, RecordingClient(("127.0.0.1", office.ports.box)) as client:
        dialog = client.record(streams_offer(voices.ports), metadata_xml(CALLER, CLERK, extra=UNKNOWN))
        voices.send_to(dialog.answered())
        voices.phones[0].speak(tone(600, 3))
        voices.phones[1].speak(tone(1000, 3))
        time.sleep(2)
        # The caller hangs on while the desk hands over to a colleague.
        update(dialog, metadata=metadata_xml(CALLER, Speaker("sip:202@pbx.example", ("2",))), method="UPDATE")
        time.sleep(1.2)
        dialog.hang_up()
    office.wait_until_settled()
    (row,) = office.recordings()
    told = office.record_of(row["id"])
    assert (told["far_party"], told["office_party"]) == ("+441632960123", "201")
    assert [change["party"] for change in told["parties"]] == ["202"]
    assert told["notice_given_by"] == "the PBX"
    sound = office.opened(row["id"])
    assert has_tone(sound[:, 0], 600)
    assert not has_tone(sound[:, 0], 1000)
    assert has_tone(sound[:, 1], 1000)
    assert office.verify().returncode == 0
    assert any(
        "an-order-that-only-the-till-knows" in said for said in _sealed_words(office, tmp_path)["session_metadata"]
    )
    clear = b"".join(file.read_bytes() for file in office.home.data.rglob("*") if file.is_file())
    assert b"an-order-that-only-the-till-knows" not in clear


@pytest.mark.long
def test_a_mixed_stream_is_opened_as_one_channel_and_a_killed_process_leaves_what_it_had(office: Office) -> None:
    processes = started(office)
    both = (Speaker(CALLER.aor, ("1",)), Speaker(CLERK.aor, ("1",)))
    with ExitStack() as stack:
        voices = stack.enter_context(Voices(1))
        client = stack.enter_context(RecordingClient(("127.0.0.1", office.ports.box)))
        dialog = client.record(streams_offer(voices.ports), metadata_xml(*both))
        voices.send_to(dialog.answered())
        voices.phones[0].speak(tone(600, 6))
        time.sleep(3)
        pid = processes.kill("siprec")
        processes.wait_for_another("siprec", pid, 15)
        wait_until(lambda: processes.log("siprec").count(" ready: ") == 2, 20, "it to be back")
        client.forget()
        again = client.record(streams_offer(voices.ports), metadata_xml(*both, session="another-call-later"))
        voices.send_to(again.answered())
        time.sleep(1.5)
        again.hang_up()
    wait_until(lambda: len(office.recordings()) == 2, 20, "both calls to be listed")
    office.wait_until_settled(40)
    later, earlier = office.recordings()
    assert [each["state"] for each in (later, earlier)] == ["complete", "interrupted"]
    path = office.root / "mono.wav"
    office.export(earlier["id"], path)
    probe = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "stream=channels,duration", "-of", "json", str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    (stream,) = json.loads(probe.stdout)["streams"]
    assert stream["channels"] == 1
    assert float(stream["duration"]) > 2


def _sealed_words(office: Office, folder: Path) -> dict[str, Any]:
    """What was sealed into the only recording, opened by the recovery key as on another machine."""
    key = folder / "recovery-key"
    key.write_text(office.people.recovery_key)
    (file,) = office.home.recordings.rglob("*.ear")
    tool = Path(__file__).parents[2] / "scripts" / "open-recording"
    command = [sys.executable, str(tool), str(file), "--keys", str(file.parent), "--out", str(folder / "out")]
    subprocess.run([*command, "--recovery-key-file", str(key)], check=True, capture_output=True)
    document = json.loads((folder / "out" / f"{file.stem}.json").read_text())
    return dict(document["record"])
