"""The error family."""

from __future__ import annotations

from firmware.core import errors
from firmware.core.errors import EarmarkError


def family() -> list[type[EarmarkError]]:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, EarmarkError)]
    return [kind for kind in kinds if kind is not EarmarkError]


def test_every_error_has_an_exit_code_of_its_own() -> None:
    codes = [kind.exit_code for kind in family()]
    assert len(set(codes)) == len(codes)
    assert not {0, 1, 2} & set(codes)


def test_an_error_says_what_happened_and_what_to_do() -> None:
    assert str(EarmarkError("The disk is full.", "Make room.")) == "The disk is full. Make room."
    assert str(EarmarkError("The disk is full.")) == "The disk is full."
