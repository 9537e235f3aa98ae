"""Finds from the box how setting up stands, and hands on what people say of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from firmware.adapters.catalogue.reader import RecordingQuery
from firmware.adapters.control.client import ControlClient, path_of
from firmware.core.access_policy import Action
from firmware.core.compliance.duty import Duty
from firmware.core.compliance.office_facts import NOTICE
from firmware.core.errors import EarmarkError
from firmware.core.set_up_book import Said, SetUpBook, Word
from webui.access.gatekeeper import allowed
from webui.access.opener import Visitor
from webui.compliance.checks import periods_chosen, staff_told
from webui.compliance.duty_desk import DutyDesk
from webui.compliance.facts import shown_day
from webui.guide.steps import DirectorsFacts, Part, directors_part
from webui.people.people_desk import PeopleDesk
from webui.recordings.catalogue import Catalogue
from webui.settings.prompt_desk import PromptDesk, PromptView
from webui.settings.settings_desk import SettingsDesk

_SPEAKS = frozenset({"sip", "generator"})
_NOTICES = ("inbound", "outbound", "on_demand")
#: What a newer opener knows and this page does not is not shown.
_KNOWN = frozenset(each.value for each in Said)

Found = TypeVar("Found")


@dataclass(frozen=True)
class GuideDesk:
    """Any thread. What is asked of one desk that does not answer is not known; the rest is told all the same."""

    opener: ControlClient
    patient: ControlClient
    people: PeopleDesk
    duties: DutyDesk
    settings: SettingsDesk
    prompts: PromptDesk
    catalogue: Catalogue

    def leads(self, who: Visitor) -> bool:
        """Whether they are led to the guide when they sign in: the office is new, and something is left."""
        if not allowed(who, Action.CONFIRM_DUTIES):
            return False
        book = _or_none(lambda: self.book(who))
        return book is not None and book.leads

    def book(self, who: Visitor) -> SetUpBook:
        told = self.opener.get("/set-up", token=who.token)
        words = {Said(what): Word(**word) for what, word in told["words"].items() if what in _KNOWN}
        return SetUpBook(told["begun_at_ms"], told["aside"], words)

    def directors_part(self, who: Visitor) -> Part:
        """Raises ServiceAway: the opener, without which nothing is known."""
        book = self.book(who)
        everybody = _or_none(lambda: self.people.everybody(who))
        facts = _or_none(lambda: self.duties.facts(who))
        document = _or_none(lambda: self.settings.shown(who).document)
        others = None if everybody is None else [each for each in everybody.people if not each.is_you]
        you = () if everybody is None else (each.second_factor for each in everybody.people if each.is_you)
        notices = None if document is None else notices_of(document)
        alerts_to = None if document is None else alerts_of(document)
        in_safe = book.words.get(Said.KEY_IN_SAFE)
        return directors_part(
            DirectorsFacts(
                second_factor=next(iter(you), None),
                typed_back=self._day(book.begun_at_ms),
                in_safe=in_safe.note if in_safe else "",
                colleagues=None if others is None or everybody is None else (len(others), len(everybody.invitations)),
                notices=notices,
                heard=notices is not None and self._heard(who, book, notices),
                keeping=None if facts is None else periods_chosen(facts),
                staff=None if facts is None else staff_told(facts),
                alerts_to=alerts_to,
                arrived=document is not None and book.holds(Said.ALERT_ARRIVED, alerts_digest(document)),
                calls=_or_none(lambda: bool(self.catalogue.recordings(RecordingQuery(limit=1)))),
            )
        )

    def document(self, who: Visitor) -> Mapping[str, Any]:
        """The settings, without secrets."""
        return self.settings.shown(who).document

    def played(self, who: Visitor, names: Sequence[str]) -> list[PromptView]:
        """The announcements of these names; where there are none, the one that is played if nothing else is chosen."""
        wanted = names or (NOTICE,)
        return [each for each in self.prompts.listed(who) if each.id in wanted]

    def notices_digest(self, who: Visitor, names: Sequence[str]) -> str:
        """Of what is played now: the sounds themselves."""
        digest = hashlib.sha256()
        for name in sorted(names or (NOTICE,)):
            digest.update(name.encode() + b"\0" + hashlib.sha256(self.prompts.sound(who, name)).digest())
        return digest.hexdigest()[:32]

    def say(self, who: Visitor, what: Said, note: str, about: str = "") -> None:
        self.opener.post(path_of("set-up", what.value), {"note": note[:2000], "about": about}, token=who.token)

    def confirm(self, who: Visitor, duty: Duty, because: str) -> None:
        today = datetime.now(self.duties.zone).date()
        self.duties.confirm(who, duty, {"on": today.isoformat(), "because": because})

    def try_alerts(self, who: Visitor) -> list[tuple[str, str]]:
        """By name of each destination, why it did not take the message; empty where it did."""
        told = self.patient.post("/alerts/test", token=who.token)["destinations"]
        return [(str(name), str(why)) for name, why in told]

    def put_aside(self, who: Visitor, *, aside: bool) -> None:
        self.opener.post("/set-up/aside", {"aside": aside}, token=who.token)

    def _heard(self, who: Visitor, book: SetUpBook, notices: Sequence[str]) -> bool:
        if Said.NOTICE_HEARD not in book.words:
            return False
        played = _or_none(lambda: self.notices_digest(who, notices))
        return played is not None and book.holds(Said.NOTICE_HEARD, played)

    def _day(self, unix_ms: int | None) -> str:
        if unix_ms is None:
            return ""
        return shown_day(datetime.fromtimestamp(unix_ms / 1000, UTC).astimezone(self.duties.zone).date())


def notices_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of all notices that lines play to callers, to whom is called, and where a recording starts later."""
    played = [
        str((line.get("notice") or {}).get(which) or "")
        for line in document["lines"]
        if line.get("kind") in _SPEAKS
        for which in _NOTICES
    ]
    return tuple(dict.fromkeys(name for name in played if name))


def alerts_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(each["name"]) for each in document["alerts"]["destinations"])


def alerts_digest(document: Mapping[str, Any]) -> str:
    """Of the places that alerts go to; their addresses are secrets and do not count."""
    return hashlib.sha256(json.dumps(sorted(alerts_of(document))).encode()).hexdigest()[:32]


def _or_none(ask: Callable[[], Found]) -> Found | None:
    try:
        return ask()
    except EarmarkError:
        return None
