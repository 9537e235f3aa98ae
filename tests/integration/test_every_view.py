"""Every view, tried as every role, by nobody, and from a paired desk: all that the page's map of addresses has.

Who may have a view is what its mark says (``access.gatekeeper``) by the table of roles (``core.access_policy``). A new
view is in the map and so is tried: without a mark it is shut, and fails here; open to anybody or to everybody signed
in, it fails until it is named below; with a new kind of object in its address, until ``full_office`` makes one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from firmware.core.access_policy import Action, Role, may
from tests.integration.full_office import NAMES, FullOffice, full_office
from tests.integration.web_office import form_token, open_recording
from webui.access.gatekeeper import Mark, mark_of

#: Anybody on the network may have these; each has a reason.
PUBLIC = {
    *("access.sign_in", "access.check", "access.signed_out", "access.sign_out"),  # coming in, going out
    *("access.second_factor", "access.prove", "access.passkey_options", "access.waiting"),  # half in: the opener knows
    *("set_up.page", "set_up.code_app", "set_up.begin_code_app", "set_up.finish_code_app"),
    *("set_up.passkey", "set_up.passkey_options", "set_up.finish_passkey"),
    *("joining.join", "joining.look", "joining.choose"),  # by a code that is good once
    *("joining.forgotten", "joining.recovery", "joining.recover"),  # by the recovery key
    *("desk.page", "desk.pair"),  # by a code that is good once
    *("certificate.help_page", "certificate.der", "certificate.pem", "certificate.profile"),  # public by nature
    *("metrics.read", "api.openapi"),  # for programs: by a token of its own; what the others are like
    "static",
}
#: Whoever is signed in may have these: they are about themselves, about everybody, or hold what the opener gives them.
EVERYBODY_S = {
    "home",
    *("account.page", "account.again", "account.pass_phrase", "account.change_pass_phrase", "account.recovery_codes"),
    *("account.code_app", "account.begin_code_app", "account.finish_code_app", "account.remove_code_app"),
    *("account.passkey", "account.passkey_options", "account.finish_passkey", "account.remove_passkey"),
    *("account.end_session", "account.sign_out_everywhere"),
    *("help.page", "help.panel", "help.roles", "programs.api_help"),
    *("help.article", "help.everything", "training.page", "training.lesson", "training.read"),
    *("compliance.printable", "compliance.printable_file"),  # papers for staff
    "requests.page",
    "tasks.page",
    "recordings.end_case",
}
#: Open to everybody signed in as far as the page is concerned; the opener lets these roles have it, or whose it is.
OPENER_S: dict[str, tuple[tuple[Action, ...], frozenset[Role]]] = {
    "recordings.one_call": ((Action.SEE_RECORDINGS,), frozenset()),
    "recordings.listen": ((Action.LISTEN,), frozenset()),
    "recordings.audio": ((Action.LISTEN,), frozenset()),
    "recordings.peaks": ((Action.LISTEN,), frozenset()),
    "holds.keeping": ((Action.SEE_RECORDINGS, Action.SEE_RETENTION), frozenset()),
    "requests.one": ((Action.SEE_REQUESTS,), frozenset({Role.LINE_MANAGER})),
    "requests.withdraw": ((), frozenset({Role.LINE_MANAGER})),
    "requests.end": ((Action.END_ACCESS,), frozenset({Role.LINE_MANAGER})),
}
#: These end the session by which they are asked for.
LAST = {"account.sign_out_everywhere", "access.sign_out"}
NOBODY, AT_DESK, WITH_DESK_S_TOKEN = "nobody", "a paired desk", "a desk's token in a person's place"


@dataclass(frozen=True)
class Try:
    """One address, asked for by one method."""

    method: str
    address: str
    endpoint: str
    mark: Mark | None

    def is_open_to(self, role: Role) -> bool:
        if self.endpoint in OPENER_S:
            actions, besides = OPENER_S[self.endpoint]
            return role in besides or any(may(role, action) for action in actions)
        if not isinstance(self.mark, tuple):
            return self.mark == "public"
        return not self.mark or any(may(role, action) for action in self.mark)

    def ask(self, browser: FlaskClient, form: Mapping[str, str], accept: str = "text/html") -> TestResponse:
        sent = form if self.method == "POST" else None
        answer = browser.open(self.address, method=self.method, data=sent, headers={"Accept": accept})
        answer.close()  # streams go on for ever
        return answer


def form_of(browser: FlaskClient, page: str = "/help", pass_phrase: str = "") -> dict[str, str]:
    """What every form has, and nothing else: whoever may is told of a mistake, and changes little."""
    return {"csrf_token": form_token(browser.get(page)), "password": pass_phrase}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FullOffice]:
    with full_office(tmp_path_factory.mktemp("office")) as made:
        yield made


def rules(full: FullOffice) -> list[Rule]:
    return sorted(full.office.app.url_map.iter_rules(), key=lambda rule: (rule.endpoint in LAST, rule.rule))


def tries(full: FullOffice, methods: frozenset[str] = frozenset({"GET", "POST"})) -> list[Try]:
    views = full.office.app.view_functions
    return [
        Try(
            method,
            full.address(rule),
            rule.endpoint,
            "public" if rule.endpoint == "static" else mark_of(views[rule.endpoint]),
        )
        for rule in rules(full)
        for method in sorted((rule.methods or set()) & methods)
    ]


def is_shut(answer: TestResponse, at: str = "/sign-in") -> bool:
    """Whether the answer lets nobody in: it refuses, or asks to sign in (which is not where signing out leads)."""
    leads_to, _, query = (answer.location or "").partition("?")
    asks = answer.status_code == 303 and leads_to == at and query != "ended=everywhere"
    return asks or answer.status_code in (401, 403)


def test_every_view_says_who_may_have_it_and_none_is_open_by_oversight(full: FullOffice) -> None:
    marks = {each.endpoint: each.mark for each in tries(full)}
    assert [endpoint for endpoint, mark in marks.items() if mark is None] == []
    assert {endpoint for endpoint, mark in marks.items() if mark == "public"} == PUBLIC
    assert {endpoint for endpoint, mark in marks.items() if mark == ()} == EVERYBODY_S | OPENER_S.keys()


def test_nobody_gets_more_than_is_public(full: FullOffice) -> None:
    nobody = full.office.browser()
    form = form_of(nobody, "/sign-in")
    all_methods = frozenset({"GET", "POST", "HEAD", "OPTIONS"})
    wrong = [
        (accept, each, answer.status)
        for each in tries(full, all_methods)
        if each.endpoint not in PUBLIC
        for accept in ("text/html", "application/json")
        if not is_shut(answer := each.ask(nobody, form, accept), "/desk" if each.mark == "desk" else "/sign-in")
    ]
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("who", [AT_DESK, WITH_DESK_S_TOKEN])
def test_a_desk_s_token_opens_its_own_page_and_nothing_else(full: FullOffice, who: str) -> None:
    browser = full.paired_desk()
    if who == WITH_DESK_S_TOKEN:
        cookie = browser.get_cookie("earmark-desk")
        assert cookie is not None
        browser = full.office.browser()
        browser.set_cookie("earmark", cookie.value)
    form, asked = form_of(browser, "/sign-in"), len(full.office.lines.asked)
    wrong = []
    for each in tries(full):
        answer = each.ask(browser, form)
        mine = each.mark == "public" or (each.mark == "desk" and who == AT_DESK)
        if not mine and not is_shut(answer, "/desk" if each.mark == "desk" else "/sign-in"):
            wrong.append((each, answer.status))
    assert not wrong, "\n".join(map(str, wrong))
    assert len(full.office.lines.asked) - asked == (1 if who == AT_DESK else 0), "its own button, once"


@pytest.mark.parametrize("role", list(NAMES))
def test_a_role_is_refused_whatever_the_table_does_not_give_it(full: FullOffice, role: Role) -> None:
    browser = full.browser_of(role)
    form = form_of(browser)
    shut = [each for each in tries(full) if each.endpoint not in PUBLIC and not each.is_open_to(role)]
    wrong = []
    for each in shut:
        answer = each.ask(browser, form)
        refused = is_shut(answer, "/desk") or (each.endpoint in OPENER_S and answer.status_code in (404, 409))
        if not refused:
            wrong.append((each, answer.status))
    assert not wrong, "\n".join(map(str, wrong))
    assert browser.get("/help").status_code == 200, "nothing of it ended the session"


@pytest.mark.parametrize("role", list(NAMES))
def test_a_role_gets_whatever_the_table_gives_it(full: FullOffice, role: Role) -> None:
    browser = full.browser_of(role)
    form = form_of(browser, pass_phrase=full.phrases[NAMES[role]])
    if may(role, Action.LISTEN):
        open_recording(browser, full.objects["recording_id"])
    wrong = []
    for each in tries(full):
        if each.endpoint in PUBLIC or each.mark == "desk" or not each.is_open_to(role):
            continue
        answer = each.ask(browser, form)
        if is_shut(answer) or answer.status_code == 500:
            wrong.append((each, answer.status))
    assert not wrong, "\n".join(map(str, wrong))
