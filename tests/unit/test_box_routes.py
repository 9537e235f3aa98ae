"""The one process that runs as root does what its table says, for whom its table says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.control.peer_policy import PeerCredentials
from firmware.adapters.control.server import Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.cli.box.command import all_routes
from firmware.cli.box.routes import KEEPER, PANEL, WEB, BoxRoute, guarded
from firmware.cli.box.settings import OPENER
from firmware.cli.disk.composition import disk_door
from firmware.core.box_acts import ACTS
from firmware.core.errors import NotAllowed
from firmware.core.home import Home

ME = PeerCredentials(1, os.geteuid(), 0)
STRANGER = PeerCredentials(1, 64_999, 0)


def answered(request: Request) -> Mapping[str, Any]:
    return {"done": f"by {request.person}"}


def test_who_may_not_ask_is_refused_before_anything_is_done() -> None:
    done: list[str] = []

    def off(_: Request) -> Mapping[str, Any]:
        done.append("off")
        return {}

    routes = guarded({"POST /off": BoxRoute(off, (PANEL,))}, lambda token, act: "")
    with pytest.raises(RequestRefused) as refused:
        routes["POST /off"](Request("POST", "/off", STRANGER))
    assert (refused.value.status, done) == (403, [])


def test_a_persons_act_is_done_only_when_the_opener_has_vouched_for_the_token() -> None:
    def vouch(token: str, act: str) -> str:
        if (token, act) != ("a director's", "open-data-disk"):
            raise NotAllowed("no")
        return "dora"

    routes = guarded({"POST /open": BoxRoute(answered, (WEB,), "open-data-disk")}, vouch)
    assert routes["POST /open"](Request("POST", "/open", ME, token="a director's")) == {"done": "by dora"}
    with pytest.raises(NotAllowed):
        routes["POST /open"](Request("POST", "/open", ME, token="another's"))


def test_every_route_says_which_of_the_boxs_users_may_ask_and_whose_act_it_is(tmp_path: Path) -> None:
    for name, route in all_routes(Home(tmp_path), disk_door(Home(tmp_path))).items():
        assert set(route.users) <= {WEB, PANEL, KEEPER, OPENER}, name
        assert route.act == "" or route.act in ACTS, name
        changes = not name.startswith("GET ")
        assert not (changes and WEB in route.users and not route.act), f"{name}: a page could do it with nobody there"
