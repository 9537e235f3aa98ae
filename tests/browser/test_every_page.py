"""Every page that the page's map of addresses has, in a real Chromium, on a desk and a phone, in the light and dark.

Nothing that keeps anybody from using it, no sideways scroll, nothing the browser complains of, nothing fetched from
elsewhere, and little to fetch. A new page is in the map, and so is looked at. Pictures of all are kept in the folder
that EARMARK_SCREENSHOTS names (``build/screenshots``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from firmware.core.access_policy import Action, Role, may
from tests.browser.barriers import barriers
from tests.browser.looker import VARIANTS, Looker, Seen
from tests.browser.windows import Watched
from tests.integration.full_office import NAMES, FullOffice, full_office
from tests.integration.web_office import open_recording
from webui.server import WebServer

pytestmark = pytest.mark.browser

_CHANGES = re.compile(r'value="[^"]*"|\b[0-9a-f]{8,}\b|\d[\d:., ]*|' + "|".join(NAMES.values()))


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FullOffice]:
    with full_office(tmp_path_factory.mktemp("office")) as made:
        yield made


@pytest.fixture(scope="module")
def site(full: FullOffice) -> Iterator[str]:
    server = WebServer(full.office.app, "127.0.0.1:0")
    server.start()
    yield f"http://localhost:{server.port}"
    server.stop()


@pytest.fixture(scope="module")
def visitors(full: FullOffice) -> dict[str, FlaskClient]:
    """Somebody of every role, a paired desk, and nobody. Who may listen has a call open."""
    found = {role.value: full.browser_of(role) for role in NAMES}
    for role in NAMES:
        if may(role, Action.LISTEN):
            open_recording(found[role.value], full.objects["recording_id"])
    return found | {"desk": full.paired_desk(), "nobody": full.office.browser()}


def pages_of(full: FullOffice, who: str, visitor: FlaskClient) -> list[Seen]:
    """Those that are shown to a visitor, once each."""
    found = []
    for rule in full.office.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        for address in full.addresses(rule):
            answer = visitor.get(address)
            # What a page's script puts into it is no page; it is looked at where it stands.
            if answer.status_code == 200 and answer.mimetype == "text/html" and "<main" in answer.text:
                main = answer.text.partition("<main")[2].partition("</main>")[0]
                name = (
                    rule.endpoint if address == full.address(rule) else f"{rule.endpoint}-{address.rpartition('/')[2]}"
                )
                found.append(Seen(who, name, address, _CHANGES.sub("", main)))
            answer.close()
    return found


def different(full: FullOffice, visitors: dict[str, FlaskClient]) -> list[Seen]:
    """What somebody sees that nobody before them saw."""
    met: dict[tuple[str, str], Seen] = {}
    for who, visitor in visitors.items():
        for seen in pages_of(full, who, visitor):
            met.setdefault((seen.endpoint, seen.main), seen)
    return list(met.values())


def richest(pages: list[Seen]) -> list[Seen]:
    """Each page once, as whoever sees most of it does."""
    best: dict[str, Seen] = {}
    for seen in pages:
        if seen.endpoint not in best or len(seen.main) > len(best[seen.endpoint].main):
            best[seen.endpoint] = seen
    return list(best.values())


@pytest.fixture
def looker(chromium: Browser, site: str, visitors: dict[str, FlaskClient]) -> Iterator[Looker]:
    made = Looker(chromium, site, visitors)
    yield made
    made.close()


def test_what_keeps_people_from_using_a_page_is_seen(desk: Watched) -> None:
    desk.page.set_content("<html><body><img src='x'><p style='color: #aaa'>faint</p><button></button></body></html>")
    found = " ".join(barriers(desk.page))
    assert all(rule in found for rule in ("image-alt", "color-contrast", "button-name", "html-has-lang"))


@pytest.mark.timeout(900)  # beside other tests on two cores
def test_every_page_is_fit_for_everybody(
    full: FullOffice, visitors: dict[str, FlaskClient], looker: Looker, record_property: Callable[[str, object], None]
) -> None:
    pages = richest(different(full, visitors))
    assert len(pages) > 40
    for seen in pages:
        looker.look(seen, VARIANTS[:2])
    record_property("pages", len(pages))
    record_property("heaviest page", f"{looker.heaviest[0]} {looker.heaviest[1] // 1000} kB")
    assert not looker.faults, "\n".join(looker.faults)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_every_page_is_fit_for_everybody_as_each_role_sees_it(
    full: FullOffice, visitors: dict[str, FlaskClient], looker: Looker, record_property: Callable[[str, object], None]
) -> None:
    pages = different(full, visitors)
    for seen in pages:
        looker.look(seen)
    record_property("pages as roles see them", len(pages))
    record_property("pictures", len(pages) * len(VARIANTS))
    assert not looker.faults, "\n".join(looker.faults)
    assert {Role(seen.who) for seen in pages if seen.who in set(Role)} >= set(NAMES) - {Role.HR_PANEL}
