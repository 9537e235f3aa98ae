"""What the record says was played, to whom, from when to when, is what that party's telephone received.

The prompts are looked for in what came over the wire: each must be there, where the record says, to 100 ms.
"""

from __future__ import annotations

import time
import wave
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.functional.calls.sip_phone import offer
from tests.functional.calls.stage import accept
from tests.functional.conftest import Note
from tests.functional.instruments.g711 import Pcm
from tests.functional.instruments.marks import Laid, marked, sent_between
from tests.functional.instruments.measure import correlation, lag_of, laid_over
from tests.functional.instruments.rtp import RtpPhone
from tests.functional.instruments.speech import RATE_HZ
from tests.functional.office.driven_call import NUMBER, STAFF, telephones
from tests.functional.office.office import Office, line_settings, unix_s
from tests.functional.office.processes import wait_until
from tests.functional.office.sound_search import Sounds, found_in_new_files, live_rings

pytestmark = pytest.mark.functional

WITHIN_S = 0.1
LEAST = 0.9  # of a prompt that was heard; one that is not is below 0.2


def prompt(name: str) -> Pcm:
    with as_file(files("firmware.prompts") / f"{name}.wav") as path, wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def heard_at(phone: RtpPhone, name: str) -> tuple[float, float, float]:
    """From when to when a phone heard a prompt (Unix time), and how like it: 0 to 1."""
    heard, said = phone.heard(), prompt(name)
    pcm = np.concatenate([heard.pcm, 0 * said])  # what was not heard to its end is like it in part only
    lag = lag_of(said, pcm)
    starts = heard.starts_at + lag / RATE_HZ - time.monotonic() + time.time()
    return starts, starts + len(said) / RATE_HZ, correlation(*laid_over(said, pcm, lag))


def judge(entry: dict[str, Any], phone: RtpPhone, note: Note) -> None:
    """One entry of the record against what the phone received."""
    starts, ends, like = heard_at(phone, entry["prompt"])
    off_s = unix_s(entry["started_at"]) - starts, unix_s(entry["ended_at"]) - ends
    note(
        f"{entry['prompt']} to {entry['to']}: off at start and end, likeness",
        f"{1000 * off_s[0]:+.0f} ms, {1000 * off_s[1]:+.0f} ms, {like:.2f}",
    )
    assert entry["completed"] is True
    assert like >= LEAST
    assert max(map(abs, off_s)) <= WITHIN_S


def not_heard(phone: RtpPhone, name: str) -> bool:
    return heard_at(phone, name)[2] < 0.4


def test_a_callers_notice_was_heard_when_the_record_says_and_by_nobody_else(folder: Path, note: Note) -> None:
    with Office.found(folder / "home", "call-recorded", mode="pausable") as office:
        office.start()
        with telephones(office) as phones:
            call = phones.call_in()
            time.sleep(0.5)
            call.hang_up()
        office.wait_until_quiet()
        (entry,) = office.record_of(call.recording_id)["announcements"]
        assert (entry["prompt"], entry["to"]) == ("call-recorded", "far_party")
        judge(entry, call.far, note)
        assert not_heard(call.near, "call-recorded")


def test_the_person_called_hears_the_notice_on_answer_and_who_dialled_overhears_it(folder: Path, note: Note) -> None:
    with Office.found(folder / "home", "", mode="pausable") as office:
        settings = line_settings(office.ports, "", "pausable")
        settings["lines"][0]["notice"] = {"inbound": "", "outbound": "call-recorded-outbound"}
        office.use_settings(settings)
        office.start()
        with telephones(office) as phones:
            far, near = phones.phone(), phones.phone()
            caller = phones.staff.invite(NUMBER, offer(near.port), calling=STAFF)
            called = phones.trunk.expect_call()
            accept(called, far)
            answered = time.time()
            caller.answered(timeout_s=20)
            wait_until(lambda: office.calls()[0]["state"] == "connected", 20, "the notice to end")
            caller.hang_up()
            called.expect_bye()
        office.wait_until_quiet()
        (row,) = office.recordings()
        (entry,) = office.record_of(row["id"])["announcements"]
        judge(entry, far, note)
        assert heard_at(far, entry["prompt"])[0] - answered < 0.5
        judge(entry, near, note)


def test_reminder_and_confirmations_are_heard_by_whom_the_record_says(folder: Path, note: Note) -> None:
    with Office.found(folder / "home", "", mode="pausable") as office:
        office.start()
        with telephones(office) as phones:
            call = phones.call_in()
            time.sleep(0.3)
            for code in ("*46", "*48", "*49"):
                call.staff_press("event", code)
                wait_until(lambda: bool(call.view()["playing"]), 15, "something to be said")
                wait_until(lambda: not call.view()["playing"], 10, "it to have been said")
                time.sleep(0.3)
            call.hang_up()
        office.wait_until_quiet()
        document = office.record_of(call.recording_id)
        played = {(entry["prompt"], entry["to"]): entry for entry in document["announcements"]}
        assert set(played) == {
            ("reminder", "far_party"),
            ("reminder", "office_party"),
            ("paused", "office_party"),
            ("resumed", "office_party"),
        }
        for (_, to), entry in played.items():
            judge(entry, call.far if to == "far_party" else call.near, note)
        assert not_heard(call.far, "paused")
        assert not_heard(call.far, "resumed")
        assert "reminder given" in document["tags"]
        recording = office.opened(call.recording_id)
        assert not recording.any() or np.abs(recording).max() < 300, "nobody spoke, and what is played is not recorded"


def test_on_demand_nothing_is_kept_before_and_the_caller_is_told_then(folder: Path, note: Note) -> None:
    began = time.time()
    with Office.found(folder / "home", "", mode="on_demand") as office:
        processes = office.start()
        with telephones(office) as phones:
            call = phones.call_in()
            assert call.recording_id == ""
            for seed, phone in enumerate((call.far, call.near)):
                phone.speak(marked(30, seed))
            time.sleep(2)
            assert live_rings([processes.pid("lines")]) == [], "not even a ring"
            asked = time.monotonic()
            over = call.staff_press("event", "*44")
            started = call.until(recording=True)
            note("recording from *44 on, ms after its last key", round(1000 * (started - over)))
            rings = live_rings([processes.pid("lines"), processes.pid("recorder")])
            wait_until(lambda: not call.view()["playing"], 10, "the notice to end")
            time.sleep(1)
            view = call.view()
            call.hang_up()
        office.wait_until_quiet()
        before = {
            side: sent_between(phone.sent_packets(), asked - 1.9, asked)
            for side, phone in (("far", call.far), ("office", call.near))
        }
        assert [what for ring in rings for what in Sounds(before).found_in(ring)] == []
        assert found_in_new_files([office.root], Sounds(before), began)[0] == []
        document = office.record_of(str(view["recording_id"]))
        assert document["started_on"] == "on demand"
        told = [entry for entry in document["announcements"] if entry["to"] == "far_party"]
        assert [entry["prompt"] for entry in told] == ["recording-starts"]
        recording = office.opened(str(view["recording_id"]))
    for channel, phone in enumerate((call.far, call.near)):
        blocks = Laid.over(phone.sent_packets(), recording[:, channel]).blocks()
        kept = [block.sent_at for block in blocks if block.kept]
        note(f"channel {channel}: first block kept, ms after the last key", round(1000 * (min(kept) - over)))
        assert min(kept) > over - 0.1
        assert len(kept) > 50
    # The caller heard it over what the office said: marks lie under it, so it is found and not compared.
    starts = heard_at(call.far, "recording-starts")
    note("notice to the caller", f"likeness {starts[2]:.2f} over the other party")
    assert abs(unix_s(told[0]["started_at"]) - starts[0]) <= WITHIN_S
    assert starts[2] > 0.3
