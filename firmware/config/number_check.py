"""Finds numbers in the settings that no network has: a rule about one would never apply, and nobody would notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from firmware.config.line_settings import SipLine
from firmware.config.settings_model import Settings
from firmware.core.number_pattern import as_dialled
from firmware.ports.numbering import Numbering

NumberingOf = Callable[[str], Numbering]

MOST_TOLD = 20
_LONGEST_TOLD = 200
_LONGEST_INTERNAL = 8  # digits; what is longer and no telephone number is a slip of the finger
_SHORT_CODE = 3  # digits; 0 is many an operator


@dataclass(frozen=True)
class Mistake:
    """Something wrong with one setting. ``path`` leads to it from the top of the document; ``is_secret``: a password
    has to be typed there.
    """

    path: tuple[str | int, ...]
    what: str
    is_secret: bool = False


def first_of(mistakes: Sequence[Mistake]) -> list[Mistake]:
    """As many as a person reads, each cut to a sentence, and how many more there are."""
    told = [replace(each, what=shortened(each.what)) for each in mistakes[:MOST_TOLD]]
    more = len(mistakes) - len(told)
    if more:
        told.append(Mistake((), f"and {more} more of what is wrong"))
    return told


def shortened(what: str) -> str:
    """Of what was typed no more comes back than tells it from others."""
    return what if len(what) <= _LONGEST_TOLD else f"{what[:_LONGEST_TOLD]}…"


def number_mistakes(settings: Settings, numbering_of: NumberingOf) -> Iterator[Mistake]:
    """Every number that cannot be right in the office's country, and a country that has no numbers."""
    country = settings.office.country
    numbering = numbering_of(country)
    if not numbering.knows_region:
        yield Mistake(("office", "country"), f"{country!r} has no telephone numbers; the United Kingdom is GB")
        return
    for index, rule in enumerate(settings.rules):
        for key, numbers in (("numbers", rule.numbers), ("extensions", rule.extensions)):
            for position, number in enumerate(numbers):
                what = _wrong_with(number, numbering)
                if what:
                    yield Mistake(("rules", index, key, position), what)
    yield from _extension_mistakes(settings, numbering)
    yield from _group_mistakes(settings, numbering)


def _extension_mistakes(settings: Settings, numbering: Numbering) -> Iterator[Mistake]:
    seen: set[str] = set()
    for index, extension in enumerate(settings.extensions):
        what = _wrong_with(extension.number, numbering)
        normal = numbering.normalise(extension.number)
        if not what and normal in seen:
            what = f"{extension.number!r} is an extension that has its mode already"
        seen.add(normal)
        if what:
            yield Mistake(("extensions", index, "number"), what)


def _group_mistakes(settings: Settings, numbering: Numbering) -> Iterator[Mistake]:
    for index, line in enumerate(settings.lines):
        for place, group in enumerate(line.sip.groups if isinstance(line, SipLine) else ()):
            for position, number in enumerate(group.numbers):
                what = _wrong_with(number, numbering)
                if what:
                    yield Mistake(("lines", index, "sip", "groups", place, "numbers", position), what)


def _wrong_with(number: str, numbering: Numbering) -> str:
    if number.endswith("*"):
        if numbering.normalise_start(number.removesuffix("*")) == "+":
            return f'{number!r} is the start of every number abroad; name the country, as in "+33*"'
        return ""
    digits = as_dialled(number)
    if not digits.removeprefix("+").isdigit() or numbering.is_telephone_number(number) or len(digits) <= _SHORT_CODE:
        return ""
    if numbering.normalise_start(number).startswith("+") or len(digits) > _LONGEST_INTERNAL:
        return f"{number!r} has too many or too few digits for a telephone number"
    return ""
