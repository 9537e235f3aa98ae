"""What a control socket answers: requests, the handlers that answer them, and which handler a path belongs to."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self
from urllib.parse import unquote

from firmware.adapters.control.peer_policy import PeerCredentials
from firmware.adapters.control.wire_errors import RequestRefused


@dataclass(frozen=True)
class Request:
    """What a handler is given. ``parameters`` are the ``{names}`` of its route, ``body`` is the JSON sent or None;
    ``person``: the name of whom the opener vouched for, where the server asked it.
    """

    method: str
    path: str
    peer: PeerCredentials
    parameters: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = field(default=None, repr=False)
    token: str = field(default="", repr=False)
    person: str = ""

    def text(self, name: str, longest: int = 1000) -> str:
        """A text that the body must have.

        Raises:
            RequestRefused: it has not.
        """
        value = self.body.get(name) if isinstance(self.body, dict) else None
        if not isinstance(value, str) or len(value) > longest:
            raise RequestRefused(f"The request needs {name!r} as a text of at most {longest} characters.")
        return value

    def day(self, name: str) -> date:
        """A day that the body must have, in ISO form. Raises as ``text``."""
        try:
            return date.fromisoformat(self.text(name, 10))
        except ValueError:
            raise RequestRefused(f"{name!r} is a day such as 2027-03-31.") from None


Handler = Callable[[Request], Mapping[str, Any]]


@dataclass(frozen=True)
class _Route:
    method: str
    pattern: re.Pattern[str]
    handler: Handler

    @classmethod
    def parse(cls, route: str, handler: Handler) -> Self:
        method, _, path = route.partition(" ")
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
        return cls(method, re.compile(pattern), handler)


class Routes:
    """Handlers by ``"GET /calls"`` or ``"POST /calls/{call_id}/hang-up"``."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._routes = [_Route.parse(route, handler) for route, handler in handlers.items()]

    def find(self, method: str, path: str) -> tuple[Handler, dict[str, str]]:
        """The handler of a path and the path's parameters.

        Raises:
            RequestRefused: there is none (404), or not for this method (405).
        """
        elsewhere = False
        for route in self._routes:
            match = route.pattern.fullmatch(path)
            if match is None:
                continue
            if route.method == method:
                return route.handler, {name: unquote(value) for name, value in match.groupdict().items()}
            elsewhere = True
        if elsewhere:
            raise RequestRefused(f"{path} does not take {method}.", status=405)
        raise RequestRefused(f"This control socket has no {path}.", status=404)
