"""Finding a phone number, or part of one, whatever form it was written in.

01234 567890, +44 1234 567890 and 0044 1234 567890 end alike. Digits are stored back to front, so that an ordinary index
finds every number that ends in the digits searched for.
"""

from __future__ import annotations

from dataclasses import dataclass

_JUST_AFTER_NINE = ":"
_WHOLE_DIGITS = 9


def reversed_digits(number: str | None) -> str | None:
    """The number's digits back to front, or None when it has none."""
    digits = _digits(number or "")
    return digits[::-1] or None


@dataclass(frozen=True)
class NumberSearch:
    """What to look for in stored digits, which are back to front.

    A whole number is looked for by its end, which an index finds among any number of calls; part of one, anywhere in
    the number, among those of the time asked for.
    """

    reversed_part: str

    @property
    def is_whole(self) -> bool:
        return len(self.reversed_part) >= _WHOLE_DIGITS

    @property
    def span(self) -> tuple[str, str]:
        """Between what (first included, last not) the reversed digits lie that begin with these."""
        return self.reversed_part, self.reversed_part + _JUST_AFTER_NINE

    @property
    def pattern(self) -> str:
        """For LIKE: these digits, anywhere."""
        return f"%{self.reversed_part}%"


def number_search(typed: str) -> NumberSearch | None:
    """What a number typed in any form, or part of one, asks for; None when it has no digit."""
    digits = _digits(typed)
    if typed.strip().startswith("+44") or digits.startswith("0044"):
        digits = digits[digits.index("44") + 2 :]
    elif digits.startswith("44") and len(digits) > 11:
        digits = digits[2:]
    reverse = (digits.removeprefix("0") or digits)[::-1]
    return NumberSearch(reverse) if reverse else None


def _digits(number: str) -> str:
    return "".join(character for character in number if character in "0123456789")
