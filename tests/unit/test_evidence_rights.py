"""Which process may have what entered in the evidence log."""

from __future__ import annotations

import pytest

from firmware.adapters.control.peer_policy import PeerCredentials
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.cli.evidence_rights import EvidenceRights

USERS = {"opener": 1, "keeper": 2, "lines": 3, "web": 4, "panel": 5}
RIGHTS = EvidenceRights(office=lambda peer: peer.uid in (1, 2), lines=lambda peer: peer.uid == 3)


def may(who: str, kind: str) -> bool:
    try:
        RIGHTS.check(PeerCredentials(pid=1, uid=USERS[who], gid=1), kind)
    except RequestRefused:
        return False
    return True


@pytest.mark.parametrize("kind", ["signed-in", "searched", "listened", "settings-changed"])
def test_what_people_do_is_told_by_the_opener_and_the_keeper_alone(kind: str) -> None:
    assert {who for who in USERS if may(who, kind)} == {"opener", "keeper"}


@pytest.mark.parametrize("kind", ["call-paused", "call-action-refused", "entries-lost"])
def test_what_is_done_to_calls_may_be_told_by_lines_too(kind: str) -> None:
    assert {who for who in USERS if may(who, kind)} == {"opener", "keeper", "lines"}


@pytest.mark.parametrize(
    "kind",
    [
        "recording-started",
        "recording-resumed",
        "recording-closed",
        "recording-recovered",
        "recording-erased",
        "keyslot-rewrapped",
        "catalogue-rebuilt",
        "details-erased",
        "log-doubted",
    ],
)
def test_nobody_speaks_for_the_recorder_nor_of_an_erasure_by_this_way(kind: str) -> None:
    assert not any(may(who, kind) for who in USERS)
