"""What no address leads to: the pages between a pass phrase and the first call, and each with a mistake in its form.

They are walked through as people walk through them, and each is looked at as every other page is
(``test_every_page.py``).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from firmware.adapters.settings.people_file import PeopleFile
from firmware.core.sign_in_attempts import Attempts
from tests.browser.looker import VARIANTS, Looker, Variant
from tests.browser.test_signing_in import add_authenticator, give_pass_phrase
from tests.browser.windows import Watched
from tests.integration.further_people import person_of
from tests.integration.web_office import LISTENER, WebOffice, web_office
from tests.integration.web_people import CHOSEN, code_of

pytestmark = pytest.mark.browser
#: What a window shows, by the name of its picture.
Met = Iterator[tuple[str, Watched]]
_WRONG = "not the one that was chosen"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[WebOffice]:
    with web_office(tmp_path, second_factor="required") as made:
        yield made


@pytest.mark.parametrize(
    "variants",
    [pytest.param(VARIANTS[:2], id="two ways"), pytest.param(VARIANTS, marks=pytest.mark.long, id="all ways")],
)
@pytest.mark.timeout(900)
def test_every_step_of_signing_in_is_fit_for_everybody(
    chromium: Browser, site: str, office: WebOffice, variants: Sequence[Variant]
) -> None:
    looker, walk = Looker(chromium, site, {}), Walk(chromium, site, office)
    met = []
    for name, window in walk.whole():
        looker.look_here(name, window, variants)
        met.append(name)
    walk.close()
    assert len(met) == len(set(met)) > 20
    assert not looker.faults, "\n".join(looker.faults)


class Walk:
    """Somebody who may listen, somebody whom they invite, and a stranger."""

    def __init__(self, chromium: Browser, site: str, office: WebOffice) -> None:
        self._contexts = [chromium.new_context() for _ in range(3)]
        self._listener, self._joiner, self._stranger = map(Watched, self._contexts)
        self._site, self._office = site, office

    def whole(self) -> Met:
        yield from self._first_sign_in()
        yield from self._own_sign_in()
        yield from self._joining()
        yield from self._vouching()
        yield from self._second_sign_in()
        yield from self._turned_away()

    def close(self) -> None:
        for each in self._contexts:
            each.close()

    def _sign_in(self, window: Watched, pass_phrase: str = "", name: str = LISTENER) -> None:
        give_pass_phrase(window.page, self._site, name, pass_phrase or self._office.pass_phrases[name])

    def _first_sign_in(self) -> Met:
        window, page = self._listener, self._listener.page
        add_authenticator(page)
        self._sign_in(window)
        yield "step-set-up", window
        page.get_by_role("link", name="Set up a passkey").click()
        yield "step-passkey", window
        page.go_back()
        page.get_by_role("button", name="Set up a code app").click()
        page.get_by_text("I cannot use the picture").click()
        yield "step-code-app", window
        secret = "".join(page.locator(".secret").inner_text().split())
        page.get_by_label("Six digits").fill("12")
        page.get_by_role("button", name="That is the code").click()
        expect(page.get_by_role("alert")).to_be_visible()
        yield "step-code-app-wrong", window
        page.get_by_label("Six digits").fill(code_of(secret))
        page.get_by_role("button", name="That is the code").click()
        expect(page.locator(".recovery-codes li")).to_have_count(10)
        yield "step-recovery-codes", window
        page.get_by_role("link", name="I have kept them").click()
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()

    def _own_sign_in(self) -> Met:
        window, page, phrase = self._listener, self._listener.page, self._office.pass_phrases[LISTENER]
        page.goto(f"{self._site}/account/passkey")
        page.get_by_label("A name for it").fill("This computer")
        page.get_by_label("Your pass phrase, once more").fill(phrase)
        page.get_by_role("button", name="Make the passkey").click()
        expect(page.get_by_text("Passkey “This computer”")).to_be_visible()
        yield "step-account", window
        page.goto(f"{self._site}/account/pass-phrase")
        page.get_by_label("The one you have now").fill(phrase)
        page.get_by_label("The new one", exact=True).fill(CHOSEN)
        page.get_by_label("The new one again").fill(_WRONG)
        page.get_by_role("button", name="Change it").click()
        expect(page.get_by_role("alert")).to_be_visible()
        yield "step-pass-phrase-wrong", window
        page.goto(f"{self._site}/account/again/recovery-codes")
        page.get_by_label("Your pass phrase, once more").fill(_WRONG)
        page.get_by_role("button", name="New recovery codes").click()
        expect(page.get_by_role("alert")).to_be_visible()
        yield "step-again-wrong", window
        page.get_by_label("Your pass phrase, once more").fill(phrase)
        page.get_by_role("button", name="New recovery codes").click()
        expect(page.locator(".recovery-codes li")).to_have_count(10)
        yield "step-recovery-codes-anew", window

    def _joining(self) -> Met:
        window, page = self._joiner, self._joiner.page
        listener = self._listener.page
        listener.goto(f"{self._site}/people/invite")
        listener.get_by_label("Sign-in name").fill("chris")
        listener.get_by_label("Support Services Manager").check()
        listener.get_by_role("button", name="Invite").click()
        code = listener.locator(".big-code").inner_text()
        yield "step-invited", self._listener
        page.goto(f"{self._site}/join")
        page.get_by_label("Name").fill("chris")
        page.get_by_label("Code").fill("WRONG-CODE")
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("alert")).to_be_visible()
        yield "step-join-wrong", window
        page.get_by_label("Name").fill("chris")
        page.get_by_label("Code").fill(code)
        page.get_by_role("button", name="Go on").click()
        yield from self._choosing()
        self._sign_in(window, CHOSEN, "chris")
        page.get_by_role("button", name="Set up a code app").click()
        page.get_by_text("I cannot use the picture").click()
        secret = "".join(page.locator(".secret").inner_text().split())
        page.get_by_label("Six digits").fill(code_of(secret))
        page.get_by_role("button", name="That is the code").click()
        page.get_by_role("link", name="I have kept them").click()
        expect(page.get_by_role("link", name="Look whether it is done")).to_be_visible()
        yield "step-waiting", window

    def _choosing(self) -> Met:
        window, page = self._joiner, self._joiner.page
        expect(page.get_by_role("heading", name="Welcome, chris")).to_be_visible()
        yield "step-choose", window
        for again in (_WRONG, CHOSEN):
            page.get_by_label("Pass phrase").fill(CHOSEN)
            page.get_by_label("The same again").fill(again)
            page.get_by_role("button", name="This is my pass phrase").click()
            if again is _WRONG:
                expect(page.get_by_role("alert")).to_be_visible()
                yield "step-choose-wrong", window
        expect(page.locator(".fingerprint")).to_be_visible()
        yield "step-joined", window

    def _vouching(self) -> Met:
        window, page = self._listener, self._listener.page
        person = person_of(self._office.home, "chris").person_id
        page.goto(f"{self._site}/people/{person}")
        page.get_by_label("The digits they read out").fill("00000 00000")
        page.get_by_role("button", name="Confirm chris").click()
        expect(page.get_by_role("alert")).to_be_visible()
        yield "step-confirm-wrong", window
        page.get_by_role("button", name="They are locked out").click()
        expect(page.locator(".big-code")).to_be_visible()
        yield "step-vouched", window
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("status")).to_be_visible()
        yield "step-signed-out", window

    def _second_sign_in(self) -> Met:
        window, page = self._listener, self._listener.page
        self._sign_in(window)
        page.get_by_text("I do not have my phone").click()
        yield "step-second-factor", window
        page.get_by_label("Six digits from your code app").fill("12")
        page.get_by_role("button", name="Go on").click()
        expect(page.get_by_role("alert").filter(visible=True)).to_be_visible()
        yield "step-second-factor-wrong", window

    def _turned_away(self) -> Met:
        window, page = self._stranger, self._stranger.page
        self._sign_in(window, _WRONG)
        expect(page.get_by_role("alert")).to_be_visible()
        yield "step-sign-in-wrong", window
        page.goto(f"{self._site}/sign-in?ended=idle")
        yield "step-sign-in-ended", window
        page.get_by_label("Name").fill("nobody")
        page.get_by_label("Pass phrase").fill(_WRONG)
        page.get_by_text("A colleague gave me a code").click()
        page.get_by_label("Code from a colleague").fill("WRONG-CODE")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_be_visible()
        yield "step-voucher-wrong", window
        yield from self._locked()
        page.goto(f"{self._site}/recovery")
        page.get_by_label("The 24 words").fill("not twenty-four words")
        page.get_by_label("Your sign-in name").fill(LISTENER)
        page.get_by_label("New pass phrase").fill(CHOSEN)
        page.get_by_label("The same again").fill(CHOSEN)
        page.get_by_role("button", name="Let me back in").click()
        expect(page.get_by_role("alert")).to_be_visible()
        yield "step-recovery-wrong", window

    def _locked(self) -> Met:
        """After as many failures as would take half an hour to make."""
        people, person = PeopleFile(self._office.home.people_file), person_of(self._office.home, LISTENER)
        until_ms = round(time.time() * 1000) + 25 * 60_000
        people.set_attempts(person.person_id, Attempts(10, until_ms))
        self._sign_in(self._stranger)
        expect(self._stranger.page.get_by_role("alert")).to_contain_text("locked")
        yield "step-locked", self._stranger
