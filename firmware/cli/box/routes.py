"""What the box's own process answers: each route with who may ask it, and whether a person must be vouched for.

A module that adds routes has one function that takes a ``Home`` and gives them by name; ``command.py`` lists those
functions. The process runs as root, so a route does one fixed thing: nothing that was sent to it becomes a command, a
path or an option.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.peer_policy import these_users
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.core.home import Home

_OPENER_PATIENCE_S = 20.0

WEB = "earmark-web"
PANEL = "earmark-panel"
KEEPER = "earmark-keeper"


@dataclass(frozen=True)
class BoxRoute:
    """One thing that the box can be asked.

    Attributes:
        answer: does it. In a connection's thread; it may take as long as the act takes.
        users: system users who may ask, besides root.
        act: what the opener must vouch for (``firmware.core.box_acts``); empty: no person is asked for.
    """

    answer: Handler
    users: tuple[str, ...]
    act: str = ""


#: What each module of routes has.
RoutesOf = Callable[[Home], Mapping[str, BoxRoute]]
#: Given a token and an act, the person's name.
Vouch = Callable[[str, str], str]


def guarded(routes: Mapping[str, BoxRoute], vouch: Vouch) -> dict[str, Handler]:
    """The routes as a control socket serves them: refused to whoever may not ask, vouched for where that is needed.

    Args:
        vouch: given a token and an act; raises SignInRefused, NotAllowed or ServiceAway.
    """
    return {name: _guarded(route, vouch) for name, route in routes.items()}


def _guarded(route: BoxRoute, vouch: Vouch) -> Handler:
    admits = these_users(*route.users)

    def ask(request: Request) -> Mapping[str, object]:
        if not admits(request.peer):
            raise RequestRefused("This user may not ask the box that.", status=403)
        if route.act:
            return route.answer(replace(request, person=vouch(request.token, route.act)))
        return route.answer(request)

    return ask


def vouched_by_the_opener(home: Home) -> Vouch:
    """Asks the opener whose token it is. The opener enters the act in the evidence first."""
    opener = ControlClient(home.opener_socket, _OPENER_PATIENCE_S)

    def vouch(token: str, act: str) -> str:
        return str(opener.post("/box-acts", {"act": act}, token=token)["name"])

    return vouch
