"""Emergency numbers of the United Kingdom: calls that are never delayed, barred, limited or announced to.

999 and 112 (Ofcom General Condition A3), 18000 (Relay UK's emergency access for text users). An emergency number wins
over every dialling plan: an extension or outside-line prefix that looks like the start of one does not hide it.
"""

from __future__ import annotations

import re

EMERGENCY_NUMBERS = frozenset({"999", "112", "18000"})

_SEPARATORS = re.compile(r"[-.() ,]")


def emergency_number(dialled: str | None, outside_prefix: str = "") -> str | None:
    """The emergency number that was dialled, with the outside-line prefix taken off; None if it is not one.

    Args:
        dialled: what the phone sent, as digits; separators and pauses (``9,999``) do not matter.
        outside_prefix: the digits that fetch an outside line, empty where there are none.
    """
    digits = _SEPARATORS.sub("", dialled or "")
    prefix = _SEPARATORS.sub("", outside_prefix)
    # Unprefixed first: with prefix 9, "999" is the emergency number, not an outside call to 99.
    candidates = (digits, digits.removeprefix(prefix))
    return next((number for number in candidates if number in EMERGENCY_NUMBERS), None)


def is_emergency(dialled: str | None, outside_prefix: str = "") -> bool:
    """Whether what was dialled is an emergency number, also behind the outside-line prefix."""
    return emergency_number(dialled, outside_prefix) is not None
