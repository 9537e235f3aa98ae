"""How a caller is received: a greeting by the hour, a menu, and where the call goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from firmware.core.attendant_menu import AttendantMenu
from firmware.core.leg import Target
from firmware.core.local_time import LocalTime
from firmware.core.office_hours import OfficeHours
from firmware.core.recording_decision import Decision


@dataclass(frozen=True)
class OutsideHours:
    """What a line does with callers while the office is closed.

    Args:
        greeting: prompt they hear first; empty for none.
        number: the office's number they are put through to; empty: the number that was called.
        put_through: False ends the call after the greeting.
        menu: whether the line's menu is offered all the same.
    """

    greeting: str = ""
    number: str = ""
    put_through: bool = True
    menu: bool = True


@dataclass(frozen=True)
class Reception:
    """How one caller is received, besides the notice.

    Args:
        greeting: prompt that comes before everything else; empty for none.
        menu: None where nothing is to be chosen.
        number: where the call goes if nothing is chosen; empty: the number that was called.
        put_through: False: the call ends after the greeting.
        decisions: what is done with a call to each number that the menu may send it to.
        targets: where such a call goes, if that is to registered phones.
        phone_decisions: and what is done with it if the phone of an extension answers.
    """

    greeting: str = ""
    menu: AttendantMenu | None = None
    number: str = ""
    put_through: bool = True
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    targets: Mapping[str, tuple[Target, ...]] = field(default_factory=dict)
    phone_decisions: Mapping[str, Mapping[str, Decision]] = field(default_factory=dict)

    @property
    def plain(self) -> bool:
        """Whether the caller meets nothing at all."""
        return not self.greeting and self.menu is None and self.put_through

    @property
    def numbers(self) -> tuple[str, ...]:
        """Every number that the menu may send the call to."""
        if self.menu is None:
            return ()
        wanted = (*(choice.number for choice in self.menu.choices), self.menu.otherwise)
        return tuple(dict.fromkeys(number for number in wanted if number))


PLAIN = Reception()


@dataclass(frozen=True)
class LineReception:
    """How a line receives its callers. ``hours`` None: the office is always open."""

    greeting: str = ""
    menu: AttendantMenu | None = None
    hours: OfficeHours | None = None
    outside: OutsideHours | None = None

    def at(self, local: LocalTime) -> Reception:
        """How a caller is received at that time by the office's clock."""
        outside = self.outside
        if outside is None or self.hours is None or self.hours.at(local).open:
            return Reception(self.greeting, self.menu)
        menu = self.menu if outside.menu and outside.put_through else None
        return Reception(outside.greeting, menu, outside.number, outside.put_through)
