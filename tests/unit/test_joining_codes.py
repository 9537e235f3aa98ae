"""Codes that are told and typed once, invitations, and what their holders must wait for."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.access_policy import Role
from firmware.core.invitation import LASTS_MS, WRONG_CODES_ALLOWED, Invitation
from firmware.core.typed_code import CODE_LETTERS, shown_code, typed_code


def invitation(role: Role = Role.LINE_MANAGER, *, by_holder: bool = True) -> Invitation:
    return Invitation("i" * 32, "p" * 32, "ben", role, "201", "d" * 64, LASTS_MS, "a" * 32, by_holder)


@given(st.text(CODE_LETTERS, min_size=1, max_size=20), st.integers(1, 8))
def test_a_code_is_the_same_however_it_is_shown_and_typed(code: str, group: int) -> None:
    shown = shown_code(code, group)
    assert typed_code(shown) == typed_code(shown.lower().replace("-", " ")) == code
    assert all(len(part) <= group for part in shown.split("-"))


def test_nobody_takes_one_letter_of_a_code_for_another() -> None:
    assert not set("01IOL") & set(CODE_LETTERS)


@pytest.mark.parametrize("role", Role)
def test_whom_a_listener_invites_waits_only_for_a_key(role: Role) -> None:
    assert invitation(role).must_be_confirmed == (role in {Role.DIRECTOR, Role.SERVICES_MANAGER})


@pytest.mark.parametrize("role", Role)
def test_whom_an_administrator_invites_waits_unless_they_see_no_numbers(role: Role) -> None:
    waits = invitation(role, by_holder=False).must_be_confirmed
    assert waits == (role not in {Role.ADMINISTRATOR, Role.INSTALLER})


def test_an_invitation_ends_by_time_or_by_wrong_codes() -> None:
    made = invitation()
    assert made.is_good(LASTS_MS - 1)
    assert not made.is_good(LASTS_MS)
    for _ in range(WRONG_CODES_ALLOWED):
        assert made.is_good(0)
        made = made.with_wrong_code()
    assert not made.is_good(0)


def test_an_invitation_reads_as_it_was_written() -> None:
    made = invitation().with_wrong_code()
    assert Invitation.from_json(json.loads(json.dumps(made.to_json()))) == made
