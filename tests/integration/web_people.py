"""What people do on the pages of access and people, by forms: for tests."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from html import unescape

import pyotp
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.core.access_policy import Role
from tests.integration.further_people import add_people, office_key_of
from tests.integration.web_office import ADMINISTRATOR, LISTENER, WebOffice, form_token, sign_in

CHOSEN = "copper lantern ferry almond"


def browsers_of(office: WebOffice, others: Mapping[str, Role]) -> dict[str, FlaskClient]:
    """Of the administrator, the listener and others, who are added and signed in."""
    office_key = office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER])
    found = {name: office.signed_in(name) for name in (ADMINISTRATOR, LISTENER)}
    for name, phrase in add_people(office.home, office_key, others).items():
        found[name] = office.browser()
        assert sign_in(found[name], name, phrase).status_code == 303
    return found


def send(browser: FlaskClient, page: str, form: str, **fields: str) -> TestResponse:
    """Fill in a form that stands on ``page``."""
    token = form_token(browser.get(page))
    return browser.post(form, data={"csrf_token": token, **fields})


def alert(page: TestResponse) -> str:
    found = re.search(r'role="alert"[^>]*>([^<]+)<', page.text)
    return unescape(found[1]) if found else ""


def shown(page: TestResponse, css_class: str) -> str:
    """The text of the first element of that class."""
    found = re.search(rf'class="{css_class}"[^>]*>(.*?)</(?:p|dd|ol|div)>', page.text, re.DOTALL)
    assert found, page.text
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def code_of(secret: str, steps_on: int = 0) -> str:
    """What the app shows, or will show half a minute later."""
    return pyotp.TOTP(secret).at(int(time.time()) + 30 * steps_on)


def set_up_code_app(browser: FlaskClient, where: str, password: str = "") -> tuple[str, TestResponse]:
    """The app's secret, and the page that follows. ``where``: /account or /sign-in/set-up."""
    drawn = send(browser, f"{where}/code-app", f"{where}/code-app", password=password)
    secret = shown(drawn, "secret").replace(" ", "")
    token = form_token(drawn)
    done = browser.post(f"{where}/code-app/code", data={"csrf_token": token, "code": code_of(secret)})
    return secret, done


def recovery_codes(page: TestResponse) -> list[str]:
    return shown(page, "recovery-codes").split()
