"""People's requests about their data, from the day they come in to the copy that is handed out."""

from __future__ import annotations

import csv
import hashlib
import io
import random
import re
import sqlite3
import wave
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import pyzipper
from flask.testing import FlaskClient
from numpy.typing import NDArray
from werkzeug.test import TestResponse

from firmware.core.access_policy import Role
from firmware.core.call_record import CallRecord, Party
from tests.integration.further_people import add_people, office_key_of
from tests.integration.keeper_at_work import keeper_at_work
from tests.integration.sealed_call import seal_call
from tests.integration.web_office import LISTENER, WebOffice, form_token, new_record, sign_in, web_office

THEIRS = "+441234567890"
TODAY = datetime.now(UTC).date()
REQUEST = {
    "kind": "subject_access",
    "received_on": TODAY.isoformat(),
    "subject_name": "Mary Example",
    "asked": "All calls with me",
    "numbers": "",
    "extension": "",
    "words": "",
}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[WebOffice]:
    with web_office(tmp_path, keeper_of=keeper_at_work) as made:
        yield made


@pytest.fixture
def phrases(office: WebOffice) -> Mapping[str, str]:
    key = office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER])
    roles = {"dora": Role.DIRECTOR, "dan": Role.DATA_PROTECTION_OFFICER, "lena": Role.LINE_MANAGER}
    return add_people(office.home, key, roles)


@pytest.fixture
def dora(office: WebOffice, phrases: Mapping[str, str]) -> FlaskClient:
    return somebody(office, phrases, "dora")


@pytest.fixture
def channels() -> int:
    return 2


@pytest.fixture
def calls(office: WebOffice, channels: int) -> dict[str, CallRecord]:
    """Three calls of theirs, one as a colleague of 205 wrote it down, and one of somebody else."""
    now = datetime.now(UTC)

    def call(minutes: int, **changes: Any) -> CallRecord:
        return seal_call(office.home, new_record(now - timedelta(minutes=minutes), **changes), 9.0, channels=channels)

    return {
        "international": call(50, far=Party(THEIRS)),
        "national": call(40, far=Party("01234567890"), direction="outbound"),
        "named": call(30, far=Party("+447700900999", display_name="Mary Example")),
        "other": call(20, far=Party("+441234567891")),
        "staff": call(10, far=Party("+441632960961"), office="205"),
    }


def somebody(office: WebOffice, phrases: Mapping[str, str], name: str) -> FlaskClient:
    browser = office.browser()
    assert sign_in(browser, name, phrases[name]).status_code == 303
    return browser


def send(browser: FlaskClient, path: str, data: Mapping[str, Any], page: str = "/cases/new") -> TestResponse:
    return browser.post(path, data={**data, "csrf_token": form_token(browser.get(page))})


def begin(browser: FlaskClient, **changes: str) -> str:
    answer = send(browser, "/cases/new", REQUEST | changes)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def ids(page: str) -> set[str]:
    return set(re.findall(r'name="call" value="([0-9a-f]{32})"', page))


def rows(office: WebOffice, question: str, *values: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(office.home.catalogue)) as database, database:
        return database.execute(question, values).fetchall()


# -- finding one person's calls -------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["01234 567890", "+44 1234 567890", "441234567890", "0044 (0)1234-567890"])
def test_any_form_of_a_number_finds_every_call_of_it_and_of_nobody_else(
    dora: FlaskClient, calls: dict[str, CallRecord], typed: str
) -> None:
    case = begin(dora)
    typed = typed.replace("(0)", "")
    answer = send(dora, f"{case}/find", {"numbers": typed, "extension": "", "words": ""})
    assert answer.status_code == 303
    assert ids(dora.get(case).text) == {calls["international"].recording_id, calls["national"].recording_id}


def test_staff_are_found_by_extension_and_others_by_a_name_shown_or_noted(
    office: WebOffice, dora: FlaskClient, calls: dict[str, CallRecord]
) -> None:
    case = begin(dora)
    send(dora, f"{case}/find", {"numbers": "", "extension": "205", "words": ""})
    assert ids(dora.get(case).text) == {calls["staff"].recording_id}
    noted = calls["other"].recording_id
    answer = send(dora, f"/calls/{noted}/notes", {"text": "Spoke as Mary Example's sister #boiler"}, f"/calls/{noted}")
    assert answer.status_code == 303
    assert "Mary Example&#39;s sister" in dora.get(f"/calls/{noted}").text
    send(dora, f"{case}/find", {"numbers": "", "extension": "", "words": "mary example"})
    assert ids(dora.get(case).text) == {calls[name].recording_id for name in ("staff", "named", "other")}
    assert "note-written" in office.recorder.kinds()


def test_what_a_case_has_no_room_for_is_told_on_the_page_and_in_the_copy(
    office: WebOffice, dora: FlaskClient, calls: dict[str, CallRecord], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firmware.services.cases.MOST_CALLS", 1)
    case, theirs = begin(dora), {"numbers": THEIRS, "extension": "", "words": ""}
    days = [(TODAY - timedelta(days=back)).isoformat() for back in (5, 3)]
    send(dora, f"{case}/find", theirs | {"first_day": days[0], "last_day": days[1]})
    assert ids(dora.get(case).text) == set()
    swapped = send(dora, f"{case}/find", theirs | {"first_day": days[1], "last_day": days[0]})
    assert "The last day is before the first." in swapped.text
    send(dora, f"{case}/find", theirs | {"first_day": days[0], "last_day": ""})
    page = dora.get(case).text
    (included,) = ids(page)
    further = int(re.findall(r"(\d+) more calls? w(?:as|ere) found by the last search", page)[0])
    assert further >= 1
    send(dora, f"{case}/calls", {"call": [included], "what": "included"})
    words = "five random words are here"
    order = {"form": "wav", "pass_phrase": words, "letter": ""}
    archive = pyzipper.AESZipFile(io.BytesIO(send(dora, f"{case}/bundle", order, f"{case}/bundle").data))
    archive.setpassword(words.encode())
    assert f"Not in this copy: {further} more call" in archive.read("index.csv").decode()
    assert f"{further} further call" in dora.get(f"{case}/bundle").text


def test_each_search_is_in_the_evidence_before_anything_is_found(
    office: WebOffice, dora: FlaskClient, calls: dict[str, CallRecord]
) -> None:
    case = begin(dora)
    send(dora, f"{case}/find", {"numbers": THEIRS, "extension": "", "words": ""})
    (searched,) = [entry for entry in office.recorder.evidence if entry["kind"] == "searched"]
    assert searched["detail"]["query"]["numbers"] == [THEIRS]
    assert THEIRS not in str(searched["subject"])
    opened = next(entry for entry in office.recorder.evidence if entry["kind"] == "case-opened")
    assert "Mary" not in str(opened["subject"])


# -- the copy -------------------------------------------------------------------------------------------------------


def ready(dora: FlaskClient, calls: dict[str, CallRecord]) -> str:
    """A case with two calls included, one left out, and something silenced in each."""
    case = begin(dora, numbers="01234 567890")
    send(dora, f"{case}/find", {"numbers": "01234 567890", "extension": "", "words": "Mary"})
    included = [calls["international"].recording_id, calls["national"].recording_id]
    left_out = {"call": calls["named"].recording_id, "what": "excluded", "because": "about another person"}
    assert send(dora, f"{case}/calls", {"call": included, "what": "included"}).status_code == 303
    assert send(dora, f"{case}/calls", left_out).status_code == 303
    send(dora, f"{case}/calls/{included[0]}/mute", {"office_all": "yes", "spans": "0:02-0:04", "side": "far"})
    return case


def sound(content: bytes) -> NDArray[np.int16]:
    """Two rows: the outside party, the office."""
    with av.open(io.BytesIO(content), "r") as file:
        frames = [frame.to_ndarray() for frame in file.decode(audio=0)]
    joined = np.concatenate(frames, axis=1)
    if joined.shape[0] == 1:
        joined = joined.reshape(-1, 2).T
    return (joined * 32767).astype(np.int16) if joined.dtype.kind == "f" else joined.astype(np.int16)


@pytest.mark.parametrize("form", ["wav", "mp3"])
def test_the_copy_is_an_encrypted_archive_with_index_and_letter_and_is_recorded_by_its_digest(
    office: WebOffice, dora: FlaskClient, calls: dict[str, CallRecord], form: str
) -> None:
    case = ready(dora, calls)
    page = dora.get(f"{case}/bundle")
    words = re.findall(r'name="pass_phrase" value="([a-z ]+)"', page.text)[0]
    assert len(words.split()) == 5
    answer = send(dora, f"{case}/bundle", {"form": form, "pass_phrase": words, "letter": "Dear Mary"}, f"{case}/bundle")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Disposition"] == f'attachment; filename="case-{TODAY.year}-001.zip"'
    content = answer.data
    archive = pyzipper.AESZipFile(io.BytesIO(content))
    with pytest.raises(RuntimeError):
        archive.read("index.csv")
    archive.setpassword(words.encode())
    names = [name for name in archive.namelist() if name.endswith(form)]
    assert len(names) == 2
    assert any(re.fullmatch(rf"\d{{14}}-441234567890-201\.{form}", name) for name in names)
    assert any(re.fullmatch(rf"\d{{14}}-201-01234567890\.{form}", name) for name in names)
    assert archive.read("letter.txt") == b"Dear Mary"
    assert archive.read("index.pdf").startswith(b"%PDF-")
    listed = list(csv.DictReader(io.StringIO(archive.read("index.csv").decode("utf-8-sig"))))
    assert {row["SHA-256"] for row in listed} == {hashlib.sha256(archive.read(name)).hexdigest() for name in names}
    assert {row["Silenced in this copy"] for row in listed} == {"", "office: all; outside party: 0:02-0:04"}
    (made,) = [entry for entry in office.recorder.evidence if entry["kind"] == "bundle-made"]
    assert made["subject"]["sha256"] == hashlib.sha256(content).hexdigest()
    kinds = office.recorder.kinds()
    assert kinds.count("bundle-opened") == 2
    assert words not in str(office.recorder.evidence)
    assert hashlib.sha256(content).hexdigest() in dora.get(case).text


def test_what_is_muted_is_silent_in_the_copy_and_the_rest_is_not(
    office: WebOffice, dora: FlaskClient, calls: dict[str, CallRecord]
) -> None:
    case = ready(dora, calls)
    order = {"form": "wav", "pass_phrase": "five random words are here", "letter": ""}
    archive = pyzipper.AESZipFile(io.BytesIO(send(dora, f"{case}/bundle", order, f"{case}/bundle").data))
    archive.setpassword(order["pass_phrase"].encode())
    muted, whole = (
        sound(archive.read(name))
        for name in sorted(archive.namelist(), key=lambda name: "-441234567890-" not in name)[:2]
    )
    assert not muted[1].any()
    assert not muted[0, 2 * 8000 : 4 * 8000].any()
    assert muted[0, :16000].any()
    assert muted[0, 32000:].any()
    assert whole[0, 2 * 8000 : 4 * 8000].any()


@pytest.mark.parametrize("channels", [1])
def test_where_both_parties_are_on_one_channel_whoever_is_muted_takes_the_other_along_and_the_index_says_so(
    office: WebOffice, dora: FlaskClient, calls: dict[str, CallRecord]
) -> None:
    case = ready(dora, calls)
    order = {"form": "wav", "pass_phrase": "five random words are here", "letter": ""}
    archive = pyzipper.AESZipFile(io.BytesIO(send(dora, f"{case}/bundle", order, f"{case}/bundle").data))
    archive.setpassword(order["pass_phrase"].encode())
    (name,) = [name for name in archive.namelist() if "-441234567890-" in name]
    with wave.open(io.BytesIO(archive.read(name))) as copy:
        assert copy.getnchannels() == 1
        assert not any(copy.readframes(copy.getnframes()))
    [told] = [line for line in archive.read("index.csv").decode().splitlines() if name in line]
    assert "both parties" in told
    assert "office" not in told


def test_a_copy_of_nothing_or_with_a_short_pass_phrase_is_refused(
    dora: FlaskClient, calls: dict[str, CallRecord]
) -> None:
    case = begin(dora)
    order = {"form": "mp3", "pass_phrase": "five random words are here", "letter": ""}
    assert send(dora, f"{case}/bundle", order).status_code == 422
    case = ready(dora, calls)
    answer = send(dora, f"{case}/bundle", order | {"pass_phrase": "short"})
    assert answer.status_code == 422
    assert "fewer than 12" in answer.text


def test_a_call_that_was_left_out_cannot_be_had_and_leaving_out_needs_a_reason(
    office: WebOffice, dora: FlaskClient, calls: dict[str, CallRecord]
) -> None:
    case = ready(dora, calls)
    answer = send(dora, f"{case}/calls", {"call": calls["national"].recording_id, "what": "excluded"})
    assert answer.status_code == 422
    assert "Say why" in answer.text
    shown = dora.get(case).text
    assert "left out: “about another person”" in shown


def test_a_data_protection_officer_makes_a_copy_only_of_what_a_director_opened(
    office: WebOffice, phrases: Mapping[str, str], calls: dict[str, CallRecord]
) -> None:
    dan, dora = somebody(office, phrases, "dan"), somebody(office, phrases, "dora")
    recording = calls["international"].recording_id
    case = begin(dan)
    send(dan, f"{case}/find", {"numbers": THEIRS, "extension": "", "words": ""})
    send(dan, f"{case}/calls", {"call": recording, "what": "included"})
    order = {"form": "mp3", "pass_phrase": "five random words are here", "letter": ""}
    refused = send(dan, f"{case}/bundle", order, f"{case}/bundle")
    assert refused.status_code == 403
    send(dan, "/requests/ask", {"call": recording, "purpose": "subject access"}, "/requests/ask")
    asked = re.findall(r'href="(/requests/[0-9a-f]{32})', dora.get("/requests").text)[0]
    until = (TODAY + timedelta(days=7)).isoformat()
    answer = send(dora, f"{asked}/approve", {"call": recording, "last_day": until}, asked)
    assert answer.status_code == 303, answer.text
    assert send(dan, f"{case}/bundle", order, f"{case}/bundle").status_code == 200


# -- the clock, papers, erasure and holds ---------------------------------------------------------------------------


def test_the_clock_waits_for_proof_and_clarification_and_can_be_extended_once(dora: FlaskClient) -> None:
    case = begin(dora, proof_needed="yes")
    assert "Waits for proof of identity" in dora.get(case).text
    today = TODAY.isoformat()
    for what, said in (
        ("proved", "Due in "),
        ("asked_back", "Waits for a clarification"),
        ("clarified", "Due in "),
    ):
        assert send(dora, f"{case}/clock", {"what": what, "on": today}).status_code == 303
        assert said in dora.get(case).text
    answer = send(dora, f"{case}/clock", {"what": "extended", "on": today, "because": ""})
    assert answer.status_code == 422
    send(dora, f"{case}/clock", {"what": "extended", "on": today, "because": "thousands of calls"})
    assert "two months more: “thousands of calls”" in dora.get(case).text
    again = send(dora, f"{case}/clock", {"what": "extended", "on": today, "because": "more"})
    assert "that can be done once" in again.text


def upload(browser: FlaskClient, case: str, name: str, content: bytes, **fields: str) -> TestResponse:
    """As a browser sends it (RFC 7578); the test client would put a large file on the disk."""
    lines = [f'--x\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()]
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = "".join(lines).encode() + head.encode() + content + b"\r\n--x--\r\n"
    return browser.post(f"{case}/papers", data=body, content_type="multipart/form-data; boundary=x")


def test_an_authority_s_request_keeps_its_written_authority_as_it_was_scanned(
    office: WebOffice, dora: FlaskClient
) -> None:
    case = begin(dora, kind="authority", named_day=(TODAY + timedelta(days=9)).isoformat())
    assert "Due in 9 days" in dora.get(case).text
    paper = b"%PDF-1.4" + random.Random(7).randbytes(9_000_000)
    fields = {"csrf_token": form_token(dora.get(case)), "kind": "authority"}
    answer = upload(dora, case, "../DPA form – signed.pdf", paper, **fields)
    assert answer.status_code == 303, answer.text
    shown = dora.get(case).text
    assert hashlib.sha256(paper).hexdigest() in shown
    assert "9.0 MB" in shown
    link = re.findall(rf'href="({case}/papers/[0-9a-f]+)">DPA form – signed.pdf', shown)[0]
    fetched = dora.get(link)
    assert fetched.data == paper
    assert fetched.content_length == len(paper)
    assert 'attachment; filename="DPA form ? signed.pdf"' in fetched.headers["Content-Disposition"]
    assert max(len(part) for (part,) in rows(office, "SELECT content FROM case_paper_parts")) == 512 * 1024
    (added,) = [entry for entry in office.recorder.evidence if entry["kind"] == "case-paper-added"]
    assert added["subject"]["sha256"] == hashlib.sha256(paper).hexdigest()


def test_a_file_that_is_too_large_or_not_sent_by_who_may_is_refused(office: WebOffice, dora: FlaskClient) -> None:
    case = begin(dora)
    fields = {"csrf_token": form_token(dora.get(case)), "kind": "letter"}
    refused = upload(dora, case, "large.pdf", bytes(10_000_001), **fields)
    assert refused.status_code == 422
    assert "at most 10 MB" in refused.text
    assert upload(dora, case, "huge.pdf", bytes(10_100_000), **fields).status_code == 413
    assert upload(dora, case, "forged.pdf", b"x", kind="letter").status_code == 400
    stranger = upload(office.browser(), case, "strange.pdf", b"x", **fields)
    assert (stranger.status_code, stranger.location) == (303, "/sign-in")
    assert rows(office, "SELECT count(*) FROM case_paper_parts") == [(0,)]


def test_erasure_erases_what_may_go_and_says_why_the_rest_stays(
    office: WebOffice, dora: FlaskClient, calls: dict[str, CallRecord]
) -> None:
    dora.get("/calls")
    case = begin(dora, kind="erasure")
    send(dora, f"{case}/find", {"numbers": THEIRS, "extension": "", "words": ""})
    held, goes = calls["international"].recording_id, calls["national"].recording_id
    columns = "id, purpose, owner_id, owner_name, placed_at_ms, review_on"
    rows(office, f"INSERT INTO legal_holds ({columns}) VALUES ('h1', 'claim 9', 'p', 'a', 1, '2030-01-01')")
    rows(office, "INSERT INTO held_recordings VALUES ('h1', ?)", held)
    answer = send(dora, f"{case}/calls", {"call": [held, goes], "what": "erase", "because": "she asked"})
    assert answer.status_code == 303, answer.text
    shown = dora.get(case).text
    assert "1 call is being erased." in shown
    assert "1 not erased: It is under a legal hold: claim 9." in shown
    assert ids(shown) == {held}
    assert rows(office, "SELECT recording_id FROM erasures") == [(goes,)]


def test_restricted_calls_are_held_and_shut(office: WebOffice, dora: FlaskClient, calls: dict[str, CallRecord]) -> None:
    case = begin(dora, kind="restriction")
    send(dora, f"{case}/find", {"numbers": THEIRS, "extension": "", "words": ""})
    recording = calls["national"].recording_id
    assert send(dora, f"{case}/calls", {"call": recording, "what": "restrict"}).status_code == 303
    ((purpose, held, restricts),) = rows(
        office, "SELECT purpose, recording_id, restricts FROM legal_holds JOIN held_recordings ON hold_id = id"
    )
    assert (held, restricts) == (recording, 1)
    assert dora.get(case).text.count("Restricted") == 1
    assert purpose.startswith(f"Case {TODAY.year}-001, restriction")


def test_a_closed_case_stands_as_it_is(dora: FlaskClient) -> None:
    case = begin(dora)
    assert send(dora, f"{case}/close", {"outcome": ""}).status_code == 422
    assert send(dora, f"{case}/close", {"outcome": "answered"}).status_code == 303
    assert "“answered”" in dora.get("/cases").text
    answer = send(dora, f"{case}/find", {"numbers": THEIRS, "extension": "", "words": ""})
    assert "is closed" in answer.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"subject_name": " "}, "Whose request is it?"),
        ({"asked": ""}, "what is asked for"),
        ({"received_on": "2099-01-01"}, "later than today"),
        ({"numbers": "nonsense"}, "is not a telephone number"),
    ],
)
def test_a_mistake_opens_no_case(dora: FlaskClient, changes: dict[str, str], said: str) -> None:
    answer = send(dora, "/cases/new", REQUEST | changes)
    assert answer.status_code == 422
    assert said in answer.text
    assert "No case is open." in dora.get("/cases").text


def test_who_may_not_work_on_cases_sees_none(office: WebOffice, phrases: Mapping[str, str]) -> None:
    lena, manager = somebody(office, phrases, "lena"), office.signed_in()
    for browser in (lena, manager):
        assert browser.get("/cases").status_code == 403
        assert "Cases" not in browser.get("/help").text.split("<main")[0]
