"""Codes that one person tells another and that are typed once: invitations, vouchers, recovery codes, desks."""

from __future__ import annotations

#: Letters and digits that nobody takes for each other, read aloud or from a screen.
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def shown_code(code: str, group: int = 4) -> str:
    """As people read it: ``K7PX-3MQD``."""
    return "-".join(code[start : start + group] for start in range(0, len(code), group))


def typed_code(text: str) -> str:
    """A code as it was made, however it was typed: case, spaces and hyphens do not count."""
    return "".join(letter for letter in text.upper() if letter.isalnum())
