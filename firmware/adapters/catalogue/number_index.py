"""Finding a phone number by its end, whatever form it was written in.

01234 567890, +44 1234 567890 and 0044 1234 567890 end alike. Digits are stored back to front, so that an ordinary index
finds every number that ends in the digits searched for.
"""

from __future__ import annotations

_JUST_AFTER_NINE = ":"


def reversed_digits(number: str | None) -> str | None:
    """The number's digits back to front, or None when it has none."""
    digits = _digits(number or "")
    return digits[::-1] or None


def search_range(typed: str) -> tuple[str, str] | None:
    """Between what (first included, last not) the reversed digits of a number typed in any form lie."""
    digits = _digits(typed)
    if typed.strip().startswith("+44") or digits.startswith("0044"):
        digits = digits[digits.index("44") + 2 :]
    elif digits.startswith("44") and len(digits) > 11:
        digits = digits[2:]
    reverse = (digits.removeprefix("0") or digits)[::-1]
    return (reverse, reverse + _JUST_AFTER_NINE) if reverse else None


def _digits(number: str) -> str:
    return "".join(character for character in number if character in "0123456789")
