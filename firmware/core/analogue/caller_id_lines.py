"""What a modem says of a call that comes in, line by line.

The formatted reports of AT+VCID=1 (and of AT#CID=1) are the same on all common chips, with or without blanks about the
equals sign. A modem that cannot make out who calls sends nothing but RING. What comes over a serial line is believed
only where it reads as one of these lines: at another speed, or from another device, it is noise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from firmware.core.call_record import Party
from firmware.core.party_number import UNAVAILABLE, WITHHELD

_LONGEST_LINE = 200
_LINE_END = re.compile(rb"[\r\n]")
_RING = re.compile(r"RING(?:\s*;.*)?|\+CRING:.*", re.IGNORECASE)
_FIELD = re.compile(r"(DATE|TIME|NMBR|DDN_NMBR|NAME|MESG|CALL)\s*=\s*(.*)", re.IGNORECASE)
_NUMBER = re.compile(r"\+?[0-9][0-9 ()-]{1,30}")
_SEPARATORS = re.compile(r"[ ()-]")
_WITHHELD = {"P", "PRIVATE", "WITHHELD", "ANONYMOUS"}
_UNAVAILABLE = {"O", "OUT OF AREA", "UNAVAILABLE", "UNKNOWN", ""}
_NAME = re.compile(r"[^\x20-\x7e\xa0-\xff]")
_LONGEST_NAME = 60
_ANSWERS = {"OK": True, "ERROR": False}


@dataclass(frozen=True)
class Ring:
    """The line rings."""


@dataclass(frozen=True)
class Caller:
    """Who calls, as the network says."""

    party: Party


@dataclass(frozen=True)
class Answer:
    """The modem's word about a command."""

    ok: bool


ModemWord = Ring | Caller | Answer


class CallerIdLines:
    """Reads one modem's words, in whatever pieces they come."""

    def __init__(self) -> None:
        self._rest = b""
        self._number: Party | None = None
        self._name = ""
        #: How many bytes were no words of a modem, since the last word that was.
        self.noise: int = 0

    def take(self, data: bytes) -> list[ModemWord]:
        """What some more bytes say, in order. Of no line more than a couple of hundred bytes are kept."""
        words: list[ModemWord] = []
        *lines, rest = _LINE_END.split(self._rest + data)
        for line in lines:
            self._take_line(line, words)
        self.noise += max(0, len(rest) - _LONGEST_LINE)
        self._rest = rest[:_LONGEST_LINE]
        return words

    def settle(self) -> list[ModemWord]:
        """Nothing more has come for a while: a report that lacks a name is whole as it is."""
        words: list[ModemWord] = []
        self._tell(words)
        return words

    @property
    def unsettled(self) -> bool:
        """Whether part of a report is waiting for the rest."""
        return self._number is not None or bool(self._name)

    def _take_line(self, raw: bytes, words: list[ModemWord]) -> None:
        line = raw[:_LONGEST_LINE].decode("latin-1").strip()
        if not line:
            return
        field = _FIELD.fullmatch(line)
        if _RING.fullmatch(line):
            self._tell(words)
            words.append(Ring())
        elif field:
            self._take_field(field[1].upper(), field[2].strip(), words)
        elif line.upper() in _ANSWERS:
            words.append(Answer(_ANSWERS[line.upper()]))
        else:
            self.noise += len(raw)
            return
        self.noise = 0

    def _take_field(self, field: str, value: str, words: list[ModemWord]) -> None:
        """The date begins a report, and a name ends it; a modem may send the name first."""
        if field == "DATE":
            self._tell(words)
        elif field == "NMBR":
            self._number = _party(value)
        elif field == "NAME":
            self._name = _clean(value)
        if self._number is not None and self._name:
            self._tell(words)

    def _tell(self, words: list[ModemWord]) -> None:
        if self._number is None and not self._name:
            return
        party = self._number or UNAVAILABLE
        if party.number and self._name and self._name.upper() not in _WITHHELD | _UNAVAILABLE:
            party = Party(number=party.number, display_name=self._name)
        elif self._number is None and self._name.upper() in _WITHHELD:
            party = WITHHELD
        self._number, self._name = None, ""
        words.append(Caller(party))


def _party(value: str) -> Party:
    if value.upper() in _WITHHELD:
        return WITHHELD
    if value.upper() in _UNAVAILABLE or not _NUMBER.fullmatch(value):
        return UNAVAILABLE
    return Party(number=_SEPARATORS.sub("", value))


def _clean(name: str) -> str:
    return _NAME.sub("", name)[:_LONGEST_NAME].strip()
