"""Hearing a recording through the page, with real keys and real sealed files."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.adapters.sealing.keyslot import erase_keyslot
from firmware.core.call_record import CallRecord
from tests.integration.sealed_call import conversation, seal_call
from tests.integration.web_office import WebOffice, form_token, new_record, open_recording
from tests.integration.web_recordings.heard_calls import NOON, audio_of, decoded, download, likeness
from webui.access.opener import Opener, SegmentKey


def test_nothing_is_heard_before_a_purpose_is_given(office: WebOffice) -> None:
    record = seal_call(office.home, new_record(NOON))
    browser = office.signed_in()
    page = browser.get(f"/calls/{record.recording_id}")
    assert 'name="purpose"' in page.text
    assert "<audio" not in page.text
    assert browser.get(f"/calls/{record.recording_id}/audio").status_code == 403
    token = form_token(page)
    answer = browser.post(f"/calls/{record.recording_id}/download", data={"csrf_token": token, "format": "wav"})
    assert answer.status_code == 403
    assert "listened" not in office.recorder.kinds()
    assert "downloaded" not in office.recorder.kinds()


@pytest.mark.parametrize("purpose", ["", "  ", "x", "y" * 201])
def test_a_purpose_that_says_nothing_is_asked_for_again(office: WebOffice, purpose: str) -> None:
    record = seal_call(office.home, new_record(NOON))
    answer = open_recording(office.signed_in(), record.recording_id, purpose)
    assert answer.status_code == 400
    assert "Say in a few words" in answer.text
    assert "listened" not in office.recorder.kinds()


def test_the_purpose_stands_in_the_evidence_once_before_anything_is_heard(
    office: WebOffice, heard: tuple[FlaskClient, CallRecord]
) -> None:
    for _ in range(3):
        assert audio_of(heard).status_code == 200
    [entry] = [entry for entry in office.recorder.evidence if entry["kind"] == "listened"]
    assert entry["subject"]["recording"] == heard[1].recording_id
    assert entry["detail"]["purpose"] == "complaint 4711"


def test_the_recording_heard_is_what_was_said_each_party_on_its_own_side(heard: tuple[FlaskClient, CallRecord]) -> None:
    answer = audio_of(heard)
    assert answer.mimetype == "audio/ogg"
    left, right = decoded(answer.data)
    far, office_side = conversation(12.0)
    assert likeness(left, far) > 0.88
    assert likeness(right, office_side) > 0.88
    assert abs(likeness(left, office_side)) < 0.1


def test_a_part_of_the_recording_can_be_asked_for(heard: tuple[FlaskClient, CallRecord]) -> None:
    whole = audio_of(heard).data
    part = audio_of(heard, Range="bytes=1000-1999")
    assert part.status_code == 206
    assert part.data == whole[1000:2000]
    assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(whole)}"
    assert part.headers["Accept-Ranges"] == "bytes"
    assert "no-store" in part.headers["Cache-Control"]
    assert audio_of(heard, Range="bytes=-100").data == whole[-100:]
    assert audio_of(heard, Range=f"bytes={len(whole) - 5}-").data == whole[-5:]
    assert audio_of(heard, Range="bytes=0-99999999").data == whole


@pytest.mark.parametrize("asked", ["bytes=0-9,20-29", "bytes=5-2", "bytes=x", "bytes=-", "seconds=1-2", "bytes"])
def test_parts_that_cannot_be_had_as_one_are_answered_by_the_whole(
    heard: tuple[FlaskClient, CallRecord], asked: str
) -> None:
    answer = audio_of(heard, Range=asked)
    assert answer.status_code == 200
    assert answer.data == audio_of(heard).data


def test_asking_for_the_head_alone_tells_the_length_and_sends_no_voice(heard: tuple[FlaskClient, CallRecord]) -> None:
    browser, record = heard
    answer = browser.head(f"/calls/{record.recording_id}/audio")
    assert (answer.status_code, answer.data) == (200, b"")
    assert int(answer.headers["Content-Length"]) == len(audio_of(heard).data)


def test_a_part_beyond_the_end_is_refused_with_the_true_length(heard: tuple[FlaskClient, CallRecord]) -> None:
    length = len(audio_of(heard).data)
    answer = audio_of(heard, Range=f"bytes={length}-")
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{length}"


def test_a_head_request_tells_the_length_and_sends_nothing(heard: tuple[FlaskClient, CallRecord]) -> None:
    browser, record = heard
    answer = browser.head(f"/calls/{record.recording_id}/audio")
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) == len(audio_of(heard).data)
    assert answer.data == b""


def test_a_part_is_given_only_of_the_very_bytes_that_the_browser_has_begun_on(
    heard: tuple[FlaskClient, CallRecord],
) -> None:
    tag = audio_of(heard).headers["ETag"]
    assert audio_of(heard, **{"Range": "bytes=0-9", "If-Range": tag}).status_code == 206
    assert audio_of(heard, **{"Range": "bytes=0-9", "If-Range": '"another"'}).status_code == 200


def test_a_purpose_is_not_shared_between_sign_ins(office: WebOffice, heard: tuple[FlaskClient, CallRecord]) -> None:
    other = office.signed_in()
    assert other.get(f"/calls/{heard[1].recording_id}/audio").status_code == 403


def test_signing_out_leaves_no_audio_behind(office: WebOffice, heard: tuple[FlaskClient, CallRecord]) -> None:
    room = office.app.extensions["earmark"].room
    assert room.bytes_held > 0
    browser, record = heard
    browser.post("/sign-out", data={"csrf_token": form_token(browser.get("/help"))})
    assert room.bytes_held == 0
    assert browser.get(f"/calls/{record.recording_id}/audio").status_code == 303


def sign_out(office: WebOffice, browser: FlaskClient) -> TestResponse:
    """From a second tab of the same browser."""
    tab = office.browser()
    cookie = browser.get_cookie("earmark")
    assert cookie is not None
    tab.set_cookie(cookie.key, cookie.value)
    return tab.post("/sign-out", data={"csrf_token": form_token(tab.get("/help"))})


def test_a_recording_that_the_opener_opened_while_its_listener_signed_out_is_not_kept(
    office: WebOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = seal_call(office.home, new_record(NOON))
    browser = office.signed_in()
    ask = Opener.open

    def sign_out_once_opened(opener: Opener, *asked: Any) -> list[SegmentKey]:
        keys = ask(opener, *asked)
        assert sign_out(office, browser).status_code == 303
        return keys

    monkeypatch.setattr(Opener, "open", sign_out_once_opened)
    assert open_recording(browser, record.recording_id).status_code == 401
    assert office.app.extensions["earmark"].room.bytes_held == 0


def test_a_recording_opened_before_the_opener_has_heard_of_the_signing_out_is_not_kept(
    office: WebOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = seal_call(office.home, new_record(NOON))
    browser = office.signed_in()
    room = office.app.extensions["earmark"].room
    tell = Opener.sign_out

    def open_before_it_is_told(opener: Opener, token: str) -> None:
        assert open_recording(browser, record.recording_id).status_code == 303
        assert room.bytes_held > 0
        tell(opener, token)

    monkeypatch.setattr(Opener, "sign_out", open_before_it_is_told)
    assert sign_out(office, browser).status_code == 303
    assert room.bytes_held == 0


def test_listening_and_downloading_write_nothing_to_disk(office: WebOffice) -> None:
    record = seal_call(office.home, new_record(NOON))
    browser = office.signed_in()

    def files() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in office.home.root.rglob("*") if path.is_file()}

    before = files()
    open_recording(browser, record.recording_id)
    sound = audio_of((browser, record)).data
    download((browser, record), "wav")
    after = files()
    assert {path.name for path in after} - {path.name for path in before} <= {"catalogue.db-shm", "catalogue.db-wal"}
    needle = sound[2000:2040]
    assert not any(needle in content for content in after.values())


def test_nothing_is_opened_while_the_evidence_cannot_be_written(office: WebOffice) -> None:
    record = seal_call(office.home, new_record(NOON))
    browser = office.signed_in()
    office.recorder_socket.stop()
    answer = open_recording(browser, record.recording_id)
    assert answer.status_code == 503
    assert "Part of the box does not answer" in answer.text
    assert browser.get(f"/calls/{record.recording_id}/audio").status_code == 403


def test_a_damaged_recording_names_the_frame_and_says_what_to_do(office: WebOffice) -> None:
    record = seal_call(office.home, new_record(NOON))
    path = office.home.segment(record.recording_id, 0, record.started_at_ms)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    answer = open_recording(office.signed_in(), record.recording_id)
    assert answer.status_code == 500
    assert "This recording is damaged" in answer.text
    assert re.search(r"frame \d+", answer.text)
    assert "What to do:" in answer.text


def test_an_erased_recording_says_so(office: WebOffice) -> None:
    record = seal_call(office.home, new_record(NOON))
    path = office.home.segment(record.recording_id, 0, record.started_at_ms)
    erase_keyslot(office.home.keyslot_of(path))
    answer = open_recording(office.signed_in(), record.recording_id)
    assert answer.status_code == 410
    assert "erased" in answer.text


def test_a_recording_that_is_erased_while_it_is_open_is_heard_no_more(
    office: WebOffice, heard: tuple[FlaskClient, CallRecord]
) -> None:
    browser, record = heard
    with sqlite3.connect(office.home.catalogue) as catalogue:
        for table, column in (("segments", "recording_id"), ("recordings", "id")):
            catalogue.execute(f"DELETE FROM {table} WHERE {column} = ?", (record.recording_id,))
    assert browser.get(f"/calls/{record.recording_id}/audio").status_code == 403
    assert office.app.extensions["earmark"].room.bytes_held == 0
