"""Which process may have which entries made in the evidence log: none may speak for another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from firmware.adapters.control.peer_policy import PeerCredentials, these_users
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.core.entered_files import ERASED, ERASURE_DOUBTED, REWRAPPED

#: The last four excuse what is missing: whoever reads the log believes them, so nobody else may have them entered.
_RECORDERS_OWN_KINDS = (
    "recording-started",
    "recording-resumed",
    "recording-closed",
    "recording-recovered",
    "catalogue-rebuilt",
    "details-erased",
    "log-doubted",
    ERASURE_DOUBTED,
)
_ENTRIES_LOST = "entries-lost"

Users = Callable[[PeerCredentials], bool]


class EvidenceRights:
    """The opener and the keeper tell what people and they did; lines what was done to calls. Others, the page
    among them, tell nothing: whoever breaks into one of these shall not write a past.
    """

    def __init__(self, office: Users, lines: Users) -> None:
        self._office = office
        self._lines = lines

    @classmethod
    def of_the_box(cls) -> Self:
        return cls(these_users("earmark-opener", "earmark-keeper"), these_users("earmark-lines"))

    def check(self, peer: PeerCredentials, kind: str) -> None:
        """Raises RequestRefused."""
        if kind in _RECORDERS_OWN_KINDS:
            raise RequestRefused(f"Only the recorder itself enters '{kind}'.")
        if kind == ERASED:
            raise RequestRefused(f"Only the keeper enters '{kind}', when it has erased.", status=403)
        if kind == REWRAPPED:
            raise RequestRefused(f"'{kind}' is entered by a request of its own, from the opener.", status=403)
        of_calls = kind.startswith("call-") or kind == _ENTRIES_LOST
        if not (self._office(peer) or (of_calls and self._lines(peer))):
            raise RequestRefused(f"This user may not have '{kind}' entered.", status=403)
