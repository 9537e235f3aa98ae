"""An office with a director, who connects programs: for tests of the API."""

from __future__ import annotations

import re
from collections.abc import Sequence

from firmware.core.access_policy import Role
from tests.integration.further_people import add_people, office_key_of
from tests.integration.web_office import LISTENER, WebOffice, form_token

DIRECTOR = "dora"


def with_director(office: WebOffice) -> None:
    """Add one to an office: the first two people are none."""
    key = office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER])
    office.pass_phrases = {**office.pass_phrases, **add_people(office.home, key, {DIRECTOR: Role.DIRECTOR})}


def make_program(office: WebOffice, name: str, scopes: Sequence[str], last_day: str = "") -> str:
    """A token, made on the page by the director."""
    browser = office.signed_in(DIRECTOR)
    fields = {
        "csrf_token": form_token(browser.get("/programs")),
        "name": name,
        "extensions": ", ".join(each.removeprefix("pause:") for each in scopes if each.startswith("pause:")),
        "scope": [each for each in scopes if not each.startswith("pause:")],
        "last_day": last_day,
    }
    page = browser.post("/programs", data=fields)
    found = re.search(r'<p class="secret-text"><code>(earmark_[^<]+)</code>', page.text)
    assert found is not None, page.text
    return found[1]
