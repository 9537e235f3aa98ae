"""One call's page: its facts, what happened in it, why it was not recorded."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from firmware.core.call_record import STILL_PAUSED, CallRecord, Hold, LegReport, Notice, Party, PartyChange, Pause
from tests.integration.sealed_call import RATE_HZ, list_call, seal_call
from tests.integration.web_office import NUMBER, WebOffice, form_token, new_record, open_recording
from tests.integration.web_recordings.heard_calls import NOON, decoded


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


def told_to_the_player(page: str) -> dict[str, Any]:
    found = re.search(r'data-told="([^"]+)"', page)
    assert found is not None
    told: dict[str, Any] = json.loads(html.unescape(found[1]))
    return told


def test_the_player_is_told_where_the_recording_is_silent_on_purpose(office: WebOffice) -> None:
    record = seal_call(
        office.home, eventful(), left_out=[("before_pause", 2.5, 0.5), ("paused", 3.0, 3.5), ("touch_tone", 8.0, 0.2)]
    )
    browser = office.signed_in()
    open_recording(browser, record.recording_id)
    page = browser.get(f"/calls/{record.recording_id}").text
    (band,) = told_to_the_player(page)["bands"]
    assert (band["start_s"], band["length_s"], band["kind"], band["side"], band["silent"]) == (
        2.5,
        4.0,
        "pause",
        "",
        True,
    )
    assert band["words"] == "The recording was paused here, for 4 seconds: nothing was kept."
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
