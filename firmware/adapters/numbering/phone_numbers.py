"""Numbers in E.164 by Google's numbering plans (phonenumbers).

Possible lengths are asked for, not numbers in service: plans grow faster than a box is updated, and numbers kept for
drama and tests are in no plan.
"""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumberFormat, ValidationResult

_SEPARATORS = re.compile(r"[-.()/\s]")
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")  # +44 (0)1632: the zero is dialled at home only
_DIALLED = re.compile(r"\+?[0-9]{1,32}", re.ASCII)
_SHORTEST_OUTSIDE = 7  # digits; below this what begins like no outside number is an extension or a short code
# Dialled in front of a number to withhold or show one's own, for that call alone (Ofcom's National Telephone Numbering
# Plan, type B access codes). Without them here, 141 would be a way past a rule about a number.
_PRESENTATION_CODES = {"GB": ("141", "1470")}


class PhoneNumbers:
    """The :class:`~firmware.ports.numbering.Numbering` of one country.

    Args:
        region: ISO 3166-1 alpha-2, such as ``GB``.
    """

    def __init__(self, region: str) -> None:
        self._region = region
        self._plan = PhoneMetadata.metadata_for_region(region)
        self._codes = _PRESENTATION_CODES.get(region, ())

    @property
    def knows_region(self) -> bool:
        return self._plan is not None

    def normalise(self, number: str, outside_prefix: str = "") -> str:
        dialled = _digits(number)
        candidates = [dialled]
        if outside_prefix and dialled.startswith(outside_prefix):
            candidates.append(dialled.removeprefix(outside_prefix))
        candidates += [each.removeprefix(code) for code in self._codes for each in candidates if each.startswith(code)]
        numbers = [found for each in candidates if (found := self._outside_number(each)) is not None]
        # With prefix 9, 908001111 could be an odd number of nine digits; that 08001111 is in service settles it.
        in_service = (each for each in numbers if phonenumbers.is_valid_number(each))
        chosen = next(in_service, numbers[0] if numbers else None)
        return dialled if chosen is None else phonenumbers.format_number(chosen, PhoneNumberFormat.E164)

    def normalise_start(self, digits: str) -> str:
        start = _digits(digits)
        if start.startswith("+") or self._plan is None:
            return start
        abroad = re.match(self._plan.international_prefix or r"(?!)", start)
        if abroad is not None:
            return f"+{start[abroad.end() :]}"
        at_home = self._plan.national_prefix
        if at_home and start.startswith(at_home):
            return f"+{self._plan.country_code}{start.removeprefix(at_home)}"
        return start

    def is_telephone_number(self, number: str) -> bool:
        return self._outside_number(_digits(number)) is not None

    def _outside_number(self, dialled: str) -> phonenumbers.PhoneNumber | None:
        if not _DIALLED.fullmatch(dialled) or not self._looks_outside(dialled):
            return None
        try:
            number = phonenumbers.parse(dialled, self._region if self._plan else None)
        except NumberParseException:
            return None
        # Not what can be dialled within one town only: nobody knows which town.
        possible = phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE
        return number if possible else None

    def _looks_outside(self, dialled: str) -> bool:
        """Whether it begins as outside numbers do, or is as long as the country's own numbers are."""
        if self.normalise_start(dialled).startswith("+"):
            return True
        return self._plan is not None and len(dialled) >= max(_SHORTEST_OUTSIDE, _shortest_ordinary(self._plan))


def _digits(number: str) -> str:
    return _SEPARATORS.sub("", _TRUNK_ZERO.sub("", number) if number.lstrip().startswith(("+", "00")) else number)


def _shortest_ordinary(plan: PhoneMetadata) -> int:
    """How many digits the country's shortest landline or mobile number has, without the national prefix."""
    kinds = [kind for kind in (plan.fixed_line, plan.mobile) if kind is not None]
    return min((length for kind in kinds for length in kind.possible_length if length > 0), default=_SHORTEST_OUTSIDE)
