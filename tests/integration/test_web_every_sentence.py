"""Every sentence of the page can be translated: all pages, in a language of which no letter is English."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from firmware.core.access_policy import Role
from tests.integration.full_office import NAMES, FullOffice, full_office
from tests.integration.web_office import open_recording
from tests.pseudo_locale import NAME, VisibleText, shipped_beside

#: Who sees most of the pages between them, besides a paired desk and nobody; the first opens a recording.
_WHO = (Role.DIRECTOR, Role.ADMINISTRATOR, Role.LINE_MANAGER, Role.MEMBER_OF_STAFF)
#: What is of no language, or of the office's own.
_DATA = (
    *NAMES.values(),
    *("nora", "gina", "chris", "Ada", "Jo Bloggs"),  # people
    *("Earmark", "Demonstration office"),  # the product, the office
    *("main", "generator", "pbx", "standard"),  # lines, a call log, a class of retention
    *("Accounts", "Front desk", "Reception", "Till", "CRM", "https://crm.example/earmark"),  # desks and programs
    *("Complaint 4711: what was promised", "Training of new staff", "complaint 4711"),  # what somebody typed
    *("Claim 12 of the insurer", "All calls.", "letter.pdf"),
    *("A copy went to the wrong address.", "One caller's.", "None known."),
    *("The data disk has 12 MB left.", "Put a larger one in.", "It is at 78 °C.", "No time server keeps the clock."),
    *("Power", "mode of line main: always", "line main: always recorded"),  # the keeper's and the recorder's, made up
    *("UK GDPR", "PCI DSS", "SYSC 10A", "DPA 2018", "DUAA 2025", "SI 2018"),  # laws, as everybody cites them
    *("calls:list", "calls:numbers", "tags:write", "pause:EXTENSION", "calls:read"),  # scopes, as programs write them
    *("UDP", "TCP", "TLS", "GB", "MB", "kB", "kHz", "MP3", "WAV", "PDF", "CSV", "TOML"),  # marks of the trade
)
_NO_WORDS = re.compile(
    "|".join(map(re.escape, sorted(_DATA, key=len, reverse=True))) + r"|\b[0-9a-f]{8,}\b|\w+-\w+-\w+"
)
_WORD = re.compile(r"[A-Za-z]{2,}")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FullOffice]:
    with full_office(tmp_path_factory.mktemp("office")) as made, shipped_beside(tmp_path_factory.mktemp("languages")):
        yield made


def english_in(page: str) -> list[str]:
    return [piece for piece in VisibleText(page).pieces if _WORD.search(_NO_WORDS.sub("", piece))]


def pages(full: FullOffice, browser: FlaskClient) -> Iterator[tuple[str, str]]:
    for rule in full.office.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        for address in full.addresses(rule):
            answer = browser.get(address, headers={"Accept-Language": NAME})
            if not 300 <= answer.status_code < 400 and answer.mimetype == "text/html":
                yield address, answer.text
            answer.close()


def test_no_page_has_a_sentence_that_cannot_be_translated(full: FullOffice) -> None:
    found: dict[str, str] = {}
    browsers = [*map(full.browser_of, _WHO), full.paired_desk(), full.office.browser()]
    open_recording(browsers[0], full.objects["recording_id"])
    for browser in browsers:
        for address, page in pages(full, browser):
            for piece in english_in(page):
                found.setdefault(piece, address)
    said = "\n".join(f"{address}: {piece}" for piece, address in sorted(found.items(), key=lambda each: each[1]))
    assert not found, f"{len(found)} pieces of text are English in every language:\n{said}"
