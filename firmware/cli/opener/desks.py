"""The opener's routes for paired desks: who may make and end them, and what a desk's browser asks with its token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.adapters.control.peer_policy import same_user
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.settings.desk_file import DeskFile
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.at_the_box import who_asked
from firmware.core.access_policy import Action, may
from firmware.core.desk import Desk
from firmware.core.errors import NotAllowed
from firmware.core.home import Home
from firmware.services.desk_pairing import DeskPairing, PairedBy
from firmware.services.opener import Opener

_LONGEST = 200


def desk_routes(home: Home, opener: Opener) -> dict[str, Handler]:
    """What is asked in a person's name comes with the token of their session; without one, only from the box itself."""
    desks = DeskPairing(DeskFile(home.desks_file), opener.enter_soon, SystemClock())

    def asked_by(request: Request) -> PairedBy:
        if not request.token:
            if not same_user(request.peer):
                raise RequestRefused("Desks are paired by somebody who is signed in.", status=403)
            return PairedBy(who_asked(request.peer))
        session = opener.session(request.token)
        if not may(session.person.role, Action.PAIR_DESKS):
            raise NotAllowed(f"The role {session.person.role.value} may not pair desks.", "Ask an administrator.")
        return PairedBy(session.person.name, session.person.person_id, session.session_id)

    def offer(request: Request) -> Mapping[str, Any]:
        by = asked_by(request)
        made = desks.offer(request.text("name", _LONGEST), request.text("extension", _LONGEST), by)
        return {"code": made.code, "name": made.name, "extension": made.extension, "expires_at_ms": made.expires_at_ms}

    def listed(request: Request) -> Mapping[str, Any]:
        asked_by(request)
        waiting = [
            {"name": each.name, "extension": each.extension, "expires_at_ms": each.expires_at_ms}
            for each in desks.offers()
        ]
        return {"desks": [_shown(desk) for desk in desks.desks()], "waiting": waiting}

    def revoke(request: Request) -> Mapping[str, Any]:
        return _shown(desks.revoke(request.parameters["desk_id"], asked_by(request)))

    def pair(request: Request) -> Mapping[str, Any]:
        paired = desks.pair(request.text("code", _LONGEST))
        return {"token": paired.token, **_shown(paired.desk)}

    def whose(request: Request) -> Mapping[str, Any]:
        return _shown(desks.desk_of(request.token))

    def standing(_: Request) -> Mapping[str, Any]:
        return {"desk_ids": [desk.desk_id for desk in desks.desks()]}

    return {
        "POST /desks": offer,
        "GET /desks": listed,
        "POST /desks/{desk_id}/revoke": revoke,
        "POST /desks/pair": pair,
        "GET /desks/standing": standing,
        "GET /desk": whose,
    }


def _shown(desk: Desk) -> dict[str, Any]:
    """All but the token's hash."""
    return {
        "desk_id": desk.desk_id,
        "name": desk.name,
        "extension": desk.extension,
        "paired_at_ms": desk.paired_at_ms,
    }
