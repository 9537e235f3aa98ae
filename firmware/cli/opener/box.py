"""The opener's route for the box's own process: whose token it was given, and whether they may.

``POST /box-acts`` {act} with a session's token → {person_id, name}.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.adapters.control.server import Handler, Request
from firmware.services.box_acts import ActReception, BoxActs

_LONGEST_ACT = 40


def box_act_routes(reception: ActReception) -> dict[str, Handler]:
    acts = BoxActs(reception)

    def vouch(request: Request) -> Mapping[str, Any]:
        person = acts.vouch(request.token, request.text("act", _LONGEST_ACT)).person
        return {"person_id": person.person_id, "name": person.name}

    return {"POST /box-acts": vouch}
