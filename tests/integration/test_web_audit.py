"""Reading the evidence on the page: in plain words, as much of it as a role may see, and not unseen."""

from __future__ import annotations

import ast
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

import firmware
from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.control.client import ControlClient
from firmware.adapters.keys.device_key import load_device_key
from firmware.adapters.store.evidence_files import EvidenceFiles, day_files
from firmware.core.access_policy import Role
from firmware.core.errors import NotAllowed
from firmware.services.local_evidence import LocalEvidenceDesk
from tests.integration.further_people import add_people, office_key_of, person_of
from tests.integration.web_office import ADMINISTRATOR, LISTENER, NUMBER, WebOffice, sign_in
from webui.audit.evidence_kinds import GROUPS, kind_words
from webui.audit.evidence_words import detail_words

LONDON = ZoneInfo("Europe/London")
RECORDING = "0195d7c8e1b27b6ea4f0c2d93b5a1177"
PURPOSE = "complaint 4711 about the boiler"
SESSION = "ab" * 16
FIRMWARE = Path(firmware.__file__).parent


@dataclass
class Written:
    """An office whose evidence a test writes, by a clock that the test sets."""

    office: WebOffice
    phrases: dict[str, str]
    desk: LocalEvidenceDesk
    now: datetime

    def enter(self, kind: str, name: str = "dora", recording: str = "", **detail: object) -> None:
        ids = {"person": person_of(self.office.home, name).person_id, "session": SESSION}
        self.desk.enter(kind, ids | ({"recording": recording} if recording else {}), {"name": name, **detail})

    def browser(self, name: str = "dora") -> FlaskClient:
        browser = self.office.browser()
        phrase = self.phrases.get(name) or self.office.pass_phrases[name]
        assert sign_in(browser, name, phrase).status_code == 303
        return browser


@pytest.fixture
def written(office: WebOffice) -> Iterator[Written]:
    roles = {"dora": Role.DIRECTOR, "otto": Role.DATA_PROTECTION_OFFICER, "lena": Role.LINE_MANAGER}
    phrases = add_people(office.home, office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER]), roles)
    for path in day_files(office.home.evidence):
        path.unlink()
    began = datetime(2026, 3, 1, 9, tzinfo=UTC)
    catalogue = SqliteCatalogueWriter(office.home.catalogue)
    made: Written
    log = EvidenceFiles(office.home, load_device_key(office.home.device_key), lambda: made.now)
    made = Written(office, phrases, LocalEvidenceDesk(log, catalogue), began)
    made.enter("signed-in", second_factor="totp")
    made.enter("searched", query={"number": NUMBER})
    made.enter("listened", recording=RECORDING, purpose=PURPOSE)
    made.now += timedelta(days=1)
    made.enter("signed-in", "lena")
    yield made
    log.close()
    catalogue.close()


def lines(page: str) -> list[str]:
    """What the page says of each line, newest first."""
    found = re.search(r'<section>\s*<h2 class="day".*</ol>', page, re.DOTALL)
    parts = re.findall(r"<li>(.*?)</li>", found[0], re.DOTALL) if found else []
    return [unescape(" ".join(re.sub(r"<[^>]+>", " ", part).split())) for part in parts]


def test_a_director_reads_who_did_what_when_and_why_newest_first(written: Written) -> None:
    page = written.browser().get("/evidence").text
    assert [words[9:30] for words in lines(page)] == [
        "Signed in by lena Ids",
        "Listened to a call by",
        "Searched calls by dor",
        "Signed in by dora Sec",
    ]
    for words in ("Sunday 1 March", "Monday 2 March", f"For: {PURPOSE}", f"number {NUMBER}", "Second step: code app"):
        assert words in page


@pytest.mark.parametrize("name", [ADMINISTRATOR, LISTENER])
def test_whose_role_has_no_names_sees_what_happened_without_names_numbers_or_reasons(
    written: Written, name: str
) -> None:
    page = written.browser(name).get("/evidence").text
    assert len(lines(page)) == 4
    assert "Listened to a call" in page
    for secret in (PURPOSE, NUMBER, "dora", "lena", "of this line were erased"):
        assert secret not in page.replace(f">{name}<", "")


def test_the_data_protection_officer_reads_it_and_a_line_manager_does_not(written: Written) -> None:
    assert PURPOSE in written.browser("otto").get("/evidence").text
    assert written.browser("lena").get("/evidence").status_code == 403


def test_the_opener_itself_refuses_whose_role_may_not(written: Written) -> None:
    client = ControlClient(written.office.home.opener_socket)

    def token(name: str) -> str:
        phrase = written.phrases.get(name) or written.office.pass_phrases[name]
        return str(client.post("/sign-in", {"user": name, "password": phrase})["token"])

    lena, admin = token("lena"), token(ADMINISTRATOR)
    for path, body in (("/audit/lines", {}), ("/audit/day", {"day": "2026-03-01", "offset": 0})):
        with pytest.raises(NotAllowed):
            client.post(path, body, token=lena)
    with pytest.raises(NotAllowed):
        client.post("/audit/lines", {"person_id": "ab" * 16}, token=admin)
    assert client.get("/audit/people", token=admin)["people"] == {}
    seen = client.post("/audit/lines", {}, token=admin)["lines"]
    assert all(line["detail"] is None for line in seen)


def test_an_erased_detail_is_said_to_be_and_what_happened_still_stands(written: Written) -> None:
    with closing(sqlite3.connect(written.office.home.catalogue)) as catalogue, catalogue:
        catalogue.execute("DELETE FROM evidence_details WHERE recording_id = ?", (RECORDING,))
    page = written.browser().get("/evidence").text
    [words] = [each for each in lines(page) if "Listened" in each]
    assert "Names and reasons of this line were erased." in words
    assert PURPOSE not in page


def test_a_detail_that_was_altered_is_pointed_out(written: Written) -> None:
    with closing(sqlite3.connect(written.office.home.catalogue)) as catalogue, catalogue:
        question = "UPDATE evidence_details SET detail = replace(detail, 'boiler', 'window') WHERE recording_id = ?"
        catalogue.execute(question, (RECORDING,))
    assert "is not what was entered" in written.browser().get("/evidence").text


def test_it_is_narrowed_down_by_day_by_kind_by_person_and_by_recording(written: Written) -> None:
    browser = written.browser()
    lena = person_of(written.office.home, "lena").person_id
    for query, found in (
        ("day=2026-03-02", ["Signed in by lena"]),
        ("what=Listening+and+copies", ["Listened to a call", "Searched calls"]),
        ("what=searched", ["Searched calls"]),
        (f"person={lena}", ["Signed in by lena"]),
        (f"recording={RECORDING}", ["Listened to a call"]),
        ("day=2026-03-05", []),
    ):
        read = lines(browser.get(f"/evidence?{query}").text)
        assert [words[9 : 9 + len(start)] for words, start in zip(read, found, strict=True)] == found, query


def test_a_day_is_the_office_s_own_also_in_summer(written: Written) -> None:
    written.now = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)  # half past midnight on the 2nd, in London
    written.enter("signed-out")
    browser = written.browser()
    assert len(lines(browser.get("/evidence?day=2026-07-02").text)) == 1
    assert lines(browser.get("/evidence?day=2026-07-01").text) == []


def test_older_lines_are_a_page_away_and_nothing_is_shown_twice(written: Written) -> None:
    for number in range(120):
        written.enter("signed-out", why=f"number {number}")
    browser, address, seen = written.browser(), "/evidence", []
    for _ in range(5):
        page = browser.get(address).text
        seen += [int(number) for number in re.findall(r"line (\d+)</summary>", page)]
        older = re.search(r'href="(/evidence\?[^"]*before=[^"]+)">Older', page)
        if older is None:
            break
        address = unescape(older[1])
    assert seen == list(range(124, 0, -1))


def test_reading_it_is_itself_evidence_once_for_each_search_and_not_for_each_page(written: Written) -> None:
    browser = written.browser()
    browser.get("/help")
    written.office.recorder.evidence.clear()
    for address in ("/evidence", "/evidence", "/evidence?before=2026-03-01:200", "/evidence?day=2026-03-01"):
        browser.get(address)
    browser.get("/evidence/day?day=2026-03-01")
    assert written.office.recorder.kinds() == ["evidence-read", "evidence-read", "evidence-exported"]
    assert written.office.recorder.evidence[0]["detail"]["name"] == "dora"


def test_the_evidence_can_be_read_while_the_recorder_is_away(written: Written) -> None:
    browser = written.browser()
    written.office.recorder_socket.stop()
    assert PURPOSE in browser.get("/evidence").text


@pytest.mark.parametrize("name", ["dora", ADMINISTRATOR])
def test_a_day_s_lines_are_taken_exactly_as_they_stand(written: Written, name: str) -> None:
    answer = written.browser(name).get("/evidence/day?day=2026-03-01")
    assert answer.data == (written.office.home.evidence / "2026-03-01.log").read_bytes()
    assert 'filename="2026-03-01.log"' in answer.headers["Content-Disposition"]
    assert answer.data.count(b"\n") == 3


@pytest.mark.parametrize("day", ["", "yesterday", "../../etc/passwd", "2026-13-40"])
def test_what_is_no_day_is_not_found(written: Written, day: str) -> None:
    assert written.browser().get("/evidence/day", query_string={"day": day}).status_code == 404
    assert written.browser().get("/evidence", query_string={"day": day}).status_code == 200


def test_a_line_that_cannot_be_read_is_shown_as_damage(written: Written) -> None:
    path: Path = written.office.home.evidence / "2026-03-01.log"
    path.write_bytes(path.read_bytes().replace(b"searched", b"sea ched"))
    assert "the log is damaged or was changed" in written.browser().get("/evidence").text


def entered_kinds() -> set[str]:
    """Every kind that stands in the code where an entry is made."""
    kinds = set()
    for path in FIRMWARE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="enter" | "enter_soon" | "_enter" | "_note" | "_tell"),
                    args=[ast.Constant(value=str(kind)), *_],
                ) if "-" in kind:
                    kinds.add(kind)
    return kinds


def test_every_kind_that_is_entered_has_words_on_the_page() -> None:
    known = {kind for group in GROUPS.values() for kind in group}
    assert len(entered_kinds()) > 40
    assert entered_kinds() - known == set(), "give them words in webui/audit/evidence_kinds.py"


def test_every_kind_has_words_of_its_own_once_and_an_unknown_one_still_reads() -> None:
    kinds = [kind for group in GROUPS.values() for kind in group]
    assert len(kinds) == len(set(kinds))
    assert kind_words("something-new-happened") == "Something new happened"


def test_a_detail_s_fields_read_as_words_and_what_says_nothing_is_left_out() -> None:
    detail = {
        "name": "x",
        "role": "line_manager",
        "turned_away": 0,
        "new": True,
        "query": {"far_number": "1", "line": ""},
        "kind": "subject_access",
        "bytes": 263_248,
    }
    expected = [
        ("Role", "Line manager"),
        ("New person", "yes"),
        ("Looked for", "far number 1"),
        ("Kind", "Subject access"),
        ("Size", "263 kB"),
    ]
    assert detail_words(detail, LONDON) == expected


def test_a_detail_s_times_and_days_read_as_people_write_them() -> None:
    detail = {"ends_at_ms": 1_782_860_400_000, "review_on": "2027-02-21", "case": "2026-001", "why": "2027-02-31"}
    expected = [
        ("Until", "1 July 2026, 00:00"),
        ("Review on", "21 February 2027"),
        ("Case", "2026-001"),
        ("Why", "2027-02-31"),
    ]
    assert detail_words(detail, LONDON) == expected
