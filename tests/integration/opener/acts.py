"""What people do to each other through the opener, as tests ask for it."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.adapters.control.client import path_of
from firmware.core.access_policy import Role
from firmware.core.errors import SignInRefused
from firmware.services.vouchers import VouchedFor
from tests.integration.opener_box import Box

OTHER_WORDS = "quite another set of words"


def person_path(box: Box, name: str, what: str) -> str:
    return path_of("people", box.person(name).person_id, what)


def confirm(box: Box, token: str, name: str, fingerprint: str) -> None:
    box.client.post(person_path(box, name, "confirm"), {"fingerprint": fingerprint}, token=token)


def listening(box: Box, token: str, name: str = "ben") -> str:
    """A second listener, joined and confirmed; the token of their sign-in."""
    joined = box.join(token, name, Role.SERVICES_MANAGER)
    confirm(box, token, name, joined["fingerprint"])
    return box.sign_in(name)


def shown(box: Box, token: str, name: str) -> dict[str, Any]:
    people = box.client.get("/people", token=token)["people"]
    return next(dict(each) for each in people if each["name"] == name)


def voucher_for(box: Box, name: str) -> str:
    """As if another listener had given it."""
    return box.parts.vouchers.give(box.person(name).person_id, VouchedFor.LOCK).code


def lock(box: Box, name: str) -> None:
    for _ in range(10):
        with pytest.raises(SignInRefused):
            box.sign_in(name, "wrong")
        box.clock.now_s += 61
    with pytest.raises(SignInRefused, match="locked"):
        box.sign_in(name)
