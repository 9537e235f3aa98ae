"""Whatever people do through the opener is evidence, and so is whatever they were not let do: every route is walked.

A new route fails this test until it has a step, or is named among those that change nothing and show nobody's call.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pyrage
import pytest
from sqlalchemy import insert

import firmware.prompts
from firmware.adapters.catalogue.database import open_beside_the_recorder
from firmware.adapters.catalogue.retention import RetentionRows
from firmware.adapters.catalogue.schema import call_log
from firmware.adapters.control.client import ControlClient, RequestRefused
from firmware.adapters.control.server import Handler
from firmware.core.access_policy import Role
from firmware.core.errors import NotAllowed, SignInRefused
from firmware.core.home import Home
from firmware.core.retention import SIX_YEARS, Period, RetentionClass
from firmware.ports.retention import AppliedClass
from tests.integration.further_people import add_people, office_key_of, person_of
from tests.integration.sealed_call import seal_call
from tests.integration.web_office import ADMINISTRATOR, LISTENER, NUMBER, WebOffice, new_record, web_office
from webui.audit.evidence_kinds import GROUPS

PEOPLE = {
    "dora": Role.DIRECTOR,
    "otto": Role.DATA_PROTECTION_OFFICER,
    "lena": Role.LINE_MANAGER,
    "fitter": Role.INSTALLER,
}
TODAY = datetime.now(UTC).date()
HOT = {
    "id": "temperature:cpu",
    "check": "temperature",
    "title": "Temperature",
    "what": "The processor is at 78 °C.",
    "severity": "attention",
    "fix": {"words": "Give it air."},
    "since_ms": 0,
}
LONG = RetentionClass("long", Period(years=10))
LATER = TODAY + timedelta(days=90)
#: What only reads what people may see of the office itself, or is a first half whose second half is told.
CHANGES_NOTHING = {
    "GET /account",
    "GET /account/words",
    "GET /backup/people",
    "GET /desk",
    "GET /desks/standing",
    "GET /grants",
    "GET /health",
    "GET /lessons",
    "GET /keys/rewrap",
    "GET /recipients",
    "GET /requests",
    "GET /requests/{request_id}",
    "GET /session",
    "GET /set-up",
    "GET /sign-in/stage",
    "GET /web-hooks/to-call",
    "POST /account/passkeys/begin",
    "POST /account/totp/begin",
    "POST /case/end",
    "POST /join/look",
    "POST /keys/rewrap",
    "POST /refused",
    "POST /sign-in/passkey",
}
#: Told as those of one-time codes are; they need a browser's passkey (test_second_factor).
AS_ONE_TIME_CODES = {
    "POST /account/passkeys/finish",
    "POST /account/passkeys/{passkey_id}/remove",
    "POST /sign-in/second-factor",
}
#: What shows something to those who may, and is a refusal to others. Searches and the evidence tell of their readers.
SHOWS = {
    "GET /audit/people",
    "GET /cases",
    "GET /cases/{case_id}",
    "GET /cases/{case_id}/papers/{paper_id}",
    "GET /cases/{case_id}/papers/{paper_id}/parts/{n}",
    "GET /desks",
    "GET /duties",
    "GET /erasures",
    "GET /holds",
    "GET /holds/{hold_id}",
    "GET /people",
    "GET /programs",
    "GET /recordings/{recording_id}/keeping",
    "GET /reports/mailed",
    "GET /requests/all",
    "GET /retention",
    "GET /searches",
}


@dataclass
class Walk:
    """Somebody's steps, one after the other. ``fitter``, who may do none of it, tries each before who may."""

    office: WebOffice
    phrases: dict[str, str]
    walked: set[str] = field(default_factory=set)
    tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client = ControlClient(self.office.home.opener_socket, 30)

    def sign_in(self, name: str) -> str:
        answer = self.client.post("/sign-in", {"user": name, "password": self.phrases[name]})
        self.tokens[name] = str(answer["token"])
        return self.tokens[name]

    def told(self, before: int) -> list[str]:
        return self.office.recorder.kinds()[before:]

    def step(
        self,
        who: str,
        route: str,
        kind: str,
        body: Mapping[str, Any] | None = None,
        *,
        anybody: bool = False,
        **names: str,
    ) -> dict[str, Any]:
        """``kind``: what is told when ``who`` does it. ``anybody``: there is no role that may not."""
        if not anybody:
            self.is_refused(route, body, **names)
        before = len(self.office.recorder.evidence)
        answer = self._ask(self.tokens.get(who, ""), route, body, names)
        assert kind in self.told(before), f"{route} told {self.told(before)}"
        self.walked.add(route)
        return answer

    def send(self, who: str, route: str, body: Mapping[str, Any], **names: str) -> dict[str, Any]:
        """Bring what a later step keeps, and tells of."""
        self.is_refused(route, body, **names)
        return self._ask(self.tokens[who], route, body, names)

    def is_refused(self, route: str, body: Mapping[str, Any] | None = None, **names: str) -> None:
        before = len(self.office.recorder.evidence)
        with pytest.raises(NotAllowed):
            self._ask(self.tokens["fitter"], route, body, names)
        (kind,) = self.told(before)
        assert kind.endswith("-refused"), route
        self.walked.add(route)

    def _ask(self, token: str, route: str, body: Mapping[str, Any] | None, names: Mapping[str, str]) -> dict[str, Any]:
        method, path = route.split(" ", 1)
        path = path.format(**names)
        return self.client.get(path, token=token) if method == "GET" else self.client.post(path, body, token=token)


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    keeper: dict[str, Handler] = {"POST /retention/confirm": lambda _: {}, "POST /look-now": lambda _: {}}
    keeper |= {"GET /findings": lambda _: {"findings": [HOT]}, "POST /findings/acknowledge": lambda _: {}}
    keeper |= {"POST /alerts/test": lambda _: {"destinations": []}}
    keeper |= {"POST /reports/send": lambda _: {"first": TODAY.isoformat(), "last": TODAY.isoformat(), "trouble": ""}}
    with web_office(tmp_path, keeper_of=lambda _: keeper) as office:
        key = office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER])
        walk = Walk(office, {**office.pass_phrases, **add_people(office.home, key, PEOPLE)})
        for name in PEOPLE:
            walk.sign_in(name)
        yield walk


def test_every_route_tells_what_was_done_and_what_was_refused(walk: Walk) -> None:
    home = walk.office.home
    calls = [seal_call(home, new_record(datetime.now(UTC) - timedelta(hours=each)), 4.0) for each in (1, 2, 3)]
    first, second, third = (call.recording_id for call in calls)
    keep_by_class(home)
    come_in(walk)
    listen(walk, first)
    decide(walk, first)
    keep(walk, second, third)
    work_on_a_case(walk, first)
    compare_with_the_call_log(walk)
    look_after_people(walk)
    be_led_through_setting_up(walk)
    do_what_the_law_asks(walk)
    look_after_oneself(walk)
    look_after_the_box(walk)
    connect_programs(walk, first)
    change_settings(walk)
    for route in sorted(SHOWS):
        walk.is_refused(route, case_id="c", paper_id="p", n="0", hold_id="h", recording_id=first)
    accounted_for = walk.walked | CHANGES_NOTHING | AS_ONE_TIME_CODES
    assert walk.office.routes - accounted_for == set()
    assert accounted_for - walk.office.routes == set()
    words = {kind for group in GROUPS.values() for kind in group}
    assert set(walk.office.recorder.kinds()) - words == set(), "told, and without words on the page of the evidence"


def keep_by_class(home: Home) -> None:
    """As the keeper does when it first looks."""
    engine = open_beside_the_recorder(home.catalogue)
    for each in (SIX_YEARS, LONG):
        RetentionRows(engine, home.catalogue).apply(AppliedClass(each, "Europe/London"))
    engine.dispose()


def come_in(walk: Walk) -> None:
    wrong = {"user": "dora", "password": "not the pass phrase"}
    before = len(walk.office.recorder.evidence)
    with pytest.raises(SignInRefused):
        walk.client.post("/sign-in", wrong)
    assert walk.told(before) == ["sign-in-refused"]
    right = {"user": "dora", "password": walk.phrases["dora"]}
    walk.tokens["once more"] = walk.step("", "POST /sign-in", "signed-in", right, anybody=True)["token"]
    walk.step("once more", "POST /sign-out", "signed-out", anybody=True)
    wrong = {"name": "dora", "password": "an entirely new pass phrase", "recovery_key": "AGE-SECRET-KEY-1NONE"}
    before = len(walk.office.recorder.evidence)
    with pytest.raises(SignInRefused):
        walk.client.post("/recovery", wrong)
    assert walk.told(before) == ["recovery-refused"]
    walk.walked.add("POST /recovery")


def listen(walk: Walk, call: str) -> None:
    walk.step("dora", "POST /search", "searched", {"query": {"find": NUMBER}})
    walk.step("dora", "POST /searches", "search-saved", {"name": "the caller", "query": {"find": NUMBER}})
    walk.step("dora", "POST /searches/delete", "search-deleted", {"name": "the caller"})
    for use, kind in (("listen", "listened"), ("download", "downloaded"), ("export", "exported")):
        walk.step("dora", "POST /open", kind, {"recording_id": call, "purpose": "complaint", "use": use})
    signed = {"digest": base64.b64encode(bytes(32)).decode(), "vcon": "01234567-89ab-8cde-8f01-23456789abcd"}
    walk.step("dora", "POST /recordings/{recording_id}/sign", "vcon-signed", signed, recording_id=call)
    walk.step("dora", "POST /recordings/{recording_id}/notes", "note-written", {"text": "heard"}, recording_id=call)


def decide(walk: Walk, call: str) -> None:
    def asked() -> str:
        asking = {"purpose": "complaint 4711", "calls": [call]}
        return str(walk.step("lena", "POST /requests", "access-requested", asking)["request_id"])

    ends = round((datetime.now(UTC) + timedelta(days=1)).timestamp() * 1000)
    one = asked()
    chosen = {"calls": [call], "ends_at_ms": ends, "reason": ""}
    walk.step("dora", "POST /requests/{request_id}/approve", "access-approved", chosen, request_id=one)
    walk.step("dora", "POST /requests/{request_id}/end", "access-ended", {"reason": "done"}, request_id=one)
    no = {"reason": "not needed"}
    walk.step("dora", "POST /requests/{request_id}/refuse", "access-refused", no, request_id=asked())
    walk.step("lena", "POST /requests/{request_id}/withdraw", "access-ended", anybody=True, request_id=asked())


def keep(walk: Walk, held: str, erased: str) -> None:
    placing = {"purpose": "claim 12", "review_on": LATER.isoformat(), "calls": [held]}
    hold = str(walk.step("dora", "POST /holds", "hold-placed", placing)["hold_id"])
    again = {"because": "goes on", "review_on": LATER.isoformat()}
    walk.step("dora", "POST /holds/{hold_id}/review", "hold-reviewed", again, hold_id=hold)
    walk.step("dora", "POST /erasures", "erase-refused", {"calls": [held], "because": "asked for"})
    walk.step("dora", "POST /holds/{hold_id}/release", "hold-released", {"because": "settled"}, hold_id=hold)
    other = {"class": LONG.name, "because": "by hand"}
    walk.step("dora", "POST /recordings/{recording_id}/class", "retention-changed", other, recording_id=held)
    spans = {"spans": [[1000, 2000]], "because": "a card number"}
    walk.step("dora", "POST /recordings/{recording_id}/redact", "redaction-ordered", spans, recording_id=held)
    walk.step("dora", "POST /erasures", "erase-ordered", {"calls": [erased], "because": "asked for"})
    shorter = {"class": "standard", "erases": 0, "sooner": 0, "because": "as decided"}
    walk.step("dora", "POST /retention/confirm", "retention-confirmed", shorter)
    full = {"when_full": "stop", "shorten": [], "because": "as decided"}
    walk.step("dora", "POST /space-choice", "space-choice", full)
    walk.step("dora", "POST /box-acts", "box-act", {"act": "open-data-disk"})


def work_on_a_case(walk: Walk, call: str) -> None:
    who = {"numbers": [NUMBER], "extension": "", "words": ""}
    new = {
        "kind": "subject_access",
        "received_on": TODAY.isoformat(),
        "subject_name": "Jo Bloggs",
        "asked": "all",
    } | who
    case = str(walk.step("dora", "POST /cases", "case-opened", new)["case_id"])
    proved = {"what": "extended", "on": TODAY.isoformat(), "because": "many calls"}
    walk.step("dora", "POST /cases/{case_id}/clock", "case-changed", proved, case_id=case)
    walk.step("dora", "POST /cases/{case_id}/add", "case-changed", {"recording_id": call}, case_id=case)
    walk.step("dora", "POST /cases/{case_id}/find", "searched", who, case_id=case)
    yes = {"calls": [call], "state": "included", "reason": ""}
    walk.step("dora", "POST /cases/{case_id}/decide", "case-changed", yes, case_id=case)
    muted = {"recording_id": call, "muted": []}
    walk.step("dora", "POST /cases/{case_id}/mute", "case-changed", muted, case_id=case)
    walk.step("dora", "POST /cases/{case_id}/open", "bundle-opened", {"recording_id": call}, case_id=case)
    part = {"paper_id": "", "n": 0, "content": base64.b64encode(b"%PDF").decode()}
    arrived = walk.send("dora", "POST /cases/{case_id}/papers/parts", part, case_id=case)["paper_id"]
    paper = {"kind": "letter", "name": "letter.pdf", "paper_id": arrived}
    walk.step("dora", "POST /cases/{case_id}/papers", "case-paper-added", paper, case_id=case)
    bundle = {"name": "bundle.zip", "sha256": "0" * 64, "bytes": 1, "calls": [call]}
    walk.step("dora", "POST /cases/{case_id}/bundles", "bundle-made", bundle, case_id=case)
    walk.step("dora", "POST /cases/{case_id}/close", "case-closed", {"outcome": "sent"}, case_id=case)


def compare_with_the_call_log(walk: Walk) -> None:
    engine, texts = open_beside_the_recorder(walk.office.home.catalogue), ("source", "line", "reference", "decided_by")
    row: dict[str, Any] = {"id": "a" * 32, "direction": "inbound", "retention_class": "standard", "state": "missed"}
    row |= dict.fromkeys(("started_at_ms", "duration_ms", "resolution_s", "meant", "received_at_ms"), 1)
    with engine.begin() as connection:
        connection.execute(insert(call_log).values(row | dict.fromkeys(texts, "log")))
    engine.dispose()
    why = {"because": "the box was being moved"}
    walk.step("dora", "POST /call-log/{row_id}/explain", "missed-recording-explained", why, row_id="a" * 32)
    new: dict[str, Any] = {"kind": "subject_access", "received_on": TODAY.isoformat(), "subject_name": "Jo Bloggs"}
    new |= {"asked": "all", "numbers": [NUMBER], "extension": "", "words": ""}
    case = walk.client.post("/cases", new, token=walk.tokens["dora"])["case_id"]
    walk.step("dora", "POST /call-log/of-person", "searched", {"case_id": case})
    erasing = {"rows": ["a" * 32], "because": "asked for"}
    walk.is_refused("POST /call-log/erase", erasing)
    before = len(walk.office.recorder.evidence)
    with pytest.raises(RequestRefused):  # the recorder, whose table it is, is not here
        walk.client.post("/call-log/erase", erasing, token=walk.tokens["dora"])
    assert walk.told(before) == ["logged-calls-erase-ordered"]


def be_led_through_setting_up(walk: Walk) -> None:
    said = {"note": "in the office safe", "about": ""}
    walk.step("dora", "POST /set-up/{what}", "set-up-said", said, what="key-in-safe")
    walk.step("dora", "POST /set-up/aside", "set-up-taken-up", {"aside": False})
    walk.step("dora", "POST /set-up/aside", "set-up-put-aside", {"aside": True})
    walk.step("dora", "POST /alerts/test", "alerts-tried")


def look_after_people(walk: Walk) -> None:
    walk.step("dora", "POST /findings/acknowledge", "finding-acknowledged", {"finding": HOT["id"]})
    someone = {"name": "nora", "role": "services_manager", "extension": ""}
    wrong = str(walk.step("dora", "POST /invitations", "person-invited", someone)["invitation_id"])
    path = "POST /invitations/{invitation_id}/withdraw"
    walk.step("dora", path, "invitation-withdrawn", invitation_id=wrong)
    code = walk.step("dora", "POST /invitations", "person-invited", someone)["code"]
    phrase = "a pass phrase of nora's own"
    walk.step("", "POST /join", "person-joined", {"name": "nora", "code": code, "password": phrase}, anybody=True)
    nora = person_of(walk.office.home, "nora").person_id
    people = walk.client.get("/people", token=walk.tokens["dora"])["people"]
    (shown,) = [each for each in people if each["person_id"] == nora]
    same = {"fingerprint": shown["fingerprint"]}
    walk.step("dora", "POST /people/{person_id}/confirm", "person-confirmed", same, person_id=nora)
    other = {"role": "line_manager", "extension": "203"}
    walk.step("dora", "POST /people/{person_id}/change", "person-changed", other, person_id=nora)
    walk.step("dora", "POST /people/{person_id}/vouch", "vouched", {"for": "lock"}, person_id=nora)
    walk.step("dora", "POST /people/{person_id}/invite-again", "person-invited", person_id=nora)
    walk.step("dora", "POST /people/{person_id}/leave", "person-left", person_id=nora)


def do_what_the_law_asks(walk: Walk) -> None:
    said = {"on": TODAY.isoformat(), "until": "", "because": "The register's letter is in the safe."}
    walk.step("dora", "POST /duties/{duty}/confirm", "duty-confirmed", said, duty="fee_paid")
    walk.step("lena", "POST /lessons/{lesson}/read", "training-read", anybody=True, lesson="pausing")
    about = {"what": "A copy went to the wrong address.", "whose": "One caller's.", "effects": "None known."}
    now_ms = int(datetime.now(UTC).timestamp() * 1000) - 60_000
    found = walk.step("otto", "POST /breaches", "breach-recorded", {"aware_at_ms": now_ms, **about})
    breach = found["breach_id"]
    for whom in ("commissioner", "people"):
        told = {"whom": whom, "needed": False, "at_ms": now_ms, "because": "The archive was encrypted."}
        told["seen"] = found["version"]
        found = walk.step("otto", "POST /breaches/{breach_id}/answer", "breach-changed", told, breach_id=breach)
    done = {"measures": "The address book was put right.", "seen": found["version"]}
    walk.step("otto", "POST /breaches/{breach_id}/close", "breach-closed", done, breach_id=breach)
    walk.step("dora", "POST /evidence-pack", "evidence-pack-made", {"contents": ["settings", "audit"]})


def look_after_oneself(walk: Walk) -> None:
    proof = {"password": walk.phrases["otto"]}
    secret = walk.client.post("/account/totp/begin", proof, token=walk.tokens["otto"])["secret"]
    code = {"code": pyotp.TOTP(secret).now()}
    walk.step("otto", "POST /account/totp/finish", "second-factor-set", code, anybody=True)
    walk.step("otto", "POST /account/recovery-codes", "second-factor-set", proof, anybody=True)
    walk.step("otto", "POST /account/totp/remove", "second-factor-removed", proof, anybody=True)
    before = len(walk.office.recorder.evidence)
    with pytest.raises(SignInRefused):
        wrong = {"password": "not the pass phrase", "new_password": "another pass phrase of otto's"}
        walk.client.post("/account/password", wrong, token=walk.tokens["otto"])
    assert walk.told(before) == ["sign-in-refused"]
    new = proof | {"new_password": "another pass phrase of otto's"}
    walk.step("otto", "POST /account/password", "password-changed", new, anybody=True)
    walk.phrases["otto"] = new["new_password"]
    earlier = walk.tokens["otto"]
    session = walk.client.get("/session", token=earlier)["session_id"]
    walk.sign_in("otto")
    path = "POST /account/sessions/{session_id}/end"
    walk.step("otto", path, "signed-out", anybody=True, session_id=session)
    walk.step("otto", "POST /account/sign-out-everywhere", "signed-out-everywhere", anybody=True)


def look_after_the_box(walk: Walk) -> None:
    code = walk.step("dora", "POST /desks", "desk-offered", {"name": "Front desk", "extension": "201"})["code"]
    desk = walk.step("", "POST /desks/pair", "desk-paired", {"code": code}, anybody=True)["desk_id"]
    walk.step("dora", "POST /desks/{desk_id}/revoke", "desk-revoked", desk_id=desk)
    walk.step("dora", "POST /audit/lines", "evidence-read", {})
    days = {"first": TODAY.isoformat(), "last": TODAY.isoformat()}
    walk.step("dora", "POST /reports/look", "report-seen", {"report": "calls", **days})
    walk.step("dora", "POST /reports/listening", "report-taken", {**days, "copy": "CSV"})
    mailed = {"report": "calls", "every": "month", "addresses": "board@example.org"}
    walk.step("dora", "POST /reports/mailed", "report-ordered", mailed)
    walk.step("dora", "POST /reports/send", "report-asked", {"report": "calls"})
    walk.step("dora", "POST /audit/day", "evidence-exported", {"day": TODAY.isoformat(), "offset": 0})
    walk.step("dora", "POST /keys/rotate", "key-rotated")
    new = {"public_key": str(pyrage.x25519.Identity.generate().to_public())}
    walk.step("dora", "POST /keys/recovery", "recovery-key-replaced", new)


def change_settings(walk: Walk) -> None:
    token = walk.sign_in(ADMINISTRATOR)
    now = walk.client.get("/settings", token=token)
    document, version = now["document"], now["version"]
    call = dict.fromkeys(("calling", "dialled", "at", "line", "direction"), "")
    looks: dict[str, dict[str, Any]] = {
        "GET /settings": {},
        "POST /settings/check": {"document": document},
        "POST /settings/explain": call,
        "POST /settings/file/look": {"toml": "", "name": "a.toml"},
        "POST /settings/back/look": {"change": "c"},
        "GET /prompts": {},
        "GET /prompts/{prompt}/sound": {},
    }
    for route, body in looks.items():
        walk.is_refused(route, body, prompt="closed")
    new = {"document": {**document, "pause": {"resume_after_s": 240}}, "version": version}
    walk.step(ADMINISTRATOR, "POST /settings", "settings-changed", new)
    walk.step(ADMINISTRATOR, "POST /settings/file", "settings-exported", {"reveal": True})
    now = walk.client.get("/settings", token=token)
    back = {"change": now["earlier"][0]["id"], "version": now["version"]}
    walk.step(ADMINISTRATOR, "POST /settings/back", "settings-changed", back)
    version = walk.client.get("/settings", token=token)["version"]
    toml = '[office]\nname = "Another"\n[sign_in]\nsecond_factor = "offered"\n'
    file = {"toml": toml, "name": "a.toml", "version": version}
    walk.step(ADMINISTRATOR, "POST /settings/file/take", "settings-changed", file)
    walk.step(ADMINISTRATOR, "POST /settings/restart-now", "settings-changed")
    sound = (Path(next(iter(firmware.prompts.__path__))) / "closed.wav").read_bytes()
    walk.send(ADMINISTRATOR, "POST /prompt-sound", {"offset": 0, "part": base64.b64encode(sound).decode()})
    walk.step(ADMINISTRATOR, "POST /prompts/{prompt}", "prompt-kept", prompt="ours")
    walk.step(ADMINISTRATOR, "POST /prompts/{prompt}/remove", "prompt-removed", prompt="ours")


def connect_programs(walk: Walk, call: str) -> None:
    till = {"name": "Till", "scopes": ["pause:201", "tags:write"], "expires_at_ms": None}
    made = walk.step("dora", "POST /programs", "program-made", till)
    walk.tokens["till"] = made["token"]
    paused = {"scope": "pause:201", "what": "paused calls of 201"}
    walk.step("till", "POST /program/use", "program-used", paused, anybody=True)
    shown = {"scope": "", "what": "listed calls", "rows": 1000}
    walk.step("till", "POST /program/shown", "program-used", shown, anybody=True)
    before = len(walk.office.recorder.evidence)
    with pytest.raises(NotAllowed):
        listing = {"scope": "calls:list", "what": "listed calls"}
        walk.client.post("/program/use", listing, token=walk.tokens["till"])
    assert walk.told(before) == ["program-refused"]
    tag = {"recording_id": call, "tag": "order-4711"}
    walk.step("till", "POST /program/tag", "call-tagged", tag, anybody=True)
    walk.step("dora", "POST /programs/{program_id}/revoke", "program-revoked", program_id=made["program_id"])
    hook = {"name": "CRM", "url": "https://crm.example.org/calls", "numbers": False}
    hook_id = walk.step("dora", "POST /web-hooks", "web-hook-set", hook)["hook_id"]
    walk.step("dora", "POST /web-hooks/{hook_id}/remove", "web-hook-removed", hook_id=hook_id)


def test_what_the_page_refuses_by_itself_is_told_too(walk: Walk) -> None:
    browser = walk.office.signed_in("sam")
    before = len(walk.office.recorder.evidence)
    for _ in range(2):
        assert browser.get("/calls").status_code == 403
    (entry,) = [each for each in walk.office.recorder.evidence[before:] if each["kind"].endswith("-refused")]
    assert (entry["kind"], entry["detail"]["why"]) == (
        "action-refused",
        "The role Administrator may not see recordings.",
    )
