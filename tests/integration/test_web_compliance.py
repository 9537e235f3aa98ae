"""What the law asks, on the page: checked against a real office, confirmed by a director, printed for an auditor."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.adapters.settings.settings_file import SettingsFile
from firmware.core.access_policy import Role
from firmware.core.call_record import Notice
from tests.integration.further_people import add_people, office_key_of
from tests.integration.sealed_call import list_call
from tests.integration.web_office import ADMINISTRATOR, LISTENER, WebOffice, form_token, new_record, sign_in
from webui.compliance import paper_views
from webui.compliance.printed_page import PrintedPage

ROLES = {"dora": Role.DIRECTOR, "lena": Role.LINE_MANAGER, "otto": Role.DATA_PROTECTION_OFFICER}
OUR_LINE = {"name": "main", "kind": "generator"}
ARTICLES = Path("webui/templates/help/articles/en-GB")
NOTE = "Entry ZA000000 of the register; the letter is in the safe."


@pytest.fixture
def browsers(office: WebOffice) -> dict[str, FlaskClient]:
    """Everybody, signed in, once there is a call and so a catalogue."""
    list_call(office.home, new_record())
    office_key = office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER])
    found = {name: office.signed_in(name) for name in (ADMINISTRATOR, LISTENER)}
    for name, phrase in add_people(office.home, office_key, ROLES).items():
        found[name] = office.browser()
        assert sign_in(found[name], name, phrase).status_code == 303
    return found


def post(browser: FlaskClient, address: str, **typed: str) -> TestResponse:
    return browser.post(address, data={"csrf_token": form_token(browser.get("/help")), **typed})


def item(browser: FlaskClient, key: str) -> str:
    """What the page shows of one thing that the law asks."""
    text = unescape(browser.get("/compliance").text)
    found = re.search(rf'<li id="{key}" class="(\w+)">(.*?)</li>', text, re.DOTALL)
    assert found, key
    return f"{found[1]}: {found[2]}"


def change_settings(office: WebOffice, **sections: object) -> None:
    settings = SettingsFile(office.home.settings_file)
    settings.replace(settings.read() | sections)


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def test_a_director_confirms_what_no_machine_can_see_and_all_see_who_said_so(
    office: WebOffice, browsers: dict[str, FlaskClient]
) -> None:
    assert item(browsers["otto"], "fee_paid").startswith("unknown")
    assert post(browsers["dora"], "/compliance/duties/fee_paid", on=today(), because="").status_code == 422
    later = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    sent = {"on": today(), "until": later, "because": NOTE}
    assert post(browsers["dora"], "/compliance/duties/fee_paid", **sent).status_code == 303
    for name in ("dora", "otto", LISTENER, ADMINISTRATOR):
        shown = item(browsers[name], "fee_paid")
        assert shown.startswith("met"), name
        assert "Confirmed by dora" in shown
        assert "Due again soon" in shown, "it ends within a month"
    assert NOTE in browsers["otto"].get("/compliance/duties/fee_paid").text
    assert "Confirm again" in browsers["dora"].get("/to-do").text
    assert "Confirm again" not in browsers["otto"].get("/to-do").text
    (entry,) = [each for each in office.recorder.evidence if each["kind"] == "duty-confirmed"]
    assert (entry["subject"]["duty"], entry["detail"]["because"]) == ("fee_paid", NOTE)
    for name in ("otto", LISTENER, ADMINISTRATOR, "lena"):
        assert post(browsers[name], "/compliance/duties/fee_paid", **sent).status_code == 403
    assert browsers["lena"].get("/compliance").status_code == 403


def test_what_a_setting_put_right_is_not_asked_of_a_director_again(
    office: WebOffice, browsers: dict[str, FlaskClient]
) -> None:
    later = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    sent = {"on": today(), "until": later, "because": "The one in the kitchen."}
    assert post(browsers["dora"], "/compliance/duties/private_phone", **sent).status_code == 303
    assert "The one in the kitchen." in browsers["dora"].get("/to-do").text
    change_settings(office, extensions=[{"number": "209", "mode": "never"}])
    assert "The one in the kitchen." not in browsers["dora"].get("/to-do").text
    always = {"name": "sales", "mode": "always", "numbers": ["01632*"]}
    change_settings(office, rules=[always])
    assert item(browsers["dora"], "private_phone").startswith("missing"), "the rule is asked first"


def test_what_the_settings_say_counts_as_soon_as_it_is_kept(
    office: WebOffice, browsers: dict[str, FlaskClient]
) -> None:
    assert item(browsers["dora"], "private_phone").startswith("missing")
    assert item(browsers["dora"], "second_factor").startswith("missing"), "tests may sign in by pass phrase alone"
    change_settings(office, extensions=[{"number": "209", "mode": "never"}], sign_in={"second_factor": "required"})
    assert "209" in item(browsers["dora"], "private_phone")
    assert item(browsers["dora"], "second_factor").startswith("met")


def test_calls_that_tell_of_no_notice_are_counted(office: WebOffice, browsers: dict[str, FlaskClient]) -> None:
    assert item(browsers["dora"], "notices_heard").startswith("unknown"), "a call that nobody answered tells nothing"
    started = datetime.now(UTC) - timedelta(hours=1)
    told = new_record(started)
    untold = [replace(new_record(started), notice=None) for _ in range(8)]
    by_others = replace(untold[1], notice_given_by="the PBX")
    by_staff = replace(untold[2], tags=("told caller",))
    heard = [replace(untold[3 + at], announcements=(said,)) for at, said in enumerate(announced(started))]
    for made in (told, untold[0], by_others, by_staff, *heard):
        list_call(office.home, replace(made, answered_at_ms=made.started_at_ms + 1000))
    assert "Of 8 incoming calls recorded in the last 30 days, 4 tell of no notice" in item(
        browsers["dora"], "notices_heard"
    )
    change_settings(office, lines=[OUR_LINE, {**OUR_LINE, "name": "other", "notice": {"on_demand": "hello"}}])
    assert "3 tell of no notice" in item(browsers["dora"], "notices_heard"), "by the prompts as they are set now"


def announced(started: datetime) -> list[Notice]:
    """One that tells of the recording, and what does not: a greeting, one that was broken off, one to the office."""
    at_ms = round(started.timestamp() * 1000)
    told = Notice("recording-starts", "far_party", at_ms, at_ms + 2000, completed=True)
    return [told, replace(told, prompt="hello"), replace(told, completed=False), replace(told, to="office_party")]


def test_a_breach_has_its_clock_and_is_closed_once_it_is_decided_whom_to_tell(
    office: WebOffice, browsers: dict[str, FlaskClient]
) -> None:
    aware = (datetime.now(UTC) - timedelta(hours=50)).strftime("%Y-%m-%dT%H:%M")
    about = {"what": "A copy went to the wrong address.", "whose": "One caller's.", "effects": "None known."}
    assert post(browsers["otto"], "/compliance/breaches/new", aware_at="yesterday", **about).status_code == 422
    made = post(browsers["otto"], "/compliance/breaches/new", aware_at=aware, **about)
    assert made.status_code == 303
    address = made.headers["Location"]
    assert re.search(r"2[123] hours left", browsers["otto"].get(address).text)
    assert item(browsers[LISTENER], "breaches_told").startswith("missing")
    assert about["what"] not in browsers[LISTENER].get("/compliance").text, (
        "who does not record them sees the clock alone"
    )
    assert about["what"] in browsers["dora"].get("/compliance").text
    assert browsers[LISTENER].get(address).status_code == 403
    close = {"measures": "The address book was put right."}
    assert answer(browsers["otto"], address, "close", **close).status_code == 422
    told = {"whom": "commissioner", "needed": "yes", "told_at": aware, "because": "IC-1234"}
    assert answer(browsers["otto"], address, "answer", **told).status_code == 303
    spared = {"whom": "people", "needed": "no", "because": "The archive was encrypted."}
    assert answer(browsers["dora"], address, "answer", **spared).status_code == 303
    assert answer(browsers["dora"], address, "close", **close).status_code == 303
    assert item(browsers[LISTENER], "breaches_told").startswith("met")
    kinds = [each["kind"] for each in office.recorder.evidence]
    assert [kinds.count(f"breach-{each}") for each in ("recorded", "changed", "closed")] == [1, 2, 1]


def test_of_two_who_change_a_breach_at_once_the_second_is_told(
    office: WebOffice, browsers: dict[str, FlaskClient]
) -> None:
    aware = (datetime.now(UTC) - timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M")
    about = {"what": "A copy went to the wrong address.", "whose": "One caller's.", "effects": "None known."}
    address = post(browsers["otto"], "/compliance/breaches/new", aware_at=aware, **about).headers["Location"]
    seen = seen_in(browsers["otto"], address)
    assert seen == seen_in(browsers["dora"], address)
    spared = {"whom": "commissioner", "needed": "no", "seen": seen}
    assert post(browsers["otto"], f"{address}/answer", **spared, because="It was encrypted.").status_code == 303
    second = post(browsers["dora"], f"{address}/answer", **spared, because="Nobody looked.")
    assert second.status_code == 422
    shown = unescape(second.text)
    assert "Somebody changed this breach after you had opened it." in shown
    assert "It was encrypted. (otto)" in shown
    assert 'value="Nobody looked."' in shown, "what was typed is still there"
    assert office.recorder.kinds().count("breach-changed") == 1
    assert answer(browsers["dora"], address, "answer", **spared, because="Nobody looked.").status_code == 303


def seen_in(browser: FlaskClient, address: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', browser.get(address).text)
    assert found
    return found[1]


def answer(browser: FlaskClient, address: str, what: str, **typed: str) -> TestResponse:
    """By the page as it is now."""
    return post(browser, f"{address}/{what}", **{**typed, "seen": seen_in(browser, address)})


@pytest.mark.parametrize("paper", ["staff-notice", "website-wording", "request-form", "reference-card"])
def test_papers_are_printed_by_anybody_with_the_office_s_own_codes(
    office: WebOffice, browsers: dict[str, FlaskClient], paper: str
) -> None:
    change_settings(office, codes={"pause": "*58"})
    shown = browsers["lena"].get(f"/compliance/print/{paper}")
    assert shown.status_code == 200
    assert ("*58" in shown.text) == (paper in ("staff-notice", "reference-card"))
    printed = browsers["lena"].get(f"/compliance/print/{paper}.pdf")
    assert (printed.mimetype, printed.data[:5]) == ("application/pdf", b"%PDF-")
    assert browsers["lena"].get("/compliance/print/nothing").status_code == 404


def test_the_evidence_pack_is_what_the_role_may_see_and_is_on_record(
    office: WebOffice, browsers: dict[str, FlaskClient]
) -> None:
    for name in ("dora", "otto", ADMINISTRATOR):
        before = office.recorder.kinds().count("evidence-pack-made")
        made = post(browsers[name], "/compliance/pack")
        assert (made.status_code, made.mimetype) == (200, "application/pdf"), made.text[:300]
        assert made.data.startswith(b"%PDF-")
        assert office.recorder.kinds().count("evidence-pack-made") == before + 1
    assert post(browsers["lena"], "/compliance/pack").status_code == 403
    assert not [each for each in office.recorder.kinds() if each == "settings-refused"]


def test_secrets_are_stars_in_the_pack_and_who_may_not_see_settings_gets_none(
    office: WebOffice, browsers: dict[str, FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    change_settings(office, archive={"remote": {"type": "s3", "secret_access_key": "not-to-be-printed"}})
    printed: list[PrintedPage] = []

    def keep(page: PrintedPage, *rest: object) -> bytes:
        printed.append(page)
        return b"%PDF-"

    monkeypatch.setattr(paper_views, "to_pdf", keep)
    for name in (ADMINISTRATOR, "otto"):
        assert post(browsers[name], "/compliance/pack").status_code == 200
    shown, without = (str(page.blocks) for page in printed)
    assert "archive.remote.secret_access_key" in shown
    assert "not-to-be-printed" not in shown + without
    assert "archive.remote" not in without
    assert "role does not see them" in without
    assert "Sealed copies go elsewhere (s3)" in without, "what the settings say of the law is for all who see this page"


def test_every_item_leads_to_a_page_that_its_reader_may_open(browsers: dict[str, FlaskClient]) -> None:
    for name in ("dora", "otto", LISTENER, ADMINISTRATOR):
        leads = set(re.findall(r'<a class="button[^"]*" href="(/[^"#]+)', browsers[name].get("/compliance").text))
        assert ("/settings/lines" in leads) == (name in ("dora", ADMINISTRATOR))
        assert [address for address in leads if browsers[name].get(address).status_code != 200] == [], name


def test_the_law_is_dated_and_the_page_says_that_it_is_no_advice(browsers: dict[str, FlaskClient]) -> None:
    text = browsers[LISTENER].get("/compliance/law").text
    for words in (
        "SI 2018/356",
        "section 46",
        "Data (Use and Access) Act 2025",
        "SYSC 10A",
        "As it stood on",
        "not legal",
    ):
        assert words in text


def test_everybody_reads_the_training_and_the_page_counts_it(
    office: WebOffice, browsers: dict[str, FlaskClient]
) -> None:
    assert "lena" in item(browsers["dora"], "staff_trained")
    reader = browsers["lena"]
    assert post(reader, "/training/pausing").status_code == 422, "without the tick"
    for lesson in ("pausing", "telling", "care"):
        assert post(reader, f"/training/{lesson}", read="yes").status_code == 303
    assert "You have read all of it" in reader.get("/training").text
    assert "lena" not in item(browsers["dora"], "staff_trained")
    assert office.recorder.kinds().count("training-read") == 3
    assert post(reader, "/training/nothing", read="yes").status_code == 404


def test_help_is_found_without_scripts_and_stands_beside_each_page(browsers: dict[str, FlaskClient]) -> None:
    text = browsers["lena"].get("/help?q=lost+phone").text
    assert "/help/about/sign-in" in text.partition("<ol")[2].partition("</ol>")[0]
    assert "<mark>" in text
    assert "Nothing about “zeppelin”" in browsers["lena"].get("/help?q=zeppelin").text
    assert "&lt;b&gt;" in browsers["lena"].get("/help?q=<b>").text
    for page, slug in (("/requests", "ask"), ("/account", "sign-in")):
        assert f'class="ask-help" href="/help/about/{slug}"' in browsers["lena"].get(page).text
    assert browsers["lena"].get("/help/about/nothing").status_code == 404
    assert browsers["lena"].get("/help/all").text.count("<article") == len(list(ARTICLES.iterdir()))
