"""Finding, hearing and taking away recordings through the page, with real keys and real sealed files."""

from __future__ import annotations

import html
import io
import json
import re
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.adapters.sealing.keyslot import erase_keyslot
from firmware.core.call_record import (
    STILL_PAUSED,
    CallRecord,
    Hold,
    LegReport,
    Notice,
    Party,
    PartyChange,
    Pause,
)
from tests.integration.sealed_call import RATE_HZ, conversation, list_call, seal_call
from tests.integration.web_office import NUMBER, WebOffice, form_token, new_record, open_recording
from webui.access.opener import Opener, SegmentKey
from webui.recordings.views import PAGE_LENGTH

NOON = datetime(2026, 7, 1, 11, 0, tzinfo=UTC)  # 12:00 in London
WITHHELD = Party(presentation="withheld")


@pytest.fixture
def heard(office: WebOffice) -> tuple[FlaskClient, CallRecord]:
    """A listener who has opened a recording of twelve seconds."""
    record = seal_call(office.home, new_record(NOON))
    browser = office.signed_in()
    assert open_recording(browser, record.recording_id).status_code == 303
    return browser, record


def listed(page: TestResponse) -> list[str]:
    return re.findall(r'data-recording="([0-9a-f]+)"', page.text)


def audio_of(heard: tuple[FlaskClient, CallRecord], **headers: str) -> TestResponse:
    browser, record = heard
    return browser.get(f"/calls/{record.recording_id}/audio", headers=headers)


def download(heard: tuple[FlaskClient, CallRecord], form: str) -> TestResponse:
    browser, record = heard
    token = form_token(browser.get(f"/calls/{record.recording_id}"))
    return browser.post(f"/calls/{record.recording_id}/download", data={"csrf_token": token, "format": form})


def decoded(sound: bytes) -> np.ndarray:
    """Two rows of samples at 8 kHz, -1 to 1."""
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE_HZ)
    with av.open(io.BytesIO(sound), "r") as source:
        frames = [part for frame in source.decode(audio=0) for part in resampler.resample(frame)]
    frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray() for frame in frames], axis=1)


def likeness(samples: np.ndarray, sent: bytes) -> float:
    """The greatest correlation within one millisecond either way."""
    said = np.frombuffer(sent, np.int16).astype(float)
    padded = np.pad(samples, (8, 8 + max(0, len(said) - len(samples))))
    return max(float(np.corrcoef(said, padded[lag : lag + len(said)])[0, 1]) for lag in range(17))


# -- the list ----------------------------------------------------------------------------------------------------------


def test_a_box_that_has_recorded_nothing_says_what_to_do(office: WebOffice) -> None:
    page = office.signed_in().get("/calls")
    assert page.status_code == 200
    assert "No call has been recorded yet" in page.text
    assert "Make a call on a recorded line" in page.text


def test_calls_are_listed_newest_first_by_day_in_the_office_s_time(office: WebOffice) -> None:
    late = datetime(2025, 7, 1, 23, 30, tzinfo=UTC)  # 00:30 on the 2nd in London
    records = [new_record(at) for at in (NOON.replace(year=2025), late, late + timedelta(hours=10))]
    for record in records:
        list_call(office.home, record)
    page = office.signed_in().get("/calls")
    assert listed(page) == [record.recording_id for record in reversed(records)]
    assert re.findall(r'<h3 class="day"[^>]*>([^<]+)', page.text) == ["Wednesday 2 July 2025", "Tuesday 1 July 2025"]
    assert "00:30:00" in page.text


def test_states_and_withheld_callers_are_words(office: WebOffice) -> None:
    list_call(office.home, new_record(NOON), "recording")
    list_call(office.home, new_record(NOON + timedelta(minutes=1), far=WITHHELD), "interrupted")
    list_call(office.home, new_record(NOON + timedelta(minutes=2)), "damaged")
    text = office.signed_in().get("/calls").text
    for words in ("Being recorded", "Interrupted", "Damaged", "withheld"):
        assert words in text


@pytest.mark.parametrize("typed", ["020 7946 0123", "%2B44 20 7946 0123", "%2B44 (0)20 7946-0123", "7946 0123", "0123"])
def test_a_number_is_found_however_it_is_typed_and_however_it_was_sent(office: WebOffice, typed: str) -> None:
    sent = ("02079460123", "+442079460123", "00442079460123", "442079460123")
    wanted = [new_record(NOON - timedelta(minutes=minute), far=Party(number)) for minute, number in enumerate(sent)]
    for record in (*wanted, new_record(NOON, far=Party("02079460124"))):
        list_call(office.home, record)
    found = listed(office.signed_in().get(f"/calls?number={typed}"))
    assert found == [record.recording_id for record in wanted]


def test_direction_line_and_days_narrow_the_list(office: WebOffice) -> None:
    wanted = new_record(NOON, direction="outbound", line="second")
    list_call(office.home, wanted)
    list_call(office.home, new_record(NOON + timedelta(seconds=1), line="second"))
    list_call(office.home, new_record(NOON + timedelta(seconds=2), direction="outbound"))
    list_call(office.home, new_record(NOON + timedelta(days=1), direction="outbound", line="second"))
    browser = office.signed_in()
    page = browser.get("/calls?direction=outbound&line=second&from=2026-07-01&to=2026-07-01")
    assert listed(page) == [wanted.recording_id]


def test_a_search_without_result_says_so_and_offers_all(office: WebOffice) -> None:
    list_call(office.home, new_record(NOON))
    page = office.signed_in().get("/calls?number=999999")
    assert "No call matches" in page.text
    assert "Show all calls" in page.text


def test_a_search_that_makes_no_sense_says_why_and_searches_nothing(office: WebOffice) -> None:
    list_call(office.home, new_record(NOON))
    page = office.signed_in().get("/calls?number=Smith&from=2026-07-02&to=2026-07-01")
    assert "A telephone number has digits only" in page.text
    assert "The first day is after the last" in page.text
    assert listed(page) == []


def test_every_search_is_in_the_evidence_once_and_what_was_searched_for_can_be_erased(office: WebOffice) -> None:
    for number in range(PAGE_LENGTH + 1):
        list_call(office.home, new_record(NOON + timedelta(minutes=number)))
    browser = office.signed_in()
    browser.get("/calls")
    page = browser.get("/calls?number=0123&direction=inbound")
    following = re.search(r'rel="next" href="([^"]+)"', page.text)
    assert following
    browser.get(following[1].replace("&amp;", "&"))
    browser.get("/calls?number=Smith")
    told = [entry for entry in office.recorder.evidence if entry["kind"] == "searched"]
    assert [entry["detail"]["query"] for entry in told] == [{}, {"number": "0123", "direction": "inbound"}]
    assert "0123" not in json.dumps([entry["subject"] for entry in told])


def test_a_search_that_is_absurdly_long_finds_nothing_and_is_told_all_the_same(office: WebOffice) -> None:
    assert office.signed_in().get(f"/calls?line={'x' * 5000}").status_code == 200
    assert "searched" in office.recorder.kinds()


def test_paging_shows_every_call_exactly_once(office: WebOffice) -> None:
    records = [new_record(NOON + timedelta(minutes=number)) for number in range(PAGE_LENGTH * 2 + 3)]
    for record in records:
        list_call(office.home, record)
    browser = office.signed_in()
    seen, address = [], "/calls?line=main"
    while address:
        page = browser.get(address)
        seen += listed(page)
        found = re.search(r'rel="next" href="([^"]+)"', page.text)
        address = found[1].replace("&amp;", "&") if found else ""
    assert seen == [record.recording_id for record in reversed(records)]


@pytest.mark.parametrize("cursor", ["²:x", "9" * 30 + ":x", "-1:x", "x", ":"])
def test_a_place_in_the_list_that_nobody_was_given_shows_the_newest(office: WebOffice, cursor: str) -> None:
    record = new_record(NOON)
    list_call(office.home, record)
    page = office.signed_in().get("/calls", query_string={"before": cursor})
    assert page.status_code == 200
    assert listed(page) == [record.recording_id]


@pytest.mark.parametrize("query", ["before=nonsense", "before=1:2:3", "before=99999999999999999999:x", "before=%00"])
def test_a_made_up_place_in_the_list_is_no_crash(office: WebOffice, query: str) -> None:
    assert office.signed_in().get(f"/calls?{query}").status_code == 200


# -- one call ----------------------------------------------------------------------------------------------------------


def test_a_call_s_page_tells_its_facts(office: WebOffice) -> None:
    record = seal_call(office.home, new_record(NOON), not_taken_ms=40)
    text = office.signed_in().get(f"/calls/{record.recording_id}").text
    for fact in (
        f"Call from {NUMBER}",
        "Wednesday 1 July",
        "12:00:00",
        "12 seconds",
        "mode of line main: always",
        "“Call recorded”, to the outside party, at 12:00:00, to its end.",
        "Caller hung up",
        "40 milliseconds",
        "Not counted",
    ):
        assert fact in text


def test_a_call_s_page_tells_without_alarm_what_the_network_lost(office: WebOffice) -> None:
    legs = (LegReport("far_party", "PCMA/8000", 996, 4), LegReport("office", "PCMA/8000", 1000))
    record = seal_call(office.home, replace(new_record(NOON), legs=legs))
    text = " ".join(office.signed_in().get(f"/calls/{record.recording_id}").text.split())
    assert "<dt>Sound missing</dt><dd>Nothing</dd>" in text
    lost = "0.4% of the caller&#39;s packets were lost on the way: hardly to be heard."
    assert f"{lost}<br>All of the office&#39;s packets arrived." in text


def eventful(**changes: Any) -> CallRecord:
    """A call that was paused, held, transferred and told things."""
    record = new_record(NOON)
    at = record.started_at_ms
    told = replace(
        record,
        mode="pausable",
        pauses=(Pause(at + 2500, at + 3000, at + 6500, "page", "alex", "automatic"),),
        holds=(Hold(at + 7000, at + 9000, "office"),),
        parties=(PartyChange(at + 9500, "office", Party("203"), "attended transfer"),),
        announcements=(Notice("reminder", "far_party", at + 7000, at + 8000, completed=True),),
        tags=("reminder given",),
    )
    return replace(told, **changes)


def test_what_happened_in_a_call_is_told_in_plain_words(office: WebOffice) -> None:
    record = seal_call(office.home, eventful(), left_out=[("paused", 2.5, 4.0)])
    page = office.signed_in().get(f"/calls/{record.recording_id}").text
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    for words in (
        "During the call",
        "12:00:03 Recording paused for 4 seconds. Asked for by alex on the web page; resumed by the box itself.",
        "12:00:07 The office put the call on hold for 2 seconds; its music is not recorded.",
        "203 took the office’s place (attended transfer).",
        "“Reminder” was played to the outside party, to its end.",
        "Reminder given",
        "Paused 4 seconds",
        "Sound missing Nothing",
    ):
        assert words in text
    listing = office.signed_in().get("/calls").text
    assert "Paused 0:04" in listing
    assert "Reminder given" in listing


def test_a_pause_that_lasted_to_the_end_is_said_plainly(office: WebOffice) -> None:
    at = round(NOON.timestamp() * 1000)
    last = Pause(at + 2500, at + 3000, at + 12_000, "code", "202", STILL_PAUSED)
    record = seal_call(office.home, eventful(pauses=(last,)), left_out=[("paused", 2.5, 9.5)])
    page = office.signed_in().get(f"/calls/{record.recording_id}").text
    assert "Recording paused for 10 seconds, and still paused at hang-up. Asked for by a code from the phone" in page


def test_the_player_is_told_where_the_recording_is_silent_on_purpose(office: WebOffice) -> None:
    record = seal_call(
        office.home, eventful(), left_out=[("before_pause", 2.5, 0.5), ("paused", 3.0, 3.5), ("touch_tone", 8.0, 0.2)]
    )
    browser = office.signed_in()
    open_recording(browser, record.recording_id)
    page = browser.get(f"/calls/{record.recording_id}").text
    told = re.search(r'data-left-out="([^"]+)"', page)
    assert told is not None
    (stretch,) = json.loads(html.unescape(told[1]))
    assert stretch == {"start_s": 2.5, "length_s": 4.0, "cause": "paused", "side": ""}
    assert "4.0 seconds at 0:03 (paused)" in page
    assert "2 taken out; which keys they were is nowhere kept" in page
    pcm = decoded(browser.get(f"/calls/{record.recording_id}/audio").data)
    assert np.abs(pcm[:, int(2.6 * RATE_HZ) : int(6.4 * RATE_HZ)]).max() < 0.002


def test_where_both_parties_are_on_one_channel_the_player_offers_no_sides(office: WebOffice) -> None:
    record = seal_call(office.home, new_record(NOON), channels=1)
    browser = office.signed_in()
    open_recording(browser, record.recording_id)
    page = browser.get(f"/calls/{record.recording_id}").text
    assert "This line hears both parties on one channel" in page
    assert 'id="voices"' not in page
    assert np.abs(decoded(browser.get(f"/calls/{record.recording_id}/audio").data)).max() > 0.05


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (
            replace(
                new_record(NOON),
                mode="never",
                decided_by="the caller asked not to be recorded",
                tags=("opted out",),
            ),
            "Nothing of this call was kept: the caller asked not to be recorded.",
        ),
        (
            replace(new_record(NOON), mode="never", decided_by="rule “private phone”: never").without_parties(),
            "Call from a number that is not kept",
        ),
        (replace(new_record(NOON), mode="on_demand"), "nobody started the recording"),
    ],
    ids=["opted out", "never", "on demand"],
)
def test_a_call_that_was_not_recorded_says_why_and_offers_nothing_to_hear(
    office: WebOffice, record: CallRecord, why: str
) -> None:
    list_call(office.home, record, "not_recorded")
    browser = office.signed_in()
    page = browser.get(f"/calls/{record.recording_id}").text
    assert why in page
    assert "Open the recording" not in page
    assert "Not recorded" in browser.get("/calls").text
    token = form_token(browser.get("/calls"))
    refused = browser.post(
        f"/calls/{record.recording_id}/listen", data={"csrf_token": token, "purpose": "complaint 4711"}
    )
    assert refused.status_code >= 400


def test_a_recording_that_is_not_there_has_a_friendly_page(office: WebOffice) -> None:
    answer = office.signed_in().get("/calls/" + "01" * 16)
    assert answer.status_code == 404
    assert "No such recording" in answer.text


def test_a_call_still_being_recorded_cannot_be_opened_yet(office: WebOffice) -> None:
    record = new_record(NOON)
    list_call(office.home, record, "recording")
    text = office.signed_in().get(f"/calls/{record.recording_id}").text
    assert "still being recorded" in text
    assert 'name="purpose"' not in text


# -- hearing -----------------------------------------------------------------------------------------------------------


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
    assert "recorder" in answer.text
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


# -- taking away -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["wav", "mp3", "opus"])
def test_a_download_is_the_whole_call_in_the_form_asked_for(
    office: WebOffice, heard: tuple[FlaskClient, CallRecord], form: str
) -> None:
    answer = download(heard, form)
    assert answer.status_code == 200
    name = f"20260701120000-{NUMBER}-201.{form}"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    left, right = decoded(answer.data)
    assert left.shape[0] / RATE_HZ == pytest.approx(12.0, abs=0.15)
    far, office_side = conversation(12.0)
    if form != "mp3":  # an MP3 begins with the encoder's delay
        assert likeness(left, far) > 0.88
        assert likeness(right, office_side) > 0.88
    [entry] = [entry for entry in office.recorder.evidence if entry["kind"] == "downloaded"]
    assert entry["detail"]["purpose"] == "complaint 4711"


def test_a_wav_is_exactly_as_long_as_its_head_says(heard: tuple[FlaskClient, CallRecord]) -> None:
    wav = download(heard, "wav").data
    assert int.from_bytes(wav[4:8], "little") == len(wav) - 8
    assert int.from_bytes(wav[40:44], "little") == len(wav) - 44 == 12 * RATE_HZ * 4


def test_a_withheld_caller_s_download_is_named_so(office: WebOffice) -> None:
    record = seal_call(office.home, new_record(NOON, far=WITHHELD), seconds=2)
    browser = office.signed_in()
    open_recording(browser, record.recording_id)
    answer = download((browser, record), "opus")
    assert "20260701120000-withheld-201.opus" in answer.headers["Content-Disposition"]


def test_a_form_that_does_not_exist_is_refused(heard: tuple[FlaskClient, CallRecord]) -> None:
    assert download(heard, "exe").status_code == 400
