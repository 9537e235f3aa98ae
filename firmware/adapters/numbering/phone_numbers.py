"""Numbers in E.164 by Google's numbering plans (phonenumbers).

Possible lengths are asked for, not numbers in service: plans grow faster than a box is updated, and numbers kept for
drama and tests are in no plan.
"""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
    shortnumberinfo,
)

from firmware.core.barring import DearKind

_SEPARATORS = re.compile(r"[-.()/\s]")
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")  # +44 (0)1632: the zero is dialled at home only
_DIALLED = re.compile(r"\+?[0-9]{1,32}", re.ASCII)
_SHORTEST_OUTSIDE = 7  # digits; below this what begins like no outside number is an extension or a short code
# Dialled in front of a number to withhold or show one's own, or to have another carrier, for that call alone (Ofcom's
# National Telephone Numbering Plan, access codes). Without them here, 141 would be a way past a rule about a number.
_PRESENTATION_CODES = {"GB": ("141", "1470", "1280")}

# Where a table is surer than the kinds that Google's plans give, which count 0845 as premium and 070 not yet in service
# as nothing. United Kingdom: Ofcom's National Telephone Numbering Plan and the Phone-paid Services rules.
_DEAR_NUMBERS = {"GB": ("9", "871", "872", "873", "70")}
_DEAR_SHORT_CODES = {"GB": ("118",)}
_LONGEST_NATIONAL = 10  # digits of a number of the United Kingdom, and more than any of its short codes has
_PLAIN = re.compile(r"[^+0-9*#]", re.ASCII)
_SERVICE_CODE = re.compile(r"^[*#]\d\d(?=[0+])")  # as *67 of some carriers, right before the number
_DEAR_TYPES = (PhoneNumberType.PREMIUM_RATE, PhoneNumberType.PERSONAL_NUMBER)


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

    def outside_number(self, dialled: str, outside_prefix: str = "") -> str:
        rest = dialled.removeprefix(outside_prefix)
        if rest == dialled:
            return dialled
        whole, without = self._outside_number(self._shown(dialled)), self._outside_number(self._shown(rest))
        if whole is None and without is None:
            # What begins as outside numbers do is one, too short or too long; whoever carries it will say so.
            begins = self.normalise_start(rest).startswith("+") > self.normalise_start(dialled).startswith("+")
            return rest if begins or self._is_short_code(rest) > self._is_short_code(dialled) else dialled
        whole_in_service = whole is not None and phonenumbers.is_valid_number(whole)
        without_in_service = without is not None and phonenumbers.is_valid_number(without)
        return rest if without_in_service > whole_in_service or whole is None else dialled

    def dear_kind(self, number: str) -> DearKind | None:
        # A service code such as #31# may stand before the number, and a carrier ends it at a hash; 0 in brackets is
        # dialled by nobody.
        dialled = _digits(number)
        plain = _PLAIN.sub("", dialled)
        parts = [self._shown(part) for part in re.split(r"[*#]", f"{plain}#{_SERVICE_CODE.sub('', plain)}") if part]
        found = {self._dear_kind(each) for part in parts for each in (self.normalise_start(part), self.normalise(part))}
        if plain != dialled and "premium" not in found:
            return "international"  # where a word leads nobody knows: a carrier may read a number out of it
        return "international" if "international" in found else "premium" if "premium" in found else None

    def _dear_kind(self, number: str) -> DearKind | None:
        if not number.startswith("+"):
            too_long = number.startswith("1") and len(number) > _LONGEST_NATIONAL and self._region in _DEAR_NUMBERS
            dear = number.startswith(_DEAR_SHORT_CODES.get(self._region, ()))
            return "premium" if dear or too_long else None
        at_home = f"+{self._plan.country_code}" if self._plan is not None else "+"
        if not number.startswith(at_home):
            return "international"
        if self._region in _DEAR_NUMBERS:
            national = number.removeprefix(at_home).lstrip("0")
            dear = national.startswith(_DEAR_NUMBERS[self._region]) or len(national) > _LONGEST_NATIONAL
            return "premium" if dear else None
        parsed = self._outside_number(number)
        return "premium" if parsed is not None and phonenumbers.number_type(parsed) in _DEAR_TYPES else None

    def _shown(self, dialled: str) -> str:
        """Without the code that withholds or shows one's own number."""
        code = next((code for code in self._codes if dialled.startswith(code)), "")
        return dialled.removeprefix(code)

    def _is_short_code(self, dialled: str) -> bool:
        return bool(shortnumberinfo.is_valid_short_number_for_region(_as_short(dialled, self._region), self._region))

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


def _as_short(dialled: str, region: str) -> PhoneNumber:
    """A short code as the library wants it; what is none has no digits."""
    code = phonenumbers.country_code_for_region(region)
    return PhoneNumber(
        country_code=code, national_number=int(dialled) if dialled.isascii() and dialled.isdigit() else 0
    )


def _shortest_ordinary(plan: PhoneMetadata) -> int:
    """How many digits the country's shortest landline or mobile number has, without the national prefix."""
    kinds = [kind for kind in (plan.fixed_line, plan.mobile) if kind is not None]
    return min((length for kind in kinds for length in kind.possible_length if length > 0), default=_SHORTEST_OUTSIDE)
