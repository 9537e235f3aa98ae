"""The processes that hold or hear calls, as the page asks them. Which there are is looked up anew each time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from firmware.adapters.control.client import ControlClient, path_of
from firmware.core.errors import ActionRefused, EarmarkError, NoSuchCall, ServiceAway
from firmware.core.home import Home
from firmware.core.lines_instance import WITH_CALLS, LinesInstance
from webui.live_calls.calls_now import Calls, CallsNow
from webui.translation import gettext as _

Named = Callable[[], tuple[LinesInstance, ...]]
# A process that stands still must not keep a pause from another's call.
_LOOK_S = 0.5


class Lines:
    """Any thread.

    Args:
        named: the processes that the settings ask for.
    """

    def __init__(self, home: Home, named: Named) -> None:
        self._home = home
        self._named = named

    @property
    def instances(self) -> tuple[LinesInstance, ...]:
        """Those whose calls there are."""
        return tuple(instance for instance in self._named() if instance in WITH_CALLS)

    @property
    def processes(self) -> tuple[LinesInstance, ...]:
        """All that are expected to run."""
        return self._named()

    def client(self, instance: LinesInstance, timeout_s: float | None = None) -> ControlClient:
        socket = self._home.lines_socket_of(instance)
        return ControlClient(socket) if timeout_s is None else ControlClient(socket, timeout_s)

    def calls_now(self) -> CallsNow:
        """Asked anew, for a page that is being drawn: what its script or nobody brings up to date later."""
        return CallsNow({instance: self._calls_of(instance) for instance in self.instances})

    def _calls_of(self, instance: LinesInstance) -> Calls | None:
        try:
            return calls_told(self.client(instance, _LOOK_S))
        except ServiceAway:
            return None

    def ask_call(self, known: CallsNow, call_id: str, action: str, asked: Mapping[str, str]) -> None:
        """Ask something of a call, where it is. ``known`` is what was told last, if anything was.

        Raises:
            NoSuchCall, ActionRefused, ServiceAway: as whoever has the call says.
        """
        holders = known.holders(call_id) or self._look_for(lambda now: now.holders(call_id))
        self._ask(holders, path_of("calls", call_id, action), asked)

    def ask_extension(self, known: CallsNow, extension: str, action: str, asked: Mapping[str, str]) -> None:
        """Ask the same of every call of an extension, wherever it is.

        Raises:
            NoSuchCall, ActionRefused, ServiceAway: nobody did it.
        """
        holders = known.holders_at(extension) or self._look_for(lambda now: now.holders_at(extension))
        self._ask(holders, path_of("extensions", extension, action), asked)

    def _look_for(self, holders_in: Callable[[CallsNow], list[LinesInstance]]) -> list[LinesInstance]:
        """Who has it; where nobody does, who is to say so: one that does not answer, before one that does."""
        instances = self.instances
        if len(instances) == 1:
            return [*instances]
        now = self.calls_now()
        silent = [instance for instance, calls in now.held.items() if calls is None]
        return holders_in(now) or [*silent, *instances][:1]

    def _ask(self, holders: Iterable[LinesInstance], path: str, asked: Mapping[str, str]) -> None:
        refusals: list[EarmarkError] = []
        done = False
        for instance in holders:
            try:
                self.client(instance).post(path, dict(asked))
                done = True
            except (NoSuchCall, ActionRefused, ServiceAway) as refusal:
                refusals.append(refusal)
        if not done and refusals:
            raise next((each for each in refusals if isinstance(each, ActionRefused)), refusals[0])
        if not done:
            raise NoSuchCall(_("No line is set up that could have a call."))


def calls_told(client: ControlClient) -> Calls:
    """What a process says is going on, by call id."""
    return {str(call["call_id"]): call for call in client.get("/calls")["calls"] if call["state"] != "ended"}
