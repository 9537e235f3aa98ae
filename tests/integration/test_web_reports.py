"""The pages of reports: counts for who may see them, names for who may see names, and every look on record."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.control.server import Handler
from firmware.core.access_policy import Role
from firmware.core.call_record import Party
from firmware.core.evidence_chain import EvidenceLine, commitment_to
from firmware.core.home import Home
from tests.integration.sealed_call import list_call
from tests.integration.web_office import ADMINISTRATOR, LISTENER, WebOffice, form_token, new_record, web_office
from tests.integration.web_people import browsers_of

ROLES = {"dora": Role.DIRECTOR, "otto": Role.DATA_PROTECTION_OFFICER, "lena": Role.LINE_MANAGER}
DAYS = "from=2026-03-27&to=2026-03-31"
#: The last is on 30 March by the office's clock, which goes forward on the 29th.
BEGAN = [datetime(2026, 3, day, hour, 30, tzinfo=UTC) for day, hour in ((28, 10), (29, 9), (29, 23))]
CALLER = "+447700900321"
GB = 1_000_000_000
SPACE: dict[str, Any] = {
    "words": "Recording takes about 10 GB a month.",
    "taken_at_ms": 1_790_000_000_000,
    "free_bytes": 80 * GB,
    "total_bytes": 100 * GB,
    "ahead": [[30, 30 * GB], [60, 40 * GB]],
}


def keeper(home: Home) -> Mapping[str, Handler]:
    extensions = ("201", "=202", "201")
    calls = [
        replace(new_record(began, Party(CALLER)), extension=extension)
        for began, extension in zip(BEGAN, extensions, strict=True)
    ]
    for number, call in enumerate(calls):
        list_call(home, call, "not_recorded" if number == 1 else "complete", 90)
    _enter(home, 1, "listened", calls[0].recording_id, {"name": "dora", "purpose": "=complaint 4711", "case": ""})
    _enter(home, 2, "searched", "", {"name": "dora"})
    _enter(home, 3, "downloaded", calls[2].recording_id, None)
    return {"GET /space": lambda _: SPACE, "GET /reports/way": lambda _: {"way": "office-mail"}}


def _enter(home: Home, number: int, kind: str, recording: str, detail: Mapping[str, Any] | None) -> None:
    """A line of evidence of 30 March, with its detail unless that was erased."""
    salt, words = b"s" * 16, detail or {"name": "gone"}
    subject = {"person": f"p{number}"} | ({"recording": recording} if recording else {})
    at = datetime(2026, 3, 30, 8, number, tzinfo=UTC)
    line = EvidenceLine(number, at, kind, subject, commitment_to(words, salt), "0" * 64)
    home.evidence.mkdir(parents=True, exist_ok=True)
    with (home.evidence / "2026-03-30.log").open("a") as file:
        file.write(line.to_text())
    if detail is not None:
        with closing(SqliteCatalogueWriter(home.catalogue)) as writer:
            writer.keep_detail(line.commitment, salt, detail, recording)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[WebOffice]:
    with web_office(tmp_path, keeper_of=keeper) as made:
        yield made


@pytest.fixture
def browsers(office: WebOffice) -> dict[str, FlaskClient]:
    found = browsers_of(office, ROLES)
    office.recorder.evidence.clear()
    return found


def plain(page: TestResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def table(answer: TestResponse) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_calls_are_counted_by_the_days_of_the_office(office: WebOffice, browsers: dict[str, FlaskClient]) -> None:
    page = browsers[LISTENER].get(f"/reports/calls?{DAYS}")
    assert page.status_code == 200
    text = plain(page)
    assert "27 to 31 March 2026" in text
    assert "3 calls in all; most on Saturday 28 March 2026: 1." in text
    assert page.text.count('<svg width="100%"') == 5
    days = table(browsers[LISTENER].get(f"/reports/calls/when.csv?{DAYS}"))
    assert [row[:2] + row[4:5] for row in days[1:]] == [
        ["2026-03-27", "0", "0"],
        ["2026-03-28", "1", "1"],
        ["2026-03-29", "1", "0"],
        ["2026-03-30", "1", "1"],
        ["2026-03-31", "0", "0"],
    ]
    assert [row[:2] for row in table(browsers[LISTENER].get(f"/reports/calls/extensions.csv?{DAYS}"))[1:]] == [
        ["201", "2"],
        ["'=202", "1"],
    ]
    told = [each["kind"] for each in office.recorder.evidence if each["kind"].startswith("report-")]
    assert told == ["report-seen", "report-taken"]


def test_names_and_purposes_are_for_who_reads_the_evidence_with_names(
    office: WebOffice, browsers: dict[str, FlaskClient]
) -> None:
    seen = {name: plain(browsers[name].get(f"/reports/listening?{DAYS}")) for name in ("dora", "otto", LISTENER)}
    for text in seen.values():
        assert "Recordings were opened 2 times." in text
    for name in ("dora", "otto"):
        assert "2026-03-30 09:01 dora Listened to =complaint 4711 2026-03-28 10:30" in seen[name]
        assert "name erased" in seen[name]
    assert "complaint" not in seen[LISTENER]
    assert "Each time" not in seen[LISTENER]
    assert browsers[LISTENER].get(f"/reports/listening/each.csv?{DAYS}").status_code == 404
    listed = table(browsers["otto"].get(f"/reports/listening/each.csv?{DAYS}"))
    assert [row[3] for row in listed[1:]] == ["", "'=complaint 4711"]
    told = [each["detail"] for each in office.recorder.evidence if each["kind"] == "report-taken"]
    assert {(each["name"], each["form"]) for each in told} == {(LISTENER, "CSV"), ("otto", "CSV")}


def test_no_report_holds_a_callers_number(browsers: dict[str, FlaskClient]) -> None:
    for report in ("calls", "listening", "keeping"):
        assert CALLER[-9:] not in browsers["dora"].get(f"/reports/{report}?{DAYS}").text


def test_what_is_due_and_how_the_disk_fills_are_shown(browsers: dict[str, FlaskClient]) -> None:
    page = browsers["otto"].get("/reports/keeping")
    assert "Recording takes about 10 GB a month." in plain(page)
    assert "the disk holds 100.0 GB" in page.text
    assert page.text.count("polyline") == 2
    assert [row[2] for row in table(browsers["otto"].get("/reports/keeping/storage.csv"))[1:]].count("foreseen") == 2


def test_every_report_is_a_paper_too(browsers: dict[str, FlaskClient]) -> None:
    for report in ("calls", "listening", "keeping"):
        answer = browsers["dora"].get(f"/reports/{report}.pdf?{DAYS}")
        assert answer.mimetype == "application/pdf"
        assert answer.data.startswith(b"%PDF-")
        mailed = browsers[LISTENER].get(f"/reports/by-mail/{report}.pdf")
        assert mailed.data.startswith(b"%PDF-")
        assert mailed.headers["Content-Disposition"].startswith('attachment; filename="earmark-')
        if report != "keeping":
            assert f"{report}-2026-03-27-2026-03-31.pdf" in answer.headers["Content-Disposition"]


def test_days_that_make_no_sense_are_told_beside_the_usual_ones(browsers: dict[str, FlaskClient]) -> None:
    page = browsers["dora"].get("/reports/calls?from=2026-03-31&to=2026-03-01")
    assert "The first day is after the last." in page.text
    assert browsers["dora"].get("/reports/calls?from=the first").status_code == 200


def test_who_may_not_see_reports_is_refused(browsers: dict[str, FlaskClient]) -> None:
    for name in ("lena", ADMINISTRATOR):
        for path in ("/reports/calls", "/reports/calls.pdf", "/reports/calls/when.csv", "/reports/by-mail"):
            assert browsers[name].get(path).status_code == 403, (name, path)


def test_a_director_has_reports_sent_and_nobody_else(office: WebOffice, browsers: dict[str, FlaskClient]) -> None:
    def order(name: str, **typed: str) -> TestResponse:
        token = form_token(browsers[name].get("/help"))
        return browsers[name].post("/reports/by-mail/calls", data={"csrf_token": token, **typed})

    month = {"every": "month", "addresses": "board@example.org, chair@example.org"}
    assert order(LISTENER, **month).status_code == 403
    wrong = order("dora", every="month", addresses="board@example.org\nBcc:x@y")
    assert wrong.status_code == 400
    assert "Bcc:x@y is no e-mail address." in plain(wrong)
    assert order("dora", **month).status_code == 303
    shown = plain(browsers[LISTENER].get("/reports/by-mail"))
    assert "To board@example.org, chair@example.org. Set by dora." in shown
    assert "Never in it: a caller’s number, an extension, anybody’s name" in shown
    (entry,) = [each for each in office.recorder.evidence if each["kind"] == "report-ordered"]
    assert entry["detail"]["to"] == ["board@example.org", "chair@example.org"]
    assert "example.org" not in str(entry["subject"])
    assert order("dora", every="never", addresses="").status_code == 303
    assert "example.org" not in browsers["dora"].get("/reports/by-mail").text
