"""A people file put back from before somebody left: they do not come back with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.server import ControlServer, Request
from firmware.adapters.settings.people_file import PeopleFile
from firmware.cli.demo.office import demo_settings
from firmware.cli.set_up.making import set_up_office
from firmware.core.access_policy import Role
from firmware.core.errors import SignInRefused
from firmware.core.evidence_chain import EvidenceLine
from firmware.core.home import Home
from tests.integration.real_page import running

PEOPLE = (("director", Role.DIRECTOR), ("listener", Role.SERVICES_MANAGER))


def test_the_opener_lets_nobody_back_in_who_left_by_the_evidence(tmp_path: Path) -> None:
    home, now = Home(tmp_path / "var"), datetime.now(UTC)
    told = set_up_office(home, demo_settings(), PEOPLE, now)
    pass_phrases = {person.name: person.pass_phrase for person in told.people}
    people, entered = PeopleFile(home.people_file), list[str]()
    leaver = people.find("listener")
    assert leaver is not None
    line = EvidenceLine(1, now, "person-left", {"person": "d" * 32, "about": leaver.person_id}, "", "0" * 64)
    home.evidence.mkdir(parents=True, exist_ok=True)
    (home.evidence / f"{now:%Y-%m-%d}.log").write_text(line.to_text() + "1 a damaged person-left line - -\n")

    def take(request: Request) -> Mapping[str, Any]:
        entered.append(request.body["kind"])
        return {"line": len(entered)}

    with ControlServer(home.recorder_socket, {"POST /evidence": take}), running(home, "opener", "ready on"):
        opener = ControlClient(home.opener_socket, 60)
        with pytest.raises(SignInRefused):
            opener.post("/sign-in", {"user": "listener", "password": pass_phrases["listener"]})
        assert (
            opener.post("/sign-in", {"user": "director", "password": pass_phrases["director"]})["stage"] == "complete"
        )
    assert people.find("listener") is None
    assert [each.name for each in people.left()] == ["listener"]
    assert "leaver-withdrawn" in entered
