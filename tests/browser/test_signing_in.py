"""Second steps, joining, people and evidence in a real Chromium, with an authenticator that the browser imitates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.keys.device_key import load_device_key
from firmware.adapters.store.evidence_files import EvidenceFiles
from firmware.core.access_policy import Role
from firmware.services.local_evidence import LocalEvidenceDesk
from tests.browser.barriers import barriers
from tests.browser.windows import DESK, PHONE, Watched, assert_well_made
from tests.integration.further_people import add_people, office_key_of, person_of
from tests.integration.web_office import LISTENER, WebOffice, web_office
from tests.integration.web_people import CHOSEN, code_of

pytestmark = pytest.mark.browser


@pytest.fixture
def office(tmp_path: Path) -> Iterator[WebOffice]:
    """One in which who may listen must have a second factor."""
    with web_office(tmp_path, second_factor="required") as made:
        yield made


def give_pass_phrase(page: Page, site: str, name: str, pass_phrase: str) -> None:
    page.goto(f"{site}/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Pass phrase").fill(pass_phrase)
    page.get_by_role("button", name="Sign in").click()


def add_authenticator(page: Page) -> str:
    """As a computer with a fingerprint reader has one (W3C WebAuthn, section 11); its id."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    return str(session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"])


def set_up_code_app(page: Page) -> str:
    """From the page that asks for a second step; gives the app's secret."""
    page.get_by_role("button", name="Set up a code app").click()
    expect(page.get_by_role("img", name="QR code for the app")).to_be_visible()
    page.get_by_text("I cannot use the picture").click()
    secret = "".join(page.locator(".secret").inner_text().split())
    page.get_by_label("Six digits").fill(code_of(secret))
    page.get_by_role("button", name="That is the code").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    return secret


def test_a_passkey_is_made_at_the_first_sign_in_and_signs_in_with_a_finger(
    desk: Watched, site: str, office: WebOffice
) -> None:
    page = desk.page
    add_authenticator(page)
    give_pass_phrase(page, site, LISTENER, office.pass_phrases[LISTENER])
    page.get_by_role("link", name="Set up a passkey").click()
    page.get_by_label("A name for it").fill("This computer")
    expect(page.get_by_role("button", name="Make the passkey")).to_be_enabled()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    held = list[Route]()
    page.route("**/passkey.js*", lambda route: held.append(route))
    with page.expect_request("**/passkey.js*"):
        give_pass_phrase(page, site, LISTENER, office.pass_phrases[LISTENER])
    use = page.get_by_role("button", name="Use my passkey")
    expect(use).to_be_disabled()
    page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    held[0].continue_()
    expect(use).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.goto(f"{site}/account")
    expect(page.get_by_text("Passkey “This computer”")).to_be_visible()
    assert desk.complaints == []


def test_whoever_is_quicker_than_the_script_sends_no_unsigned_passkey(
    desk: Watched, site: str, office: WebOffice
) -> None:
    page, held, sent = desk.page, list[Route](), list[str]()
    page.route("**/passkey.js*", lambda route: held.append(route))
    give_pass_phrase(page, site, LISTENER, office.pass_phrases[LISTENER])
    with page.expect_request("**/passkey.js*"):
        page.get_by_role("link", name="Set up a passkey").click()
    page.get_by_label("A name for it").fill("This computer")
    page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    page.keyboard.press("Enter")
    held[0].continue_()
    expect(page.get_by_role("button", name="Make the passkey")).to_be_enabled()
    assert sent == []


def test_a_second_passkey_asks_for_the_pass_phrase_and_a_wrong_one_is_told(
    desk: Watched, site: str, office: WebOffice
) -> None:
    page = desk.page
    add_authenticator(page)
    give_pass_phrase(page, site, LISTENER, office.pass_phrases[LISTENER])
    set_up_code_app(page)
    page.goto(f"{site}/account/passkey")
    page.get_by_label("A name for it").fill("This computer")
    page.get_by_label("Your pass phrase, once more").fill("a wrong pass phrase")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    assert any("401" in complaint for complaint in desk.complaints)


def test_without_a_passkey_at_hand_the_page_says_so_and_another_way_is_there(
    desk: Watched, site: str, office: WebOffice
) -> None:
    page = desk.page
    authenticator = add_authenticator(page)
    give_pass_phrase(page, site, LISTENER, office.pass_phrases[LISTENER])
    page.get_by_role("link", name="Set up a passkey").click()
    page.get_by_label("A name for it").fill("This computer")
    page.get_by_role("button", name="Make the passkey").click()
    code = page.locator(".recovery-codes li").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("button", name="Sign out").click()
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    give_pass_phrase(page, site, LISTENER, office.pass_phrases[LISTENER])
    page.get_by_role("button", name="Use my passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("No passkey was used")
    page.get_by_text("I do not have my passkey").click()
    page.get_by_label("One of your recovery codes").fill(code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_somebody_joins_is_confirmed_and_listens_without_any_script(
    chromium: Browser, site: str, office: WebOffice
) -> None:
    context, guest = (chromium.new_context(viewport=size, java_script_enabled=False) for size in (DESK, PHONE))
    listener, joiner = context.new_page(), guest.new_page()
    give_pass_phrase(listener, site, LISTENER, office.pass_phrases[LISTENER])
    set_up_code_app(listener)
    listener.goto(f"{site}/people/invite")
    listener.get_by_label("Sign-in name").fill("chris")
    listener.get_by_label("Support Services Manager").check()
    listener.get_by_role("button", name="Invite").click()
    code = listener.locator(".big-code").inner_text()

    joiner.goto(f"{site}/sign-in")
    joiner.get_by_role("link", name="I was invited").click()
    joiner.get_by_label("Name").fill("chris")
    joiner.get_by_label("Code").fill(code.lower())
    joiner.get_by_role("button", name="Go on").click()
    joiner.get_by_label("Pass phrase").fill(CHOSEN)
    joiner.get_by_label("The same again").fill(CHOSEN)
    joiner.get_by_role("button", name="This is my pass phrase").click()
    digits = joiner.locator(".fingerprint").inner_text()

    listener.goto(f"{site}/people")
    listener.get_by_role("link", name="Confirm chris").click()
    listener.get_by_label("The digits they read out").fill(digits)
    listener.get_by_role("button", name="Confirm chris").click()
    expect(listener.get_by_text("chris is confirmed")).to_be_visible()
    expect(listener.get_by_text("2 people can listen")).to_be_visible()

    give_pass_phrase(joiner, site, "chris", CHOSEN)
    set_up_code_app(joiner)
    expect(joiner).to_have_url(f"{site}/calls")
    for each in (context, guest):
        each.close()


def test_everything_is_found_in_the_head_of_the_page_by_keyboard_on_a_phone(
    chromium: Browser, site: str, office: WebOffice
) -> None:
    context = chromium.new_context(viewport=PHONE)
    page = context.new_page()
    give_pass_phrase(page, site, LISTENER, office.pass_phrases[LISTENER])
    set_up_code_app(page)
    page.get_by_text("More pages").focus()
    page.keyboard.press("Enter")
    for name in ("Evidence", "Health", "Desks", "Help"):
        link = page.get_by_role("navigation").get_by_role("link", name=name, exact=True)
        box = link.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
    assert barriers(page) == []
    page.get_by_role("navigation").get_by_role("link", name="Help", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="Help", level=1)).to_be_visible()
    context.close()


@pytest.fixture
def director(office: WebOffice) -> str:
    """Their pass phrase. Something stands in the evidence."""
    phrases = add_people(
        office.home,
        office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER]),
        {"dora": Role.DIRECTOR, "lena": Role.LINE_MANAGER},
    )
    catalogue = SqliteCatalogueWriter(office.home.catalogue)
    log = EvidenceFiles(office.home, load_device_key(office.home.device_key))
    ids = {"person": person_of(office.home, "dora").person_id, "recording": "0195d7c8e1b27b6ea4f0c2d93b5a1177"}
    LocalEvidenceDesk(log, catalogue).enter("listened", ids, {"name": "dora", "purpose": "complaint 4711"})
    log.close()
    catalogue.close()
    return phrases["dora"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_about_people_fits_its_window_and_is_made_for_a_screen_reader(
    chromium: Browser, site: str, office: WebOffice, director: str, size: ViewportSize, scheme: str
) -> None:
    context = chromium.new_context(viewport=size, color_scheme="dark" if scheme == "dark" else "light")
    watched = Watched(context)
    page = watched.page
    for path in ("/join", "/forgotten-pass-phrase", "/recovery", "/sign-in?ended=idle"):
        page.goto(site + path)
        assert_well_made(page)
    give_pass_phrase(page, site, "dora", director)
    assert_well_made(page)
    set_up_code_app(page)
    person = f"/people/{person_of(office.home, 'lena').person_id}"
    pages = ("/account", "/account/pass-phrase", "/account/code-app", "/account/passkey", "/account/again/code-app")
    for path in (*pages, "/people", "/people/invite", person, f"{person}/leave", "/evidence"):
        page.goto(site + path)
        assert_well_made(page)
    for path in ("/help", "/help/roles", "/help/panel"):
        page.goto(site + path)
        assert_well_made(page)
    page.goto(f"{site}/evidence")
    expect(page.locator(".evidence strong")).to_have_text(["Listened to a call"])
    assert watched.complaints == []
    context.close()
