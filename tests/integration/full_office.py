"""An office with somebody of every role and one of everything that an address of the page can name.

For tests that go through all pages: what an address names is there, so that a refusal is never mistaken for "no such".
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.routing import Rule

from firmware.adapters.catalogue.call_log import CallLogTable
from firmware.adapters.control.client import ControlClient
from firmware.cli.box.disk import disk_routes
from firmware.cli.box.routes import BoxRoute
from firmware.cli.box.settings import settings_routes
from firmware.core.access_policy import Role
from firmware.core.call_log import LoggedCall, LogRow
from firmware.core.call_record import Party
from firmware.core.home import Home
from firmware.core.report_order import REPORTS
from firmware.ports.call_log import RowOutcome
from firmware.services.disk_door import DiskDoor
from tests.integration.further_people import add_people, office_key_of, person_of
from tests.integration.sealed_call import seal_call
from tests.integration.test_web_findings import Keeper
from tests.integration.updated_box import updated_box
from tests.integration.web_office import (
    ADMINISTRATOR,
    LISTENER,
    NUMBER,
    WebOffice,
    form_token,
    new_record,
    recorded,
    sign_in,
    web_office,
)
from tests.unit.test_data_volume import HandClock, HandStick, HandVolume
from webui.guide.steps import DirectorsStep
from webui.settings.tables import SECTIONS

#: One of each role.
NAMES = {
    Role.DIRECTOR: "dora",
    Role.SERVICES_MANAGER: LISTENER,
    Role.LINE_MANAGER: "lena",
    Role.HR_PANEL: "hana",
    Role.DATA_PROTECTION_OFFICER: "otto",
    Role.ADMINISTRATOR: ADMINISTRATOR,
    Role.INSTALLER: "ines",
    Role.MEMBER_OF_STAFF: "stan",
}
_JOINS = "nora"
_LEAVES = "gina"
EXTENSION = "201"
LOGGED = "a" * 32
#: By the name that addresses have for it: which pages one rule leads to.
SEVERAL: Mapping[str, Sequence[str]] = {
    "report": tuple(REPORTS),
    "name": tuple(SECTIONS),
    "what": ("code-app", "passkey", "recovery-codes"),
    "guide_step": tuple(DirectorsStep),
}


@dataclass
class FullOffice:
    """``objects``: by the name that addresses have for it, what stands in this office."""

    office: WebOffice
    phrases: Mapping[str, str] = field(repr=False)
    client: ControlClient
    objects: dict[str, str] = field(default_factory=dict)
    token: str = field(default="", repr=False)

    def address(self, rule: Rule) -> str:
        """With what is there filled in. A new kind of object fails here until :func:`full_office` makes one."""
        unknown = rule.arguments - self.objects.keys()
        assert not unknown, f"{rule.rule}: make {sorted(unknown)} in tests/integration/full_office.py"
        return _filled_in(rule, self.objects)

    def addresses(self, rule: Rule) -> list[str]:
        """The same, and the others where an address leads to several pages that are not of one kind."""
        first = self.address(rule)
        others = [
            _filled_in(rule, {**self.objects, name: value})
            for name in sorted(rule.arguments & SEVERAL.keys())
            for value in SEVERAL[name]
        ]
        return list(dict.fromkeys([first, *others]))

    def browser_of(self, role: Role) -> FlaskClient:
        browser = self.office.browser()
        name = NAMES[role]
        assert sign_in(browser, name, self.phrases[name]).status_code == 303
        return browser

    def paired_desk(self) -> FlaskClient:
        """A browser at a desk that nobody signs in at."""
        browser = self.office.browser()
        code = self.ask("/desks", {"name": "Reception", "extension": EXTENSION})["code"]
        sent = {"csrf_token": form_token(browser.get("/desk")), "code": str(code)}
        assert browser.post("/desk", data=sent).status_code == 303
        return browser

    def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """In the director's name, of the opener."""
        return self.client.post(path, body, token=self.token)

    def sign_in(self, name: str) -> str:
        """The token."""
        return str(self.client.post("/sign-in", {"user": name, "password": self.phrases[name]})["token"])


def _filled_in(rule: Rule, objects: Mapping[str, str]) -> str:
    return re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda found: objects[found[1]], rule.rule)


@contextmanager
def full_office(folder: Path, keeper: Keeper | None = None, *, tls: bool = False) -> Iterator[FullOffice]:
    """``keeper``: what it finds wrong, if not a bit of everything."""
    routes = (keeper or Keeper()).routes
    with web_office(folder, tls=tls, keeper_of=routes) as office, updated_box(office, _box_routes(office.home)):
        key = office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER])
        others = {name: role for role, name in NAMES.items() if name not in office.pass_phrases}
        phrases = {**office.pass_phrases, **add_people(office.home, key, others | {_LEAVES: Role.SERVICES_MANAGER})}
        full = FullOffice(office, phrases, ControlClient(office.home.opener_socket, 30))
        full.token = full.sign_in(NAMES[Role.DIRECTOR])
        calls = _record_calls(full)
        _people(full)
        _requests(full, calls)
        _keeping(full, calls)
        _case(full, calls)
        _log_a_call(full)
        _what_the_law_asks(full)
        _programs(full)
        _change_settings(full)
        full.objects |= {"report": "calls", "table": "when", "guide_step": "recovery-key"}
        office.lines.call("call-1", **recorded())
        office.lines.call("call-2", far_party="01632960044", extension="205", office_party="205")
        yield full


def _box_routes(home: Home) -> Mapping[str, BoxRoute]:
    """Of a box whose data disk is locked, and whose processes need not be started anew."""
    disk = disk_routes(DiskDoor(HandVolume(), HandStick(), HandClock(), lambda: None))
    return {**disk, **settings_routes(home, NothingRestarts())}


class NothingRestarts:
    def restart(self, processes: Sequence[str], *, now: bool = False) -> None:
        """No process of the office runs by systemd here."""

    def waiting(self) -> Mapping[str, str]:
        return {}


def _record_calls(full: FullOffice) -> Sequence[str]:
    """Newest first."""
    now = datetime.now(UTC)
    met = (
        (timedelta(minutes=9), Party(NUMBER), EXTENSION, "inbound"),
        (timedelta(hours=2), Party("01632960044"), "205", "outbound"),
        (timedelta(days=1, hours=1), Party("01632960105"), EXTENSION, "inbound"),
        (timedelta(days=2, hours=3), Party("02079460777"), "203", "outbound"),
    )
    records = [
        new_record(now - ago, far, office, "inbound" if way == "inbound" else "outbound")
        for ago, far, office, way in met
    ]
    calls = [seal_call(full.office.home, record, 6.0).recording_id for record in records]
    full.objects |= {"recording_id": calls[0], "call_id": "call-1", "filename": "page.css"}
    return calls


def _people(full: FullOffice) -> None:
    staff = person_of(full.office.home, NAMES[Role.MEMBER_OF_STAFF]).person_id
    full.ask(f"/people/{staff}/change", {"role": Role.MEMBER_OF_STAFF.value, "extension": EXTENSION})
    invited = full.ask("/invitations", {"name": "chris", "role": "line_manager", "extension": ""})
    code = full.ask("/invitations", {"name": _JOINS, "role": "services_manager", "extension": ""})["code"]
    full.client.post("/join", {"name": _JOINS, "code": code, "password": "a pass phrase of her own"})
    full.ask("/desks", {"name": "Accounts", "extension": "205"})
    code = full.ask("/desks", {"name": "Front desk", "extension": "203"})["code"]
    desk = full.client.post("/desks/pair", {"code": code})["desk_id"]
    session = full.client.get("/session", token=full.sign_in(NAMES[Role.DIRECTOR]))["session_id"]
    full.objects |= {
        "person_id": person_of(full.office.home, _LEAVES).person_id,
        "invitation_id": str(invited["invitation_id"]),
        "desk_id": str(desk),
        "session_id": str(session),
        "passkey_id": "none",  # one's own alone, by a device that no test here has
        "what": "recovery-codes",
        "action": "pause",
    }


def _requests(full: FullOffice, calls: Sequence[str]) -> None:
    """One that waits, and one by which a call is open."""
    lena = full.sign_in(NAMES[Role.LINE_MANAGER])
    opened = full.client.post("/requests", {"purpose": "Training of new staff", "calls": [calls[1]]}, token=lena)
    ends = round((datetime.now(UTC) + timedelta(days=5)).timestamp() * 1000)
    decision = {"calls": [calls[1]], "ends_at_ms": ends, "reason": ""}
    full.ask(f"/requests/{opened['request_id']}/approve", decision)
    asked = {"purpose": "Complaint 4711: what was promised", "wanted": {"number": NUMBER[-4:]}}
    waits = full.client.post("/requests", {"calls": [], **asked}, token=lena)
    full.objects |= {"request_id": str(waits["request_id"]), "granted_call": calls[1]}


def _keeping(full: FullOffice, calls: Sequence[str]) -> None:
    placing = {"purpose": "Claim 12 of the insurer", "review_on": _in_days(5), "calls": [calls[2]], "restricts": False}
    full.objects["hold_id"] = str(full.ask("/holds", placing)["hold_id"])
    full.ask("/erasures", {"calls": [calls[3]], "because": "asked for"})


def _case(full: FullOffice, calls: Sequence[str]) -> None:
    new = {"kind": "subject_access", "received_on": _in_days(-20), "subject_name": "Jo Bloggs", "asked": "All calls."}
    case = str(full.ask("/cases", {**new, "numbers": [NUMBER], "extension": "", "words": ""})["case_id"])
    full.ask(f"/cases/{case}/add", {"recording_id": calls[0]})
    part = {"paper_id": "", "n": 0, "content": base64.b64encode(b"%PDF-1.7 " + os.urandom(40)).decode()}
    paper = str(full.ask(f"/cases/{case}/papers/parts", part)["paper_id"])
    kept = full.ask(f"/cases/{case}/papers", {"kind": "letter", "name": "letter.pdf", "paper_id": paper})
    full.objects |= {"case_id": case, "paper_id": str(kept.get("paper_id", paper))}


def _log_a_call(full: FullOffice) -> None:
    """One that should have been recorded and was not."""
    now_ms = round(datetime.now(UTC).timestamp() * 1000)
    call = LoggedCall(now_ms - 3_600_000, 95_000, "inbound", EXTENSION, "T1", NUMBER)
    table = CallLogTable(full.office.home.catalogue)
    table.add([LogRow(LOGGED, "pbx", "main", call, True, "line main: always recorded", "standard", now_ms)])
    table.save([RowOutcome(LOGGED, "missed")])
    table.close()
    full.objects["row_id"] = LOGGED


def _what_the_law_asks(full: FullOffice) -> None:
    aware_ms = round((datetime.now(UTC) - timedelta(hours=30)).timestamp() * 1000)
    about = {"what": "A copy went to the wrong address.", "whose": "One caller's.", "effects": "None known."}
    breach = full.ask("/breaches", {"aware_at_ms": aware_ms, **about})["breach_id"]
    named = {"duty": "fee_paid", "paper": "staff-notice", "slug": "pausing", "lesson": "pausing"}
    full.objects |= {**named, "breach_id": str(breach)}


def _programs(full: FullOffice) -> None:
    made = full.ask("/programs", {"name": "Till", "scopes": ["calls:list", f"pause:{EXTENSION}"], "expires_at_ms": 0})
    hook = full.ask("/web-hooks", {"name": "CRM", "url": "https://crm.example/earmark", "numbers": False})
    full.objects |= {
        "program_id": str(made["program_id"]),
        "hook_id": str(hook["hook_id"]),
        "extension": EXTENSION,
        "name": "lines",
        "item": "0",
        "prompt": "closed",
    }


def _change_settings(full: FullOffice) -> None:
    token = full.sign_in(NAMES[Role.ADMINISTRATOR])
    now = full.client.get("/settings", token=token)
    changed = {**now["document"], "panel": {"kind": "none"}}
    full.client.post("/settings", {"document": changed, "version": now["version"]}, token=token)
    full.objects["change"] = str(full.client.get("/settings", token=token)["earlier"][0]["id"])


def _in_days(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()
