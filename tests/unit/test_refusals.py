"""What somebody is refused is told in the evidence, once; nobody can have told what was not refused."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from firmware.adapters.control.peer_policy import PeerCredentials
from firmware.adapters.control.server import Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.cli.opener.refusals import telling_refusals
from firmware.core.access_policy import Action, Role
from firmware.core.errors import ActionRefused, NotAllowed, SignInRefused
from firmware.services.opener_sessions import Session
from tests.hand_set_clock import HandSetClock

RECORDING = "0" * 32


class Office:
    """A line manager is signed in. One of its routes refuses, another refuses and tells of that by itself."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Mapping[str, str], Mapping[str, Any]]] = []
        answers = {
            "POST /a": self._refuses,
            "GET /a": self._refuses,
            "POST /b": self._tells_itself,
            "POST /c": lambda _: {},
        }
        self._answers = telling_refusals(answers, self, HandSetClock())

    def session(self, token: str, *, activity: bool = True) -> Session:
        if token != "lena":
            raise SignInRefused("This sign-in has ended.")
        person = SimpleNamespace(person_id="p1", name=token, role=Role.LINE_MANAGER)
        return cast(Session, SimpleNamespace(person=person, session_id="s1"))

    def enter_soon(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> None:
        self.told.append((kind, subject, detail))

    def ask(self, route: str, token: str = "lena", **body: str) -> None:
        method, path = route.split(" ")
        self._answers[route](Request(method, path, PeerCredentials(1, 1, 1), body=body, token=token))

    @staticmethod
    def _refuses(_: Request) -> Mapping[str, Any]:
        raise NotAllowed("The role Line manager may not do that.")

    @staticmethod
    def _tells_itself(_: Request) -> Mapping[str, Any]:
        raise NotAllowed("Not this either.").as_told()


def test_a_refusal_is_told_with_who_and_what_and_a_look_once() -> None:
    office = Office()
    ids, detail = {"person": "p1", "session": "s1"}, {"name": "lena", "why": "The role Line manager may not do that."}
    for route, times in (("POST /a", 3), ("GET /a", 1)):
        for _ in range(3):
            with pytest.raises(NotAllowed):
                office.ask(route)
        assert office.told == [("action-refused", ids, detail)] * times
        office.told.clear()


def test_what_is_told_already_is_not_told_again_and_what_is_allowed_not_at_all() -> None:
    office = Office()
    with pytest.raises(NotAllowed):
        office.ask("POST /b")
    office.ask("POST /c")
    assert office.told == []


def test_of_a_stranger_there_is_nothing_to_tell() -> None:
    office = Office()
    with pytest.raises(NotAllowed):
        office.ask("POST /a", token="nobody")
    assert office.told == []


def test_the_page_tells_what_it_refused_by_itself() -> None:
    office = Office()
    office.ask("POST /refused", action=Action.LISTEN.value, recording_id=RECORDING)
    office.ask("POST /refused", action=Action.LISTEN.value, recording_id="../Jo Bloggs")
    assert [subject.get("recording") for _, subject, _ in office.told] == [RECORDING, "unknown"]
    assert office.told[0][2] == {"name": "lena", "why": "The role Line manager may not listen."}


def test_the_page_can_make_up_no_refusal() -> None:
    office = Office()
    for action, error in ((Action.REQUEST_ACCESS.value, ActionRefused), ("see everything", RequestRefused)):
        with pytest.raises(error):
            office.ask("POST /refused", action=action)
    with pytest.raises(SignInRefused):
        office.ask("POST /refused", token="nobody", action=Action.LISTEN.value)
    assert office.told == []
