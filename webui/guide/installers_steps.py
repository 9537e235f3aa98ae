"""The steps of whoever fits a box: what is done, by what the box finds. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from webui.guide.steps import Part, Step
from webui.translation import gettext as _
from webui.translation import ngettext

#: So long must each side be heard to speak in a test call.
_HEARD_MS = 1000


class InstallersStep(StrEnum):
    """In the order in which they are done."""

    NETWORK = "network"
    LINES = "lines"
    TEST = "test"
    FALLBACK = "fallback"


@dataclass(frozen=True)
class FittingFacts:
    """``tried`` and ``fallback``: what somebody said of the lines as they are set now; empty where nobody did."""

    addresses: tuple[str, ...]
    gateways: tuple[str, ...]
    clock: str
    lines: tuple[str, ...]
    tried: str
    fallback: str


def installers_part(facts: FittingFacts) -> Part:
    """In the language of this request."""
    return Part(tuple(_steps(facts)))


def _steps(facts: FittingFacts) -> Iterable[Step]:
    yield Step(
        InstallersStep.NETWORK,
        _("Network and time"),
        _("People open the page by an address that must stay the same, and a call is worth little without its time."),
        2,
        bool(facts.addresses and facts.gateways) and facts.clock == "network",
        _network(facts),
    )
    count = len(facts.lines)
    set_up = ngettext("%(num)s line is set up: %(names)s.", "%(num)s lines are set up: %(names)s.", count)
    yield Step(
        InstallersStep.LINES,
        _("Lines"),
        _("Say how calls come: through the box, as copies from the telephone system, or on wires."),
        5,
        bool(count),
        set_up % {"num": count, "names": ", ".join(facts.lines)} if count else _("No line is set up yet."),
    )
    yield Step(
        InstallersStep.TEST,
        _("Test calls"),
        _("Both sides must be heard in a call in and a call out. Nothing is recorded: there is no key yet."),
        5,
        bool(facts.tried),
        _("Tried: %(note)s.") % {"note": facts.tried.rstrip(".")}
        if facts.tried
        else _("These lines are not tried yet."),
    )
    yield Step(
        InstallersStep.FALLBACK,
        _("When the box is off"),
        _("A dead box must not leave the office without telephones: try the other way once, with the plug pulled."),
        3,
        bool(facts.fallback),
        _("Tried: %(note)s.") % {"note": facts.fallback.rstrip(".")}
        if facts.fallback
        else _("Nobody has said which way calls take then."),
    )


def _network(facts: FittingFacts) -> str:
    if not facts.addresses:
        return _("The box has no address yet: is the cable plugged in?")
    words = [_("Its address is %(addresses)s.") % {"addresses": ", ".join(facts.addresses)}]
    if not facts.gateways:
        words.append(_("There is no router, so nothing outside is reached."))
    if facts.clock != "network":
        words.append(_("No time server has set its clock yet."))
    return " ".join(words)


@dataclass(frozen=True)
class Heard:
    """One test call, as a page shows it: ``well``: it was answered, and each side was heard long enough."""

    line: str
    words: str
    sides: tuple[tuple[str, float, float], ...]
    well: bool
    over: bool


def heard_calls(calls: Sequence[Mapping[str, Any]]) -> list[Heard]:
    """``calls`` as the meter tells them."""
    return [_heard(call) for call in calls]


def _heard(call: Mapping[str, Any]) -> Heard:
    names = (_("Outside"), _("Office")) if len(call["sides"]) > 1 else (_("Both sides"),)
    sides = tuple(
        (name, float(side["dbm0"]), side["heard_ms"] / 1000) for name, side in zip(names, call["sides"], strict=True)
    )
    well = call["answered"] and all(side["heard_ms"] >= _HEARD_MS for side in call["sides"])
    return Heard(call["line"], _call_words(call), sides, well, call["over"])


def _call_words(call: Mapping[str, Any]) -> str:
    words = [
        (_("A call in, from %(far)s") if call["direction"] == "inbound" else _("A call out, to %(far)s"))
        % {"far": call["far"]}
    ]
    if call["over"]:
        words.append(_("over"))
    else:
        words.append(_("answered") if call["answered"] else _("rings"))
    if call["notice"]:
        words.append(_("the notice was played"))
    return ", ".join(words)
