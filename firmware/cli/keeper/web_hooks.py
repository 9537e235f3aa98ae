"""The keeper's web hooks: it follows calls where lines tell of them, and sends news of them to whom a director chose.

Of all processes that reach a network this is the one that no call waits for. It holds nothing that opens a recording.

``GET  /web-hooks``               → {web_hooks: [{hook_id, waiting, dropped, trouble, taken_at_ms}]}
``POST /web-hooks/{hook_id}/try`` → {why_not}: for the page
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from firmware.adapters.control.client import ControlClient, Event
from firmware.adapters.control.event_follower import EventFollower
from firmware.adapters.control.peer_policy import these_users
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.web_hooks.http_sender import HttpSender
from firmware.core.call_news import CallFollower
from firmware.core.errors import EarmarkError
from firmware.core.home import Home
from firmware.core.lines_instance import WITH_CALLS, LinesInstance
from firmware.core.web_hook import WebHook
from firmware.ports.clock import Clock
from firmware.ports.listening_keys import EvidenceDesk
from firmware.services.health_checks import Check
from firmware.services.hook_courier import HookCourier, HookSender
from firmware.services.patient_evidence import PatientEvidence
from firmware.services.program_uses import ProgramUses

_LOG = logging.getLogger(__name__)
HOOK_ROUTES = ("GET /web-hooks", "POST /web-hooks/{hook_id}/try")
_LOOK_EVERY_S = 3.0
_STOP_WITHIN_S = 2.0


class KeeperWebHooks:
    """A thread that looks which hooks there are; while there is none, nothing else goes on here. Any thread may ask."""

    def __init__(
        self,
        home: Home,
        clock: Clock,
        evidence: EvidenceDesk,
        named: Callable[[], tuple[LinesInstance, ...]],
        sender: HookSender | None = None,
    ) -> None:
        self._home = home
        self._clock = clock
        self._named = named
        self._opener = ControlClient(home.opener_socket)
        self._patient = PatientEvidence(evidence)
        self._uses = ProgramUses(self._patient.enter_soon, clock)
        self._courier = HookCourier(sender or HttpSender(), clock, self._taken)
        self._followers: dict[LinesInstance, EventFollower] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="web-hooks", daemon=True)
        self._failure: BaseException | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(_STOP_WITHIN_S)
        self._follow(())
        self._courier.stop()

    @property
    def failure(self) -> BaseException | None:
        """What ended the thread: the process must end, and is started anew."""
        return self._failure

    @property
    def check(self) -> Check:
        """Of hooks that take nothing any more."""
        return Check("web-hooks", self._courier.findings)

    def routes(self) -> dict[str, Handler]:
        from_web = these_users("earmark-web")

        def fares(_: Request) -> Mapping[str, Any]:
            return {"web_hooks": self._courier.fares()}

        def try_now(request: Request) -> Mapping[str, Any]:
            if not from_web(request.peer):
                raise RequestRefused("Web hooks are tried from the page.", status=403)
            return {"why_not": self._courier.try_now(request.parameters["hook_id"])}

        return dict(zip(HOOK_ROUTES, (fares, try_now), strict=True))

    # -- the thread -------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        try:
            while not self._stop.is_set():
                self._look()
                self._stop.wait(_LOOK_EVERY_S)
        except Exception as error:  # noqa: BLE001 - the thread's root: the main thread ends the process with it
            _LOG.exception("web hooks failed")
            self._failure = error

    def _look(self) -> None:
        try:
            told = self._opener.get("/web-hooks/to-call")["web_hooks"]
            hooks = [WebHook.from_json(dict(each)) for each in told]
        except EarmarkError as error:
            _LOG.debug("which web hooks there are is not known anew: %s", error.what)
            return
        self._courier.call(hooks)
        self._follow(tuple(each for each in self._named() if each in WITH_CALLS) if hooks else ())
        self._uses.tell_due()
        self._patient.deliver_waiting()

    def _taken(self, hook: WebHook) -> None:
        self._uses.used(hook.hook_id, hook.name, f"was told of calls, with{'' if hook.numbers else 'out'} numbers")

    def _follow(self, wanted: tuple[LinesInstance, ...]) -> None:
        for gone in self._followers.keys() - set(wanted):
            self._followers.pop(gone).stop()
        for instance in wanted:
            if instance not in self._followers:
                self._followers[instance] = self._follower(instance)
                self._followers[instance].start()

    def _follower(self, instance: LinesInstance) -> EventFollower:
        lines, calls = ControlClient(self._home.lines_socket_of(instance)), CallFollower()
        return EventFollower(
            f"hooks-{instance}",
            lines,
            partial(self._answers, lines, calls),
            partial(self._happened, calls),
            lambda: None,
        )

    def _answers(self, lines: ControlClient, calls: CallFollower) -> None:
        self._courier.tell(calls.all_now(lines.get("/calls")["calls"], self._clock.wall_ms()))

    def _happened(self, calls: CallFollower, event: Event) -> None:
        if event.kind == "call":
            self._courier.tell(calls.happened(event.data, self._clock.wall_ms()))
