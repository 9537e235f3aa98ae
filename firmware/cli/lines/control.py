"""What the lines process answers on its control socket, and to whom: rights go by the peer's user, not by its word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from firmware.adapters.control.peer_policy import PeerCredentials, these_users
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.core.call_record import Asker, How
from firmware.core.feature_code import Action
from firmware.core.line import Line
from firmware.services.call_control import CallControl
from firmware.services.line_supervisor import LineSupervisor

WEB, PANEL = "earmark-web", "earmark-panel"
#: Asks how the lines are, and nothing else.
KEEPER = "earmark-keeper"
_PAUSING: frozenset[Action] = frozenset({"pause", "resume"})
_BUTTON: frozenset[Action] = _PAUSING | {"mark"}
_ANY: frozenset[Action] = _BUTTON | {"start", "remind", "told"}
_LONGEST_NAME = 100
_LONGEST_REASON = 200


@dataclass(frozen=True)
class _Way:
    """A way in which something is asked: who comes that way, and what may be asked by it."""

    admits: Callable[[PeerCredentials], bool]
    actions: frozenset[Action]


class LinesControl:
    """The routes. Handlers run in the control socket's threads and hand what is asked to the dispatcher.

    Args:
        control: the calls.
        supervisor: how the lines are.
        worries: what else a person should know of the process. Called in the control socket's threads.
    """

    def __init__(
        self, control: CallControl, supervisor: LineSupervisor, worries: Callable[[], Iterable[str]] = tuple
    ) -> None:
        self._worries = worries
        self._control = control
        self._supervisor = supervisor
        self._from_web = these_users(WEB)
        self._ways: Mapping[How, _Way] = {
            "page": _Way(self._from_web, _ANY),
            "desk": _Way(self._from_web, _PAUSING),
            "api": _Way(self._from_web, _PAUSING),
            "panel": _Way(these_users(PANEL), _BUTTON),
        }

    def routes(self) -> dict[str, Handler]:
        return {
            "GET /health": self._health,
            "GET /calls": lambda request: {"calls": self._control.snapshot()},
            "GET /lines": lambda request: {"lines": [line_view(line) for line in self._control.lines.values()]},
            "POST /calls/{call_id}/hang-up": self._hang_up,
            **{f"POST /calls/{{call_id}}/{action}": partial(self._ask_call, action) for action in _ANY},
            **{f"POST /extensions/{{extension}}/{action}": partial(self._ask_extension, action) for action in _PAUSING},
        }

    def _health(self, request: Request) -> dict[str, Any]:
        """With who tells people that they are recorded, of each line that cannot: empty where nobody is named."""
        silent = {name: line.notice_given_by for name, line in self._control.lines.items() if not _announces(line)}
        return {**self._supervisor.health(), "attention": list(self._worries()), "notice_given_by": silent}

    def _hang_up(self, request: Request) -> dict[str, str]:
        if not self._from_web(request.peer):
            raise _not_theirs()
        call_id = request.parameters["call_id"]
        self._control.ask_to_hang_up(call_id)
        return {"call_id": call_id}

    def _ask_call(self, action: Action, request: Request) -> Mapping[str, Any]:
        asker = self._asker(action, request)
        return {"call": self._control.ask(request.parameters["call_id"], action, asker)}

    def _ask_extension(self, action: Action, request: Request) -> Mapping[str, Any]:
        asker = self._asker(action, request)
        return {"calls": self._control.ask_extension(request.parameters["extension"], action, asker)}

    def _asker(self, action: Action, request: Request) -> Asker:
        """
        Raises:
            RequestRefused: the body does not say who asks (400), or that may not be asked from there (403).
        """
        how, who = request.text("how", 20), request.text("who", _LONGEST_NAME)
        way = next((name for name in self._ways if name == how), None)
        if way is None:
            raise RequestRefused(f"'how' is one of {', '.join(self._ways)}.")
        if not self._ways[way].admits(request.peer) or action not in self._ways[way].actions:
            raise _not_theirs()
        why = request.text("why", _LONGEST_REASON) if "why" in request.body else ""
        return Asker(way, who, why=" ".join(why.split()))


def _announces(line: Line) -> bool:
    return line.capabilities.announces


def line_view(line: Line) -> Mapping[str, Any]:
    """What a page is told of a line: above all what its tap can do, and who tells people where it cannot."""
    return {
        "name": line.name,
        "capabilities": asdict(line.capabilities),
        "channels": line.capabilities.channels,
        "notice_given_by": line.notice_given_by,
    }


def _not_theirs() -> RequestRefused:
    return RequestRefused("This user may not ask that of the lines.", status=403)
