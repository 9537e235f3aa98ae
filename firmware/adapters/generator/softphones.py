"""The generator's two telephones: a trunk on one side of the lines process and an inner phone on the other.

Both live in one pjsua2 endpoint, each on an address of its own, and talk to the lines process by real SIP and RTP.
Everything here belongs to the thread that made it: pjsua2 runs without threads of its own (``threadCnt=0``), and its
callbacks only note what happened.
"""

from __future__ import annotations

import time
from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

import pjsua2 as pj

from firmware.adapters.generator.conversation import write_track
from firmware.adapters.generator.exchange import HANG_UP_WITHIN_S, CallPlan, Exchange
from firmware.adapters.generator.softphone_endpoint import PeerAddress, Telephone, new_endpoint
from firmware.adapters.generator.softphone_leg import SoftphoneLeg
from firmware.adapters.generator.speech import SAMPLE_RATE_HZ
from firmware.core.call_record import Direction
from firmware.core.errors import LineError

# pjsua2 tells a player of its file's end from another thread, even when the player has just been deleted, and crashes.
# So no file may end while its player lives: this much silence outlasts every hanging up.
_UNHEARD = array("h", bytes(2 * SAMPLE_RATE_HZ * int(HANG_UP_WITHIN_S + 5)))


class Softphones:
    """Makes calls through the lines process. Use as a context manager, from one thread.

    Args:
        trunk: where the lines process expects its trunk.
        office: where it expects the inner phone.
        lines: where the lines process itself listens; it is called over the caller's own transport.
        most_calls: how many calls at a time will be asked for.
        must_wait: asked when both parties of a call could talk: is there a reason for them not to begin yet?

    Raises:
        AddressInUse: another program listens on one of the addresses.
    """

    def __init__(
        self,
        trunk: PeerAddress,
        office: PeerAddress,
        lines: PeerAddress,
        most_calls: int = 1,
        must_wait: Callable[[CallPlan], bool] = lambda _: False,
    ) -> None:
        self._lines = lines
        self._must_wait = must_wait
        self._exchanges: list[Exchange] = []
        self._legs: list[SoftphoneLeg] = []
        self._called: deque[SoftphoneLeg] = deque()
        self._tracks = TemporaryDirectory(prefix="earmark-generator-")
        self._accounts: dict[str, Telephone] = {}
        self._endpoint: Any = new_endpoint(most_calls)
        try:
            for side, address in (("trunk", trunk), ("office", office)):
                self._accounts[side] = Telephone(self._endpoint, address, self._incoming)
            self._endpoint.libStart()
        except BaseException:
            self.close()
            raise

    def place(self, plan: CallPlan) -> Exchange:
        """Dial. The call goes on while ``poll`` is called.

        Raises:
            LineError: the call could not even be sent.
        """
        account = self._accounts[_caller_side(plan.direction)]
        leg = SoftphoneLeg(account, self._track(plan, caller=True))
        now_s = time.monotonic()
        try:
            lines = replace(self._lines, transport=account.address.transport)
            leg.dial(lines.uri(plan.called), plan, account.address)
        except pj.Error as error:
            raise LineError(f"The made-up call could not be sent: {error.reason}.") from error
        self._legs.append(leg)
        exchange = Exchange(plan, leg, now_s, lambda: self._must_wait(plan))
        self._exchanges.append(exchange)
        return exchange

    def poll(self, longest_ms: int = 10) -> None:
        """Let the telephones work for up to that long."""
        self._endpoint.libHandleEvents(longest_ms)
        now_s = time.monotonic()
        while self._called:
            self._take_up(self._called.popleft(), now_s)
        for exchange in self._exchanges:
            exchange.step(now_s)
        self._exchanges = [exchange for exchange in self._exchanges if not exchange.over]
        for leg in [leg for leg in self._legs if leg.ended]:
            leg.release()
            self._legs.remove(leg)

    def close(self) -> None:
        """Hang up everything and let go of the addresses. Safe to call twice."""
        if self._endpoint is not None:
            self._endpoint.hangupAllCalls()
            for leg in self._legs:
                leg.release()
            self._accounts.clear()
            self._endpoint.libDestroy()
            self._endpoint = None
        self._tracks.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _incoming(self, account: Telephone, call_id: int) -> None:
        """From pjsua2's callback: a call without a Python object would be declined, so it gets one at once."""
        leg = SoftphoneLeg(account, None, call_id)
        self._legs.append(leg)
        self._called.append(leg)

    def _take_up(self, callee: SoftphoneLeg, now_s: float) -> None:
        """Find the exchange that an incoming call belongs to: by the caller's number, else the one waiting longest."""
        waiting = [exchange for exchange in self._exchanges if exchange.waits_for_callee]
        number = callee.remote_number
        named = [exchange for exchange in waiting if number is not None and exchange.plan.caller == number]
        exchange = next(iter(named or waiting), None)
        if exchange is None:
            callee.refuse()
            return
        callee.track = self._track(exchange.plan, caller=False)
        exchange.callee_is_called(callee, now_s)

    def _track(self, plan: CallPlan, *, caller: bool) -> Path:
        far_party = caller == (plan.direction == "inbound")
        samples = plan.conversation.far_party if far_party else plan.conversation.office
        path = Path(self._tracks.name) / f"{id(plan.conversation):x}-{'far' if far_party else 'office'}.wav"
        write_track(path, samples + _UNHEARD)
        return path


def _caller_side(direction: Direction) -> str:
    return "trunk" if direction == "inbound" else "office"
