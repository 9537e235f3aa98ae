"""What each role has the page for, done from where they land after signing in, by clicking alone: in a real Chromium.

Every address that is come to is one that a person finds; what is checked is what they would check with their eyes.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, ViewportSize, expect

from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.control.server import Handler
from firmware.adapters.keys.device_key import load_device_key
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.store.evidence_files import EvidenceFiles
from firmware.cli.keeper.reports import report_routes
from firmware.core.access_policy import TABLE, Role, may
from firmware.core.call_record import CallRecord, Party
from firmware.core.entered_files import ERASED
from firmware.core.home import Home
from firmware.services.local_evidence import LocalEvidenceDesk
from tests.browser.walker import Walker, walking
from tests.browser.windows import DESK, PHONE
from tests.integration.full_office import EXTENSION, NAMES, FullOffice, full_office
from tests.integration.keeper_at_work import keeper_at_work
from tests.integration.sealed_call import seal_call
from tests.integration.test_web_findings import Keeper
from tests.integration.web_office import NUMBER, new_record
from webui.server import WebServer
from webui.wording import days_phrase, full_day

pytestmark = pytest.mark.browser

ZONE = ZoneInfo("Europe/London")
Walks = Callable[[Role, ViewportSize], AbstractContextManager[Walker]]


class KeeperAtWork(Keeper):
    """Besides finding things wrong, it reckons dates and erases when it is told to look."""

    def routes(self, home: Home) -> Mapping[str, Handler]:
        settings = SettingsFile(home.settings_file)
        settings.replace(settings.read() | {"retention": [{"name": "complaints", "years": 8}]})
        return {**super().routes(home), **keeper_at_work(home), **report_routes(home)}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FullOffice]:
    """One office for all: each walk is about calls of its own."""
    with full_office(tmp_path_factory.mktemp("office"), KeeperAtWork()) as made:
        yield made


@pytest.fixture(scope="module")
def site(full: FullOffice) -> Iterator[str]:
    server = WebServer(full.office.app, "127.0.0.1:0")
    server.start()
    yield f"http://localhost:{server.port}"
    server.stop()


@pytest.fixture
def walks(chromium: Browser, site: str, full: FullOffice) -> Walks:
    return partial(walking, chromium, site, full)


def record(full: FullOffice, number: str, extension: str = "207") -> CallRecord:
    """A call of this moment, that nothing else in this office is about."""
    new = new_record(datetime.now(UTC), Party(number), extension)
    return seal_call(full.office.home, replace(new, extension=extension), 6.0)


def find_call(person: Walker, number: str, by: str = "") -> None:
    """From wherever they are to the page of the one call with that number, found by it or by something else."""
    person.menu("Calls")
    person.page.get_by_label("Number, name, note or tag").fill(by or number)
    person.press("Find", exact=True)
    rows = person.page.locator("tr[data-recording]")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(number)
    rows.get_by_role("link").click()
    person.heading(number)


def download(person: Walker, pressed: Locator) -> tuple[str, bytes]:
    """Its name, and what is in it."""
    with person.page.expect_download() as waiting:
        pressed.click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def sound_of(person: Walker, call: CallRecord) -> int:
    """With what status its sound is answered to their browser: of what the page shows no way to, too."""
    top = re.sub(r"(//[^/]+/).*", r"\1", person.page.url)
    return person.page.request.get(f"{top}calls/{call.recording_id}/audio").status


def decide(director: Walker, name: str, number: str) -> None:
    """Open the one call of that number that somebody asked for, from what is to be done."""
    director.menu("To do")
    director.follow(f"Decide which calls {name} may hear")
    wanted = director.page.get_by_role("listitem").filter(has_text=number).get_by_role("checkbox")
    expect(wanted).to_have_count(1)
    wanted.check()
    director.press("Open the chosen calls")
    director.reads(f"1 call is open to {name}.")


def test_the_data_protection_officer_hears_a_case_s_call_once_a_director_opened_it(
    walks: Walks, full: FullOffice
) -> None:
    number = "01632960211"
    call = record(full, number)
    with walks(Role.DATA_PROTECTION_OFFICER, DESK) as otto, walks(Role.DIRECTOR, PHONE) as dora:
        otto.menu("Cases")
        otto.follow("Open a case")
        otto.fill("Whose data", "Mary Example")
        otto.fill("In their words", "Please send me all calls you have with me.")
        otto.fill("Their numbers", "01632 960211")
        otto.press("Open the case")
        otto.reads("is open: due in")
        otto.press("Find", exact=True)
        otto.reads("1 call was found.")
        expect(otto.page.get_by_role("main").get_by_role("link", name="Listen")).to_have_count(0)
        assert sound_of(otto, call) == 403
        otto.follow("Ask to hear it")
        expect(otto.page.get_by_label("What do you need to hear them for?")).to_have_value(re.compile("Subject access"))
        otto.reads("1 call is named in this request.")
        otto.press("Hand in the request")
        otto.reads("Your request was handed in.")
        decide(dora, NAMES[Role.DATA_PROTECTION_OFFICER], number)
        otto.menu("Cases")
        otto.page.get_by_role("listitem").filter(has_text="Mary Example").get_by_role("link").click()
        otto.follow("Listen")
        otto.opens("Subject access, Mary Example")
        assert otto.page.get_by_role("heading", name="Download").count() == 0


def test_hr_hears_exactly_the_call_that_a_director_opened_to_them(walks: Walks, full: FullOffice) -> None:
    wanted, other = "01632960321", "01632960322"
    call, shut = record(full, wanted, "209"), record(full, other, "209")
    with walks(Role.HR_PANEL, PHONE) as hana, walks(Role.DIRECTOR, DESK) as dora:
        hana.menu("Requests")
        hana.follow("Ask for calls")
        hana.fill("What do you need to hear them for?", "Grievance 12: what was said to the caller")
        hana.fill("Extension", "209")
        hana.press("Hand in the request")
        hana.reads("Your request was handed in.")
        expect(hana.page.get_by_role("button", name=re.compile(r"Withdraw\W+Grievance 12"))).to_be_visible()
        for way in ("link", "button"):
            assert hana.page.get_by_role(way, name=re.compile("Decide|Open|Approve")).count() == 0
        expect(hana.entry("Calls")).to_have_count(0)
        decide(dora, NAMES[Role.HR_PANEL], wanted)
        hana.menu("To do")
        hana.follow("Hear a call that is open to you")
        hana.heading(wanted)
        hana.opens("grievance 12")
        hana.follow("Requests")
        expect(hana.page.get_by_role("link", name="Listen")).to_have_count(1)
        assert other not in hana.page.get_by_role("main").inner_text()
        assert [sound_of(hana, each) for each in (call, shut)] == [200, 403]


def test_the_administrator_looks_after_the_box_and_sees_no_number(walks: Walks, full: FullOffice) -> None:
    with walks(Role.ADMINISTRATOR, PHONE) as sam:
        expect(sam.entry("Calls")).to_have_count(0)
        sam.menu("In progress")
        expect(sam.page.locator("#live-list > li")).to_have_count(2)
        sam.reads("not who is speaking")
        assert not re.search(r"\d{4}", sam.page.get_by_role("main").inner_text())
        sam.menu("Health")
        sam.reads("The data disk has 12 MB left.")
        sam.menu("People")
        sam.follow("Invite somebody")
        sam.fill("Sign-in name", "ravi")
        sam.page.get_by_label("Line manager").check()
        sam.press("Invite", exact=True)
        sam.heading("Invitation for ravi")
        expect(sam.page.locator(".big-code")).to_have_text(re.compile(r"\S{4}"))
        sam.follow("Back to People")
        expect(sam.page.get_by_role("listitem").filter(has_text="ravi")).to_contain_text("good until")
        sam.menu("Settings")
        sam.follow("Alerts")
        sam.fill("Name", "office-mail", exact=True)
        sam.fill("Address", "mailtos://box:secret@mail.example.org?to=office@example.org")
        sam.press("Save")
        sam.reads("Saved.")
        sam.follow("Alerts office-mail")
        expect(sam.page.get_by_label("Name", exact=True).first).to_have_value("office-mail")
        assert "secret@mail" not in sam.page.content()


def test_the_support_services_manager_notes_holds_and_exports_a_call_and_a_director_ends_the_hold(
    walks: Walks, full: FullOffice
) -> None:
    number, purpose = "01632960431", "Claim 4711 of the insurer about the boiler"
    record(full, number)
    with walks(Role.SERVICES_MANAGER, DESK) as alex:
        find_call(alex, number)
        alex.fill("A note", "They spoke of the boiler #claim")
        alex.press("Keep the note")
        alex.reads("They spoke of the boiler")
        find_call(alex, number, "#claim")
        alex.opens("claim 4711")
        name, content = download(alex, alex.page.get_by_role("button", name="vCon"))
        signed = json.loads(content)
        vcon = json.loads(base64.urlsafe_b64decode(signed["payload"] + "=="))
        assert name.endswith(".vcon")
        assert [party["tel"].partition(";")[0] for party in vcon["parties"]] == [f"tel:{number}", "tel:207"]
        alex.follow("How long it is kept")
        alex.fill("What for", purpose)
        alex.press("Hold the recording")
        alex.reads("The recording is held.")
        alex.page.get_by_role("listitem").filter(has_text=purpose).get_by_role("link").click()
        alex.heading(purpose)
        expect(alex.page.get_by_role("region", name="What is held")).to_contain_text(number)
        # Whoever places holds from day to day does not decide that evidence may go.
        expect(alex.page.get_by_role("button", name="Release the hold")).to_have_count(0)
    with walks(Role.DIRECTOR, PHONE) as dora:
        dora.menu("Keeping")
        dora.page.get_by_role("listitem").filter(has_text=purpose).get_by_role("link").click()
        dora.fill("Why is it not needed any more?", "The insurer has paid.")
        dora.press("Release the hold")
        dora.reads("The hold is released.")
        expect(dora.page.get_by_role("listitem").filter(has_text=purpose)).to_contain_text("Released")


def test_a_director_reads_a_report_of_chosen_days_takes_it_away_and_has_it_sent_each_week(
    walks: Walks, full: FullOffice
) -> None:
    today = datetime.now(ZONE).date()
    first = today - timedelta(days=4)
    record(full, "01632960511", "215")
    with walks(Role.DIRECTOR, DESK) as dora:
        dora.menu("Reports")
        dora.fill("From", first.isoformat(), exact=True)
        dora.fill("To", today.isoformat(), exact=True)
        dora.press("Show these days")
        dora.reads(days_phrase(first, today))
        expect(dora.page.locator("main svg[role=img]").first).to_be_visible()
        part = dora.page.locator(".report-part").filter(has=dora.page.get_by_role("heading", name="By extension"))
        part.get_by_text("The figures as a table").click()
        expect(part.get_by_role("rowheader", name="215", exact=True)).to_be_visible()
        name, content = download(dora, part.get_by_role("link", name="CSV"))
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        assert name.endswith(".csv")
        assert ["215", "1"] in [row[:2] for row in rows]
        name, content = download(dora, dora.page.get_by_role("link", name="PDF", exact=True))
        assert name == f"calls-{first}-{today}.pdf"
        assert content.startswith(b"%PDF-")
        assert days_phrase(first, today).encode() in content
        dora.follow("By e-mail")
        order = dora.page.locator("section.card").filter(has=dora.page.get_by_role("heading", level=2)).first
        order.get_by_label("How often").select_option(label="Each week")
        order.get_by_label("To these addresses").fill("board@example.org")
        order.get_by_role("button", name="Keep").click()
        dora.reads("That is how this report goes out from now on.")
        expect(order).to_contain_text("Goes out each week, on Monday")
        expect(order).to_contain_text("board@example.org")


def test_a_director_moves_a_call_to_another_class_and_sees_when_it_goes_then_has_it_erased(
    walks: Walks, full: FullOffice
) -> None:
    number = "01632960611"
    call = record(full, number)
    began = datetime.fromtimestamp(call.started_at_ms / 1000, ZONE)
    due = began.replace(year=began.year + 8).date() + timedelta(days=1)
    with walks(Role.DIRECTOR, PHONE) as dora:
        find_call(dora, number)
        dora.follow("How long it is kept")
        dora.page.get_by_label("Class", exact=True).select_option("complaints")
        dora.fill("Why?", "A complaint is likely", exact=True)
        dora.press("Change the class")
        dora.reads("The class is changed.")
        find_call(dora, number)
        dora.follow("How long it is kept")
        dora.reads("complaints")
        dora.reads(full_day(due))
        dora.fill("Who asked for it, and why?", "The caller, by letter")
        dora.press("Erase the recording")
        dora.reads("The recording is being erased.")
        erased = dora.page.get_by_role("listitem").filter(has_text=call.recording_id)
        gone_on = datetime.now(ZONE).date() + timedelta(days=30)
        expect(erased).to_contain_text(f"gone from the backups on {full_day(gone_on)}")
        dora.menu("Calls")
        dora.page.get_by_label("Number, name, note or tag").fill(number)
        dora.press("Find", exact=True)
        dora.reads("No call matches.")


def test_a_program_s_token_is_shown_once_does_what_it_is_for_and_nothing_once_revoked(
    chromium: Browser, site: str, walks: Walks
) -> None:
    with walks(Role.DIRECTOR, DESK) as dora, closing(chromium.new_context()) as helpdesk:
        dora.menu("Settings")
        dora.follow("Programs")
        dora.page.locator("#name").fill("Helpdesk")
        dora.page.get_by_label("List calls: when, how long").check()
        dora.press("Make a token")
        shown = dora.page.get_by_role("status").filter(has_text="Token for Helpdesk")
        token = shown.locator("code").inner_text()
        row = dora.page.get_by_role("listitem").filter(has_text="Helpdesk")
        expect(row).to_contain_text("Never used.")

        def ask(path: str) -> int:
            answer = helpdesk.request.get(f"{site}/api/v1/{path}", headers={"Authorization": f"Bearer {token}"})
            return answer.status

        assert [ask("calls"), ask(f"extensions/{EXTENSION}")] == [200, 403]
        dora.menu("Settings")
        dora.follow("Programs")
        assert token not in dora.page.content()
        expect(row).to_contain_text("Last used")
        row.get_by_role("button", name="Revoke").click()
        expect(row).to_have_count(0)
        assert ask("calls") == 401


def test_a_member_of_staff_sees_rows_of_their_own_calls_and_no_more(walks: Walks, full: FullOffice) -> None:
    own, others = "01632960811", "01632960812"
    record(full, own, EXTENSION)
    call = record(full, others, "208")
    with walks(Role.MEMBER_OF_STAFF, PHONE) as stan:
        stan.menu("My calls")
        rows = stan.page.get_by_role("row").filter(has_text=own)
        expect(rows).to_have_count(1)
        text = stan.page.get_by_role("main").inner_text()
        assert others not in text
        # Of the time before the extension was theirs nothing is shown.
        assert NUMBER not in text
        expect(rows.get_by_role("link")).to_have_count(0)
        expect(stan.entry("Calls")).to_have_count(0)
        assert sound_of(stan, call) == 403
        stan.page.get_by_role("link", name="Help: Your own calls").click()
        stan.reads("tell a director or the data protection officer")


def put_into_the_log(full: FullOffice) -> None:
    """What the recorder was told in this office, as a recorder at work keeps it."""
    home = full.office.home
    with (
        closing(SqliteCatalogueWriter(home.catalogue)) as catalogue,
        closing(EvidenceFiles(home, load_device_key(home.device_key))) as log,
    ):
        desk = LocalEvidenceDesk(log, catalogue)
        for entry in full.office.recorder.evidence:
            if entry["kind"] != ERASED:  # that one the recorder writes by itself
                desk.enter(entry["kind"], entry["subject"], entry["detail"])


def test_a_director_finds_who_listened_to_what_and_why(walks: Walks, full: FullOffice) -> None:
    number, purpose = "01632960911", "complaint 4719 about a delivery"
    record(full, number)
    with walks(Role.SERVICES_MANAGER, PHONE) as alex:
        find_call(alex, number)
        alex.opens(purpose)
    put_into_the_log(full)
    with walks(Role.DIRECTOR, PHONE) as dora:
        dora.menu("Reports")
        dora.follow("listened")
        row = dora.page.get_by_role("row").filter(has_text=purpose)
        expect(row).to_contain_text(NAMES[Role.SERVICES_MANAGER])
        row.get_by_role("link").click()
        dora.heading(number)
        dora.menu("Evidence")
        line = dora.page.get_by_role("listitem").filter(has_text=purpose)
        expect(line).to_contain_text(f"by {NAMES[Role.SERVICES_MANAGER]}")


@pytest.mark.parametrize(("role", "size"), [(role, (DESK, PHONE)[n % 2]) for n, role in enumerate(Role)])
def test_everybody_finds_in_the_help_what_their_role_may(walks: Walks, role: Role, size: ViewportSize) -> None:
    with walks(role, size) as person:
        person.menu("Help")
        person.follow("All roles against all actions")
        person.reads(f"{role.shown} (you)")
        told = person.page.locator(".role-table tbody tr:not(.group)").evaluate_all(
            """(rows, role) => rows.map((row) => [
              row.querySelector("th").firstChild.textContent.trim().toLowerCase(),
              [...row.querySelectorAll("td")].filter((cell) => cell.dataset.role === role && cell.checkVisibility())
                .map((cell) => cell.textContent).join(),
            ])""",
            role.shown,
        )
        no = "No" if size == DESK else ""  # where there is little room, only those who may are named
        assert dict(told) == {str(action).lower(): "Yes" if may(role, action) else no for action in TABLE}
