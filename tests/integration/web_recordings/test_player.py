"""What the player gets: the picture of both voices, its policy for styles, moments of notes."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from firmware.adapters.sealing import sound_peaks
from firmware.core.call_record import CallRecord
from tests.integration.sealed_call import list_call, seal_call
from tests.integration.web_office import WebOffice, form_token, new_record, open_recording
from tests.integration.web_recordings.heard_calls import NOON


def test_the_picture_is_made_of_the_sound_and_made_once(
    heard: tuple[FlaskClient, CallRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, record = heard
    address = f"/calls/{record.recording_id}/peaks"
    answer = browser.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "application/octet-stream")
    far, office = answer.data[::2], answer.data[1::2]
    assert len(far) == pytest.approx(12_000 / sound_peaks.SHORTEST_BIN_MS, abs=1)
    assert max(far[:100]) > 100 > 10 > max(office[:100])
    monkeypatch.setattr("webui.recordings.peaks.peak_parts", None)
    assert browser.get(address).data == answer.data


def test_nobody_sees_who_spoke_when_before_a_purpose_is_given(office: WebOffice) -> None:
    record = seal_call(office.home, new_record(NOON), 2)
    address = f"/calls/{record.recording_id}/peaks"
    browser = office.signed_in()
    assert browser.get(address).status_code == 403
    assert office.browser().get(address).status_code == 303
    open_recording(browser, record.recording_id)
    assert browser.get(address).status_code == 200


def test_the_player_s_style_sheet_comes_by_a_word_of_this_answer_alone(heard: tuple[FlaskClient, CallRecord]) -> None:
    browser, record = heard
    words = set()
    for _ in range(2):
        answer = browser.get(f"/calls/{record.recording_id}")
        policy = answer.headers["Content-Security-Policy"]
        found = re.search(r"; style-src 'self' 'nonce-([\w-]{22})'$", policy)
        assert found, policy
        assert f"&#34;nonce&#34;: &#34;{found[1]}&#34;" in answer.text
        assert "unsafe" not in policy
        words.add(found[1])
    assert len(words) == 2
    assert "nonce" not in browser.get("/calls").headers["Content-Security-Policy"]


def test_a_note_s_moment_leads_into_the_recording_once_that_is_open(office: WebOffice) -> None:
    record = seal_call(office.home, new_record(NOON), 12)
    browser = office.signed_in()
    page = f"/calls/{record.recording_id}"
    note = {"csrf_token": form_token(browser.get(page)), "text": "@0:05 agrees <b>all</b>, @0:55 nothing"}
    browser.post(f"{page}/notes", data=note)
    assert "@0:05 agrees &lt;b&gt;all&lt;/b&gt;, @0:55 nothing" in browser.get(page).text
    open_recording(browser, record.recording_id)
    text = browser.get(page).text
    assert re.findall(r'href="([^"]+#t=\d+)" data-at="(\d+)"', text) == [(f"{page}/audio#t=5", "5")]
    assert "agrees &lt;b&gt;all&lt;/b&gt;, @0:55 nothing" in text


def test_a_call_without_sound_brings_no_player(office: WebOffice) -> None:
    record = new_record(NOON)
    list_call(office.home, record, "not_recorded")
    assert "player.js" not in office.signed_in().get(f"/calls/{record.recording_id}").text
