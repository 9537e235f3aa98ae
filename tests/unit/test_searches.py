"""Every search is told in the evidence before anything is shown; what is merely drawn again is not told again."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from firmware.core.access_policy import Role
from firmware.core.errors import NotAllowed, SignInRefused
from firmware.services.lately_told import SAME_FOR_S
from firmware.services.opener_sessions import Session
from firmware.services.searches import Searches
from tests.hand_set_clock import HandSetClock


class Office:
    """Two sign-ins: a manager's and an administrator's."""

    def __init__(self) -> None:
        self.clock = HandSetClock()
        self.told: list[tuple[str, Mapping[str, str], Mapping[str, Any]]] = []
        self.searches = Searches(self, self.clock)

    def session(self, token: str, *, activity: bool = True) -> Session:
        roles = {"manager": Role.SERVICES_MANAGER, "administrator": Role.ADMINISTRATOR}
        if token not in roles:
            raise SignInRefused("This sign-in has ended.")
        person = SimpleNamespace(person_id="p1", name=token, role=roles[token])
        return cast(Session, SimpleNamespace(person=person, session_id=f"s-{token}"))

    def enter_soon(self, kind: str, subject: Mapping[str, str], detail: Mapping[str, Any]) -> None:
        self.told.append((kind, subject, detail))


def test_what_was_searched_for_is_in_the_detail_and_not_in_the_line() -> None:
    office = Office()
    office.searches.search("manager", {"number": "0123"})
    assert office.told == [
        (
            "searched",
            {"person": "p1", "session": "s-manager"},
            {"name": "manager", "query": {"number": "0123"}},
        )
    ]


def test_the_same_search_drawn_again_is_told_once_until_nobody_looked_for_a_while() -> None:
    office = Office()
    for _ in range(20):
        office.searches.search("manager", {"number": "0123"})
        office.clock.now_s += SAME_FOR_S - 1
    assert len(office.told) == 1
    office.clock.now_s += 2
    office.searches.search("manager", {"number": "0123"})
    assert len(office.told) == 2


def test_every_other_search_is_told() -> None:
    office = Office()
    for query in ({}, {"number": "0123"}, {"number": "012"}, {"number": "012", "line": "main"}):
        office.searches.search("manager", query)
    assert [detail["query"] for _, _, detail in office.told] == [
        {},
        {"number": "0123"},
        {"number": "012"},
        {"number": "012", "line": "main"},
    ]


@pytest.mark.parametrize("query", [{}, {"number": "0123"}])
def test_who_may_not_search_is_refused_and_that_is_told(query: dict[str, str]) -> None:
    office = Office()
    with pytest.raises(NotAllowed):
        office.searches.search("administrator", query)
    assert [kind for kind, _, _ in office.told] == ["search-refused"]


def test_nobody_searches_without_a_sign_in() -> None:
    office = Office()
    with pytest.raises(SignInRefused):
        office.searches.search("gone", {})
    assert office.told == []
