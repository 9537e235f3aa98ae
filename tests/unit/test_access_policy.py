"""The table of roles against actions, cell by cell."""

from __future__ import annotations

import pytest

from firmware.core.access_policy import Action, Role, may, role_may_open

ALLOWED = {
    (Role.ADMINISTRATOR, Action.SEE_HEALTH),
    (Role.ADMINISTRATOR, Action.CHANGE_SETTINGS),
    (Role.ADMINISTRATOR, Action.ADD_PEOPLE),
    (Role.ADMINISTRATOR, Action.PAIR_DESKS),
    (Role.LISTENER, Action.SEE_HEALTH),
    (Role.LISTENER, Action.SEE_RECORDINGS),
    (Role.LISTENER, Action.LISTEN),
    (Role.LISTENER, Action.DOWNLOAD),
    (Role.LISTENER, Action.EXPORT),
    (Role.LISTENER, Action.SEE_CALLS),
    (Role.LISTENER, Action.END_CALL),
    (Role.LISTENER, Action.STEER_RECORDING),
    (Role.LISTENER, Action.PAIR_DESKS),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_each_role_may_do_what_the_table_says_and_nothing_else(role: Role, action: Action) -> None:
    assert may(role, action) == ((role, action) in ALLOWED)


def test_the_office_key_is_sealed_to_listeners_and_never_to_the_administrator() -> None:
    assert [role for role in Role if role_may_open(role)] == [Role.LISTENER]
