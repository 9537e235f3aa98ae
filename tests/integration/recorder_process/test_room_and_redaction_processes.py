"""The recorder on a disk in its reserve, and the keeper taking a revision in: as processes of their own."""

from __future__ import annotations

import base64
import hashlib
import os
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyrage

from firmware.adapters.catalogue.redactions import RedactionOrders
from firmware.adapters.control.client import ControlClient
from firmware.adapters.sealing.revision import make_revision
from firmware.adapters.sealing.segment_sealer import PublicKeySealer
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.store.evidence_files import EvidenceFilesReader
from firmware.adapters.supervision.disk_space import DiskSpace
from firmware.cli.set_up.making import set_up_office
from firmware.cli.verify import verify_home
from firmware.config.settings_model import Settings, SignInSettings
from firmware.core.access_policy import Role
from firmware.core.home import Home
from firmware.core.recording_id import RANDOM_BYTES, recording_id
from firmware.ports.redactions import RedactionOrder
from firmware.services.health_checks import disk_check, made
from tests.integration.real_page import running
from tests.integration.recorder_at_work import Lines, Office, RecorderAtWork, eventually, speech
from tests.integration.recorder_process.processes import keeper_process

_MORE_THAN_ANY_DISK_HERE_MB = 1_000_000


def record(lines: Lines) -> str:
    call = lines.call(speech(4), speech(4, 1.0))
    call.wait_until_taken()
    call.say(4)
    call.hang_up()
    lines.wait_until_finished()
    return call.id


def set_space(home: Home, **values: Any) -> None:
    settings = SettingsFile(home.settings_file)
    document = settings.read()
    settings.replace({**document, "space": {**document["space"], **values}})


def test_in_the_reserve_new_recordings_go_to_the_spool_and_people_are_told(
    office: Office, recorder: RecorderAtWork, lines: Lines
) -> None:
    set_space(office.home, reserve_mb=_MORE_THAN_ANY_DISK_HERE_MB)
    recorder.start()
    recording = record(lines)
    assert office.sealed_files(recording) == []
    assert list(office.home.spooled.recordings.rglob(f"{recording}.0.ear"))
    assert (recorder.health()["spooled"], recorder.health()["data_disk"]) == (1, "there")
    found = [each.what for each in made(disk_check(DiskSpace(office.home.data), 1, 10**15, lambda: ""))]
    assert "new calls go to the small spool" in found[0]


def test_in_the_reserve_with_the_spool_full_too_the_call_goes_on_and_people_are_told(
    office: Office, recorder: RecorderAtWork, lines: Lines
) -> None:
    set_space(office.home, reserve_mb=_MORE_THAN_ANY_DISK_HERE_MB)
    settings = SettingsFile(office.home.settings_file)
    settings.replace(settings.read() | {"recorder": {"spool_mb": 10}})
    filler = office.home.spooled.recordings / "2026/01/01/filler"
    filler.parent.mkdir(parents=True)
    with filler.open("wb") as file:
        file.truncate(10_000_000)
    recorder.start()
    call = lines.call(speech(3), speech(3))
    eventually(lines.faults, 30, "lines is not told")
    call.say(3)
    call.hang_up()
    assert "no new recording begins" in lines.faults()[0]
    eventually(lambda: "spool is full" in str(recorder.health()["attention"]), 30, "nobody is told")
    assert recorder.health()["state"] == "fault"
    assert office.sealed_files(call.id) == []


def test_the_keeper_tells_of_the_room(
    office: Office, recorder: RecorderAtWork, lines: Lines, keeper: ControlClient
) -> None:
    recorder.start()
    record(lines)
    eventually(lambda: keeper.get("/health")["tasks"], 20, "the keeper does not begin")
    keeper.post("/look-now", {})
    eventually(lambda: keeper.get("/space")["words"], 20, "it tells nothing of the room")
    answer = keeper.get("/space")
    assert answer["when_full"] == "stop"
    assert answer["total_bytes"] > answer["free_bytes"] > 0


def test_a_full_disk_costs_nothing_by_the_settings_file_and_what_a_person_chose_by_the_opener(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path / "var")
    offered = Settings(sign_in=SignInSettings(second_factor="offered"))
    made = set_up_office(home, offered, (("mina", Role.SERVICES_MANAGER),), datetime.now(UTC))
    office = Office(home, pyrage.x25519.Identity.from_str(made.recovery_key))
    recorder, lines = RecorderAtWork(home), Lines(home)
    try:
        recorder.start()
        recording = record(lines)
        set_space(home, reserve_mb=_MORE_THAN_ANY_DISK_HERE_MB, when_full="shorten", shorten=["standard"])
        with keeper_process(home) as keeper, running(home, "opener", "ready"):
            looked = partial(look, keeper)
            looked()
            looked()
            assert office.row(recording) is not None, "a settings file alone has cost a recording"
            opener = ControlClient(home.opener_socket, 20)
            answer = opener.post("/sign-in", {"user": "mina", "password": made.people[0].pass_phrase})
            choice = {"when_full": "shorten", "shorten": ["standard"], "because": "only trials so far"}
            opener.post("/space-choice", choice, token=str(answer["token"]))
            eventually(lambda: looked() or office.row(recording) is None, 20, "what was chosen is not done")
            assert keeper.get("/space")["shorten"] == ["standard"]
        kinds = [line.kind for line in EvidenceFilesReader(home).lines()]
        last = [kind for kind in kinds if kind.startswith(("space", "recording-erased"))]
        assert last == ["space-short", "space-choice", "space-shortened", "recording-erased"]
        assert recorder.stop() == 0
        assert [each.text for each in verify_home(home) if each.severity == "wrong"] == []
    finally:
        lines.stop()
        recorder.end()


def look(keeper: ControlClient) -> bool:
    """Have every task run once more. Never enough by itself: what one orders, another does the next time."""
    before = min(task["runs"] for task in keeper.get("/health")["tasks"])
    keeper.post("/look-now", {})
    eventually(lambda: all(task["runs"] > before for task in keeper.get("/health")["tasks"]), 20, "it does not look")
    return False


def test_a_revision_takes_the_recording_s_place_and_all_of_it_verifies(
    office: Office, recorder: RecorderAtWork, lines: Lines, keeper: ControlClient
) -> None:
    recorder.start()
    recording = record(lines)
    eventually(lambda: keeper.get("/health")["tasks"], 20, "the keeper does not begin")
    before = office.unseal(recording)
    revision = recording_id(before.record.started_at_ms, os.urandom(RANDOM_BYTES))
    now_ms = time.time_ns() // 1_000_000
    order = RedactionOrder(revision, recording, before.record.started_at_ms, now_ms)
    assert RedactionOrders(office.home.catalogue).order(order)
    made = make_revision(before, revision, [(1000, 2000)], PublicKeySealer.from_home(office.home))
    middle = len(made.sealed) // 2
    for at, part in ((0, made.sealed[:middle]), (middle, made.sealed[middle:])):
        body = {"at": at, "content": base64.b64encode(part).decode()}
        keeper.post(f"/revisions/{revision}/parts", body)
    digest, slot = hashlib.sha256(made.sealed).hexdigest(), base64.b64encode(made.keyslot).decode()
    keeper.post(f"/revisions/{revision}/finish", {"sha256": digest, "keyslot": slot})
    keeper.post("/look-now", {})
    eventually(lambda: office.row(recording) is None, 20, "the old recording is still listed")
    assert list(office.home.recordings.rglob(f"{recording}.*")) == []
    row = office.row(revision)
    assert row is not None
    assert "redacted" in row.tags
    after = office.unseal(revision)
    assert (after.samples, after.state) == (before.samples, before.state)
    (line,) = [line for line in EvidenceFilesReader(office.home).lines() if line.kind == "recording-redacted"]
    assert (line.subject["revises"], line.subject["sha256"]) == (recording, digest)
    assert recorder.stop() == 0
    assert [each.text for each in verify_home(office.home) if each.severity == "wrong"] == []
