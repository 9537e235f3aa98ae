"""The opener's routes for how long calls are kept, and for what a full disk means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from firmware.adapters.catalogue.retention_figures import RetentionCounts
from firmware.adapters.catalogue.space import SpaceChoiceTable
from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.cli.opener.needs import OpenerNeeds
from firmware.core.given_name import GIVEN_NAME
from firmware.core.home import Home
from firmware.ports.clock import Clock
from firmware.ports.space_watch import ChosenForSpace
from firmware.services.retention_overview import Kept, RetentionOverview
from firmware.services.space_choices import ChoiceReception, SpaceChoices

_KEEPER_PATIENCE_S = 5.0
_MOST_CLASSES = 100
_CLASS = re.compile(GIVEN_NAME)


class KeeperBehindItsSocket:
    """``KeeperOfClasses``."""

    def __init__(self, home: Home) -> None:
        self._client = ControlClient(home.keeper_socket, _KEEPER_PATIENCE_S)

    def waiting(self) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = self._client.get("/retention/waiting")["waiting"]
        return found

    def confirm(self, name: str, erases: int, sooner: int) -> None:
        self._client.post("/retention/confirm", {"class": name, "erases": erases, "sooner": sooner})
        self._client.post("/look-now", {})


def retention_routes(home: Home, reception: ChoiceReception, clock: Clock, needs: OpenerNeeds) -> dict[str, Handler]:
    """All need the token of a session; whose it is decides."""
    overview = RetentionOverview(reception, RetentionCounts(home.catalogue), KeeperBehindItsSocket(home), clock)
    choices = SpaceChoices(reception, SpaceChoiceTable(home.catalogue), clock)

    def shown(request: Request) -> Mapping[str, Any]:
        found, chosen = overview.overview(request.token), choices.standing(request.token)
        due = found.due
        return {
            "classes": [_class(each) for each in found.classes],
            "within_days": {str(days): count for days, count in due.within_days.items()},
            "next_ms": due.next_ms,
            "next_calls": due.next_calls,
            "held": due.held,
            "waiting": found.waiting,
            "when_full": _choice(chosen) if chosen else None,
            "closed_cases_years": needs.closed_cases_years,
            "evidence_details_years": needs.evidence_details_years,
        }

    def confirm(request: Request) -> Mapping[str, Any]:
        name, erases, sooner = request.text("class", 40), _number(request, "erases"), _number(request, "sooner")
        if not _CLASS.fullmatch(name):
            raise RequestRefused("'class' is the name of a retention class.")
        overview.confirm(request.token, name, erases, sooner, request.text("because"))
        return {}

    def choose(request: Request) -> Mapping[str, Any]:
        because, when_full = request.text("because"), request.text("when_full", 10)
        return _choice(choices.choose(request.token, when_full, _names(request), because))

    return {"GET /retention": shown, "POST /retention/confirm": confirm, "POST /space-choice": choose}


def _class(each: Kept) -> dict[str, Any]:
    kept = each.kept
    return {
        "name": kept.name,
        "keeps": kept.period.shown,
        "regulated": kept.regulated,
        "calls": each.calls,
        "soon": each.soon,
    }


def _choice(chosen: ChosenForSpace) -> dict[str, Any]:
    return {
        "when_full": chosen.choice.when_full,
        "shorten": list(chosen.choice.shorten),
        "chosen_by": chosen.chosen_by,
        "at_ms": chosen.at_ms,
    }


def _number(request: Request, name: str) -> int:
    found = request.body.get(name) if isinstance(request.body, dict) else None
    if not isinstance(found, int) or found < 0:
        raise RequestRefused(f"{name!r} is a number.")
    return found


def _names(request: Request) -> list[str]:
    found = request.body.get("shorten")
    if not isinstance(found, list) or len(found) > _MOST_CLASSES or not all(isinstance(each, str) for each in found):
        raise RequestRefused("'shorten' is a list of retention classes.")
    return found
