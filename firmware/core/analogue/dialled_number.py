"""The number that is being dialled by audible keys, until it is whole."""

from __future__ import annotations

import re
from dataclasses import dataclass

# What the caller's own network takes out of the number: withhold or release theirs (BT 141, 1470), another carrier.
_PREFIXES = re.compile(r"^(141|1470|1280)(?=\d)")
# Numbers of the United Kingdom's plan whose length is known: then nothing that is keyed later belongs to them. Some
# geographic numbers are a digit shorter, and end when nothing follows for a while.
_WHOLE = {"uk": re.compile(r"999|112|18000|0[1-9]\d{9}|00[1-9]\d{13}")}
_MOST_KEYS = 24
_DIGITS = "0123456789"


@dataclass(frozen=True)
class DialledNumber:
    """Keys so far. Whatever is keyed once the number is whole is not kept.

    ``plan`` names the numbering plan whose whole numbers are known ("uk"); any other: only time tells.
    """

    keys: str = ""
    plan: str = "uk"

    def with_key(self, key: str) -> DialledNumber:
        """The same with one key more, unless it is whole already."""
        if self.whole or len(self.keys) >= _MOST_KEYS:
            return self
        return DialledNumber(self.keys + key, self.plan)

    @property
    def number(self) -> str | None:
        """The number called; None where no digit was keyed."""
        number = _PREFIXES.sub("", self.keys)
        return number if any(key in _DIGITS for key in number) else None

    @property
    def whole(self) -> bool:
        """Whether nothing can follow."""
        known = _WHOLE.get(self.plan)
        return known is not None and known.fullmatch(self.number or "") is not None

    def __repr__(self) -> str:
        return f"DialledNumber({len(self.keys)} keys)"
