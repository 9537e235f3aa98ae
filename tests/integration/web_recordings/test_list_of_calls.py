"""The list of calls, and what narrows it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from firmware.core.access_policy import Role
from firmware.core.call_record import Party, Pause
from firmware.core.errors import StorageError
from tests.integration.further_people import add_people, office_key_of
from tests.integration.sealed_call import list_call
from tests.integration.web_office import LISTENER, WebOffice, form_token, new_record, sign_in
from tests.integration.web_recordings.heard_calls import NOON, WITHHELD, listed
from webui.recordings.list_views import PAGE_LENGTH
from webui.recordings.saved_searches import SavedSearches

ANOTHER = {"dora": Role.DIRECTOR}


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
    found = listed(office.signed_in().get(f"/calls?find={typed}"))
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


def test_words_in_a_note_find_its_call_and_the_search_is_in_the_evidence(office: WebOffice) -> None:
    wanted, other = new_record(NOON), new_record(NOON + timedelta(minutes=1))
    browser = office.signed_in()
    for record, text in ((wanted, "Promised Mrs Müller a refund"), (other, "Asked about the fence")):
        list_call(office.home, record)
        page = f"/calls/{record.recording_id}"
        browser.post(f"{page}/notes", data={"csrf_token": form_token(browser.get(page)), "text": text})
    assert listed(browser.get("/calls?find=muller+refu&from=2026-07-01&to=2026-07-01")) == [wanted.recording_id]
    assert listed(browser.get("/calls?find=muller+fence")) == []
    (told, _) = [entry["detail"]["query"] for entry in office.recorder.evidence if entry["kind"] == "searched"][-2:]
    assert told == {"find": "muller refu", "from": "2026-07-01", "to": "2026-07-01"}


def test_a_search_without_result_says_so_and_offers_all(office: WebOffice) -> None:
    list_call(office.home, new_record(NOON))
    page = office.signed_in().get("/calls?find=999999")
    assert "No call matches" in page.text
    assert "Show all calls" in page.text


def test_a_search_that_makes_no_sense_says_why_and_searches_nothing(office: WebOffice) -> None:
    list_call(office.home, new_record(NOON))
    page = office.signed_in().get("/calls?find=%2B&from=2026-07-02&to=2026-07-01")
    assert "Type a number or part of one" in page.text
    assert "The first day is after the last" in page.text
    assert listed(page) == []


def test_every_search_is_in_the_evidence_once_and_what_was_searched_for_can_be_erased(office: WebOffice) -> None:
    for number in range(PAGE_LENGTH + 1):
        list_call(office.home, new_record(NOON + timedelta(minutes=number)))
    browser = office.signed_in()
    browser.get("/calls")
    page = browser.get("/calls?find=0123&direction=inbound")
    following = re.search(r'rel="next" href="([^"]+)"', page.text)
    assert following
    browser.get(following[1].replace("&amp;", "&"))
    browser.get("/calls?find=%2B")
    told = [entry for entry in office.recorder.evidence if entry["kind"] == "searched"]
    assert [entry["detail"]["query"] for entry in told] == [{}, {"find": "0123", "direction": "inbound"}]
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


TYPED_ON = {"HX-Request": "true"}


def test_while_somebody_types_only_what_was_found_is_sent_and_its_count_and_each_search_is_evidence(
    office: WebOffice,
) -> None:
    for number in range(3):
        list_call(office.home, new_record(NOON + timedelta(minutes=number)))
    browser = office.signed_in()
    pages = [browser.get(f"/calls?find={typed}", headers=TYPED_ON) for typed in ("012", "0123", "0123")]
    assert [len(listed(page)) for page in pages] == [3, 3, 3]
    page = pages[-1]
    assert "<html" not in page.text
    assert re.search(r'id="found-count" hx-swap-oob="innerHTML">3 calls found\.<', page.text)
    told = [entry["detail"]["query"] for entry in office.recorder.evidence if entry["kind"] == "searched"]
    assert told == [{"find": "012"}, {"find": "0123"}]
    wrong = browser.get("/calls?find=%2B", headers=TYPED_ON)
    assert "Type a number or part of one" in wrong.text


def test_what_narrows_the_list_is_named_and_can_be_taken_away(office: WebOffice) -> None:
    wanted = replace(new_record(NOON, line="second"), pauses=(Pause(1, 1, 2),), extension="201")
    list_call(office.home, wanted)
    list_call(office.home, new_record(NOON + timedelta(minutes=1)))
    browser = office.signed_in()
    asked = "line=second&extension=201&paused=yes&recorded=yes&length=1-to-5&direction=inbound"
    page = browser.get(f"/calls?find=0123&{asked}")
    assert listed(page) == [wanted.recording_id]
    chosen = dict(re.findall(r'<li><a href="([^"]+)">([^<]+)<span aria-hidden', page.text))
    assert set(chosen.values()) == {"Line second", "Extension 201", "Paused", "Recorded", "1 to 5 minutes", "Incoming"}
    without = next(address for address, words in chosen.items() if words == "Paused").replace("&amp;", "&")
    assert "paused" not in without
    assert "find=0123" in without
    assert listed(browser.get("/calls?tagged=yes")) == listed(browser.get("/calls?held=yes")) == []


def test_a_search_is_saved_found_again_by_its_own_person_only_and_deleted(office: WebOffice) -> None:
    list_call(office.home, new_record(NOON))
    browser = office.signed_in()
    page = browser.get("/calls?find=0123&direction=inbound")
    new = {"csrf_token": form_token(page), "name": "The caller", "find": "0123", "direction": "inbound"}
    saved = browser.post("/calls/searches", data=new)
    assert (saved.status_code, saved.location) == (303, "/calls?find=0123&direction=inbound")
    link = '<a class="button" href="/calls?find=0123&amp;direction=inbound">The caller</a>'
    assert link in browser.get("/calls").text
    other = add_people(office.home, office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER]), ANOTHER)
    another = office.browser()
    sign_in(another, "dora", other["dora"])
    assert "The caller" not in another.get("/calls").text
    browser.post("/calls/searches/delete", data={"csrf_token": form_token(page), "name": "The caller"})
    assert link not in browser.get("/calls").text
    kinds = [kind for kind in office.recorder.kinds() if kind.startswith("search-")]
    assert kinds == ["search-saved", "search-deleted"]


def test_a_search_without_a_name_or_without_anything_in_it_is_not_saved(office: WebOffice) -> None:
    list_call(office.home, new_record(NOON))
    browser = office.signed_in()
    token = form_token(browser.get("/calls"))
    for wrong, words in ((" ", "Give the search a name."), ("x", "There is nothing to look for in it.")):
        fields = {"csrf_token": token, "name": wrong, "find": "" if wrong == "x" else "0123"}
        page = browser.post("/calls/searches", data=fields, follow_redirects=True)
        assert words in page.text


def test_why_a_search_is_not_saved_is_told_in_words_for_people(
    office: WebOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StorageError("Cannot write /var/lib/earmark/data/catalogue.db: no room.", "Run df.")

    monkeypatch.setattr(SavedSearches, "save", full)
    browser = office.signed_in()
    fields = {"csrf_token": form_token(browser.get("/calls")), "name": "x", "find": "0123"}
    browser.post("/calls/searches", data=fields)
    with browser.session_transaction() as session:
        ((_, said),) = session["_flashes"]
    assert said
    assert "/var/lib" not in said
