"""``earmark init``, ``recordings`` and ``export`` as a person runs them, over recordings sealed by the real parts."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest

from firmware.adapters.control.client import ControlClient
from firmware.adapters.sealing.keyslot import erase_keyslot
from firmware.adapters.store.evidence_files import EvidenceFilesReader
from firmware.core.call_record import STILL_PAUSED, CallRecord, LegReport, Notice, Party, Pause
from firmware.core.home import Home
from firmware.core.recording_id import recording_id as new_recording_id
from tests.integration.further_people import let_sign_in_quickly
from tests.integration.sealed_call import RATE_HZ, conversation, list_call, seal_call
from tests.integration.signed_vcon import read_signed_vcon

SECONDS = 12.0
SECONDS_MS = 12_000
STARTED_MS = 1_790_000_000_000


@dataclass
class Office:
    home: Home
    sign_ins: dict[str, str]
    recording_id: str

    def earmark(self, *arguments: str, password: str | None = None) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "EARMARK_HOME": str(self.home.root)}
        environment.pop("EARMARK_PASSWORD", None)
        if password is not None:
            environment["EARMARK_PASSWORD"] = password
        return subprocess.run(
            [sys.executable, "-m", "firmware.cli.main", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
            timeout=60,
        )

    def export(self, out: Path, *more: str, user: str = "listener", password: str | None = None) -> str:
        """Standard error and the exit status, as ``N: text``."""
        done = self.earmark(
            *("export", self.recording_id, "--user", user, "--out", str(out), *more),
            password=self.sign_ins["listener"] if password is None else password,
        )
        return f"{done.returncode}: {done.stderr}{done.stdout}"

    @property
    def sealed(self) -> Path:
        return self.home.segment(self.recording_id, 0, STARTED_MS)

    @property
    def evidence(self) -> list[str]:
        return [line.kind for line in EvidenceFilesReader(self.home).lines()]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An office just set up, for every test to copy."""
    office = Office(Home(tmp_path_factory.mktemp("fresh") / "var"), {}, "")
    done = office.earmark("init", "--demo")
    assert done.returncode == 0, done.stderr
    pairs = (line.split(": ") for line in (office.home.root / "demo-sign-in.txt").read_text().splitlines())
    office.sign_ins.update({name: words for name, words in pairs})
    let_sign_in_quickly(office.home, office.sign_ins)
    return office


@pytest.fixture
def office(fresh: Office, tmp_path: Path) -> Office:
    home = Home(tmp_path / "var")
    shutil.copytree(fresh.home.root, home.root)
    office = Office(home, fresh.sign_ins, new_recording_id(STARTED_MS, os.urandom(10)))
    record = CallRecord(
        recording_id=office.recording_id,
        call_id="call-1",
        line="main",
        direction="inbound",
        far_party=Party("07700900123"),
        office_party=Party("201"),
        started_at_ms=STARTED_MS,
        decided_by="line main records always",
        notice=Notice("call-recorded", "far_party", STARTED_MS, STARTED_MS + 5000, True),
        end_cause="caller hung up",
        legs=(LegReport("far_party", "PCMA/8000", 996, 4), LegReport("office", "PCMA/8000", 1000)),
    )
    seal_call(home, record, SECONDS, not_taken_ms=250)
    return office


@pytest.fixture
def opener(office: Office) -> Iterator[ControlClient]:
    process = subprocess.Popen(
        [sys.executable, "-m", "firmware.cli.main", "--home", str(office.home.root), "opener"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "ready" in line:
            break
    yield ControlClient(office.home.opener_socket)
    process.terminate()
    assert process.wait(10) == 0
    process.stderr.close()


def samples_of(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE_HZ, 2, 2)
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2)


def test_the_wav_has_each_party_on_its_own_side_and_in_time(office: Office, tmp_path: Path) -> None:
    said = office.export(tmp_path / "call.wav")
    assert said.startswith("0:"), said
    heard = samples_of(tmp_path / "call.wav").astype(float)
    assert len(heard) == SECONDS * RATE_HZ
    for channel, sent in enumerate(conversation(SECONDS)):
        spoken = np.frombuffer(sent, np.int16).astype(float)
        got = heard[:, channel]
        best = max(range(-80, 81), key=lambda shift: float(np.dot(np.roll(got, shift), spoken)))
        assert abs(best) <= 8  # one millisecond
        correlation = np.dot(np.roll(got, best), spoken) / (np.linalg.norm(got) * np.linalg.norm(spoken))
        assert correlation > 0.88
        silent = spoken == 0
        assert np.std(got[silent]) < np.std(got[~silent]) / 10
    assert stat.S_IMODE((tmp_path / "call.wav").stat().st_mode) == 0o600
    assert "Left: 07700900123 (far party). Right: 201 (office)." in said
    assert office.evidence[-3:] == ["signed-in", "exported", "signed-out"]


@pytest.mark.parametrize(("name", "codec", "rate"), [("call.mp3", "mp3float", 16000), ("CALL.OPUS", "opus", 48000)])
def test_mp3_and_opus_play_elsewhere(office: Office, tmp_path: Path, name: str, codec: str, rate: int) -> None:
    assert office.export(tmp_path / name).startswith("0:")
    with av.open(str(tmp_path / name)) as file:
        stream = file.streams.audio[0]
        assert (stream.codec_context.name, stream.rate, stream.channels) == (codec, rate, 2)
        samples = sum(frame.samples for frame in file.decode(audio=0))
    assert samples / rate == pytest.approx(SECONDS, abs=0.15)


def test_a_running_opener_opens_it_and_the_evidence_is_there_first(
    office: Office, opener: ControlClient, tmp_path: Path
) -> None:
    said = office.export(tmp_path / "call.wav")
    assert said.startswith("0:"), said
    assert office.evidence[-2:] == ["exported", "signed-out"]
    assert opener.get("/health")["signed_in"] == 0


def test_a_wrong_pass_phrase_exports_nothing(office: Office, tmp_path: Path) -> None:
    said = office.export(tmp_path / "call.wav", password="wrong words altogether")
    assert said.startswith("30: ")
    assert "The name or the pass phrase is wrong." in said
    assert list(tmp_path.glob("*call.wav*")) == []
    assert office.evidence == ["sign-in-refused"]


def test_without_a_terminal_the_pass_phrase_must_be_in_the_environment(office: Office, tmp_path: Path) -> None:
    said = office.export(tmp_path / "call.wav", password="")
    assert said.startswith("2: ")
    assert "EARMARK_PASSWORD" in said


def test_the_administrator_may_not_export(office: Office, tmp_path: Path) -> None:
    said = office.export(tmp_path / "call.wav", user="admin", password=office.sign_ins["admin"])
    assert said.startswith("31: ")
    assert not (tmp_path / "call.wav").exists()


def test_a_file_that_is_there_is_left_alone_without_force(office: Office, tmp_path: Path) -> None:
    out = tmp_path / "call.opus"
    out.write_text("mine")
    assert office.export(out).startswith("2: ")
    assert out.read_text() == "mine"
    assert office.export(out, "--force").startswith("0:")
    assert out.read_bytes().startswith(b"OggS")


def test_what_an_export_that_was_killed_left_is_removed_and_told(office: Office, tmp_path: Path) -> None:
    left = tmp_path / ".call.wav.4711.part"
    left.write_text("half a call in clear")
    said = office.export(tmp_path / "another.opus")
    assert f"Removed {left}: sound in clear" in said
    assert not left.exists()


@pytest.mark.parametrize("name", ["call.flac", "call", ".wav.txt"])
def test_an_unknown_form_is_refused_before_anything_is_opened(office: Office, tmp_path: Path, name: str) -> None:
    said = office.export(tmp_path / name)
    assert said.startswith("2: ")
    assert ".wav, .mp3 or .opus" in said
    assert office.evidence == []


def test_a_file_where_the_folder_should_be_is_named(office: Office, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    said = office.export(tmp_path / "file" / "call.wav")
    assert said.startswith("20:")
    assert "Traceback" not in said


def test_a_pass_phrase_that_is_no_text_is_a_wrong_one(office: Office, tmp_path: Path) -> None:
    said = office.export(tmp_path / "call.wav", password="\udcff\udcfe no text at all")
    assert said.startswith("30:")
    assert "Traceback" not in said


def test_a_folder_that_cannot_be_written_is_named(office: Office, tmp_path: Path) -> None:
    said = office.export(tmp_path / "nowhere" / "call.wav")
    assert said.startswith("20: ")
    assert "nowhere" in said


def test_a_damaged_recording_names_the_frame_and_exports_nothing_unless_salvaged(
    office: Office, tmp_path: Path
) -> None:
    content = bytearray(office.sealed.read_bytes())
    content[len(content) * 2 // 3] ^= 1
    office.sealed.write_bytes(content)
    out = tmp_path / "call.wav"
    said = office.export(out)
    assert said.startswith("22: ")
    assert re.search(r"frame \d+", said)
    assert "--salvage" in said
    assert not out.exists()
    said = office.export(out, "--salvage")
    assert said.startswith("0:"), said
    assert "The recording is damaged" in said
    assert 6 * RATE_HZ < len(samples_of(out)) < SECONDS * RATE_HZ


def test_an_erased_recording_says_that_it_is_gone_for_good(office: Office, tmp_path: Path) -> None:
    erase_keyslot(Home.keyslot_of(office.sealed))
    assert office.export(tmp_path / "call.wav").startswith("26: ")


def test_an_unknown_recording_is_told_so(office: Office, tmp_path: Path) -> None:
    office.recording_id = new_recording_id(STARTED_MS, os.urandom(10))
    assert office.export(tmp_path / "call.wav").startswith("25: ")


def test_recordings_are_listed_and_shown_with_the_fields_that_programs_read(office: Office) -> None:
    listed = json.loads(office.earmark("recordings", "list", "--json").stdout)["recordings"]
    shown = json.loads(office.earmark("recordings", "show", office.recording_id, "--json").stdout)
    assert listed == [shown]
    assert shown["id"] == office.recording_id
    assert shown["started_at"] == "2026-09-21T14:13:20.000+00:00"
    assert shown["duration_s"] == SECONDS
    assert (shown["direction"], shown["far_party"], shown["office_party"]) == ("inbound", "07700900123", "201")
    assert (shown["line"], shown["decided_by"], shown["state"]) == ("main", "line main records always", "complete")
    assert shown["notice"]["prompt"] == "call-recorded"
    assert (shown["not_taken_s"], shown["not_stored_s"]) == (0.25, 0.0)
    assert [(leg["side"], leg["packets_lost"], leg["packets_lost_share"]) for leg in shown["legs"]] == [
        ("far_party", 4, 0.004),
        ("office", 0, 0.0),
    ]


def test_what_is_missing_and_what_the_network_lost_are_told_apart(office: Office) -> None:
    shown = " ".join(office.earmark("recordings", "show", office.recording_id).stdout.split())
    assert "Sound missing 0.2 s could not be taken off the call" in shown
    assert "On the way 0.4% of the caller's packets were lost on the way: hardly to be heard." in shown
    assert "All of the office's packets arrived." in shown


def test_pauses_and_whatever_else_happened_are_shown_in_words_and_as_fields(office: Office, tmp_path: Path) -> None:
    began = STARTED_MS + 60_000
    recording = new_recording_id(began, os.urandom(10))
    record = CallRecord(
        recording_id=recording,
        call_id="call-2",
        line="main",
        direction="inbound",
        far_party=Party("07700900123"),
        office_party=Party("201"),
        started_at_ms=began,
        decided_by="line main: recorded, with pause and resume",
        mode="pausable",
        pauses=(Pause(began + 2500, began + 3000, began + SECONDS_MS, "desk", "201", STILL_PAUSED),),
        announcements=(Notice("paused", "office_party", began + 3000, began + 4000, True),),
        tags=("told caller",),
        extension="201",
    )
    seal_call(office.home, record, SECONDS, left_out=[("paused", 2.5, SECONDS - 2.5), ("touch_tone", 1.0, 0.1)])
    shown = " ".join(office.earmark("recordings", "show", recording).stdout.split())
    assert "15:14:23 Recording paused for 10 seconds, and still paused at hang-up. Asked for at the paired" in shown
    assert "“Paused” was played to the office, to its end." in shown
    assert "Tags told caller" in shown
    assert "Paused 9.5 s in all" in shown
    assert "Sound missing none" in shown
    document = json.loads(office.earmark("recordings", "show", recording, "--json").stdout)
    assert (document["paused_s"], document["tags"], document["opted_out"]) == (9.5, ["told caller"], False)
    assert document["pauses"] == [
        {
            "started_at": "2026-09-21T14:14:22.500+00:00",
            "asked_at": "2026-09-21T14:14:23.000+00:00",
            "ended_at": "2026-09-21T14:14:32.000+00:00",
            "how": "desk",
            "who": "201",
            "resumed_how": "still paused at hang-up",
            "resumed_who": "",
            "why": "",
        }
    ]
    office.recording_id = recording
    told = office.export(tmp_path / "call.wav")
    assert "9.5 s in one place, silent because the recording was paused." in told
    assert "2 touch-tones were taken out." in told


def test_a_call_that_was_not_recorded_is_listed_with_why(office: Office) -> None:
    began = STARTED_MS + 60_000
    recording = new_recording_id(began, os.urandom(10))
    nobody = Party(presentation="unavailable")
    record = CallRecord(
        recording, "call-3", "main", "inbound", nobody, nobody, began, "rule “private phone”: never", mode="never"
    )
    list_call(office.home, record, "not_recorded")
    (found,) = json.loads(office.earmark("recordings", "list", "--json", "--state", "not_recorded").stdout)[
        "recordings"
    ]
    assert (found["id"], found["far_party"], found["segments"]) == (recording, "not kept", 0)
    shown = " ".join(office.earmark("recordings", "show", recording).stdout.split())
    assert "Not recorded because rule “private phone”: never" in shown
    assert "State not recorded" in shown


def test_the_list_for_people_has_one_line_a_call_in_the_office_s_time(office: Office) -> None:
    lines = office.earmark("recordings", "list").stdout.splitlines()
    assert lines[0].split()[:2] == ["STARTED", "LASTED"]
    assert lines[1].startswith("2026-09-21 15:13:20  0:12")
    assert "07700900123" in lines[1]


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (("--number", "900 123"), 1),
        (("--number", "900124"), 0),
        (("--direction", "outbound"), 0),
        (("--from", "2026-09-21", "--to", "2026-09-21"), 1),
        (("--from", "2026-09-22"), 0),
        (("--line", "main"), 1),
    ],
)
def test_the_list_is_narrowed_by_what_was_asked(office: Office, arguments: tuple[str, ...], count: int) -> None:
    document = json.loads(office.earmark("recordings", "list", "--json", *arguments).stdout)
    assert len(document["recordings"]) == count


@pytest.mark.parametrize("arguments", [("--to", "9999-12-31"), ("--from", "0001-01-01")])
def test_days_at_the_ends_of_time_are_no_crash(office: Office, arguments: tuple[str, str]) -> None:
    done = office.earmark("recordings", "list", *arguments)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 2)


def test_an_office_without_recordings_says_none_yet(fresh: Office) -> None:
    assert fresh.earmark("recordings", "list").stdout == "None yet.\n"
    assert json.loads(fresh.earmark("recordings", "list", "--json").stdout) == {"recordings": []}
    assert fresh.earmark("recordings", "show", "x").returncode == 25


def test_a_call_is_exported_as_a_vcon_that_another_library_can_check(office: Office, tmp_path: Path) -> None:
    said = office.export(tmp_path / "call.vcon", "--vcon")
    assert said.startswith("0: "), said
    inside = read_signed_vcon((tmp_path / "call.vcon").read_bytes())
    assert inside.sound.startswith(b"OggS")
    said = office.export(tmp_path / "other.json", "--vcon", "--sound-url", "https://files.example.org/other.opus")
    assert said.startswith("0: "), said
    outside = read_signed_vcon((tmp_path / "other.json").read_bytes())
    digest = base64.urlsafe_b64encode(hashlib.sha512((tmp_path / "other.opus").read_bytes()).digest()).decode()
    assert outside.document["dialog"][0]["content_hash"] == f"sha512-{digest.rstrip('=')}"
    assert outside.fingerprint == inside.fingerprint
    assert office.evidence.count("vcon-signed") == 2
    assert stat.S_IMODE(office.home.export_key.stat().st_mode) == 0o600
    assert "must end in .vcon or .json" in office.export(tmp_path / "call.wav", "--vcon")
