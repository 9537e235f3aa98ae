"""Knows paired desks by their cookie. All that a desk may have is marked ``at_desk`` in ``desk.views``."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from firmware.adapters.control.client import ControlClient, path_of
from firmware.core.errors import SignInRefused
from webui.access.opener import Visitor

#: As long as browsers keep one (RFC 6265bis 5.5); each visit begins it anew.
_COOKIE_LASTS_S = 400 * 86_400
_LOOK_AGAIN_S = 0.5


@dataclass(frozen=True)
class PairedDesk:
    """A desk, as the opener knows it at this moment."""

    desk_id: str
    name: str
    extension: str
    token: str = field(repr=False)


class DeskDoor:
    """Safe to use from any thread. Every method raises ``ServiceAway`` when the opener does not answer.

    Args:
        opener: it keeps the desks.
        tls: whether the page is served over TLS; the cookie is then marked *Secure*.
    """

    def __init__(self, opener: ControlClient, tls: bool) -> None:
        self._opener = opener
        self._tls = tls
        self._cookie = "__Host-earmark-desk" if tls else "earmark-desk"
        self._looking = threading.Lock()
        self._looked_s = float("-inf")
        self._standing: frozenset[str] = frozenset()

    # -- a desk's browser ---------------------------------------------------------------------------------------------

    def present(self) -> PairedDesk | None:
        """The desk that this request comes from; None for anybody else."""
        token = request.cookies.get(self._cookie)
        if not token:
            return None
        try:
            return _desk(token, self._opener.get("/desk", token=token))
        except SignInRefused:
            return None

    @property
    def knocks(self) -> bool:
        """Whether the browser thinks that it is paired."""
        return self._cookie in request.cookies

    def pair(self, code: str) -> PairedDesk:
        """
        Raises:
            NoSuchDesk, SignInRefused: the code is wrong or too old, or too many wrong ones have come.
        """
        answer = self._opener.post("/desks/pair", {"code": code[:100]})
        return _desk(str(answer["token"]), answer)

    def welcome(self, response: AnyResponse, desk: PairedDesk) -> None:
        response.set_cookie(
            self._cookie,
            desk.token,
            max_age=_COOKIE_LASTS_S,
            secure=self._tls,
            httponly=True,
            samesite="Strict",
            path="/",
        )

    def farewell(self, response: AnyResponse) -> None:
        response.delete_cookie(self._cookie, secure=self._tls, httponly=True, samesite="Strict", path="/")

    def stands(self, desk: PairedDesk) -> bool:
        """Whether the desk is still paired. For streams: however many there are, the opener is asked twice a second."""
        with self._looking:
            if time.monotonic() - self._looked_s > _LOOK_AGAIN_S:
                self._standing = frozenset(self._opener.get("/desks/standing")["desk_ids"])
                self._looked_s = time.monotonic()
            return desk.desk_id in self._standing

    # -- somebody signed in who may pair desks ------------------------------------------------------------------------

    def offer(self, who: Visitor, name: str, extension: str) -> dict[str, Any]:
        """A code for a new desk.

        Raises:
            SettingsError: the name or the extension cannot be one.
        """
        return self._opener.post("/desks", {"name": name[:200], "extension": extension[:200]}, token=who.token)

    def listed(self, who: Visitor) -> dict[str, Any]:
        return self._opener.get("/desks", token=who.token)

    def revoke(self, who: Visitor, desk_id: str) -> dict[str, Any]:
        """
        Raises:
            NoSuchDesk: there is none of that id.
        """
        answer = self._opener.post(path_of("desks", desk_id, "revoke"), token=who.token)
        with self._looking:
            self._looked_s = float("-inf")
        return answer


def _desk(token: str, answer: dict[str, Any]) -> PairedDesk:
    return PairedDesk(str(answer["desk_id"]), str(answer["name"]), str(answer["extension"]), token)
