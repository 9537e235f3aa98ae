"""The account by which registered phones call and are called; it asks them now and then whether they are there.

Asking keeps the way through a router open as well: the meanest forget it after 30 seconds (RFC 5626 §4.4.2).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence

import pjsua2 as pj

from firmware.adapters.sip.account import Incoming, PeerAccount
from firmware.adapters.sip.callbacks import callback
from firmware.adapters.sip.line_config import SipLineConfig, SipPeer
from firmware.adapters.sip.phones.bindings import Binding

_LOG = logging.getLogger(__name__)
_ASK_EVERY_S = 25.0
_SERVER_TIMED_OUT = 408
_UNAVAILABLE = 503


class PhoneAccount(PeerAccount):
    """One for each transport of a line.

    Args:
        bindings: gives the phones that registered by it.
        note_answer: told of each by name whether it answered.
    """

    def __init__(
        self,
        line: SipLineConfig,
        peer: SipPeer,
        incoming: Incoming,
        bindings: Callable[[], Iterable[Binding]],
        note_answer: Callable[[str, bool], None],
    ) -> None:
        super().__init__(line, peer, incoming, _no_doubts)
        self._bindings = bindings
        self._note_answer = note_answer
        self._asked_s: dict[str, float] = {}
        self._names: dict[str, str] = {}

    def attend(self, now_s: float) -> None:
        """Ask each phone for which it is time. Call about once a second."""
        bindings = list(self._bindings())
        self._names = {each.place: each.name for each in bindings}
        self._asked_s = {name: at_s for name, at_s in self._asked_s.items() if name in self._names.values()}
        for binding in bindings:
            if now_s - self._asked_s.get(binding.name, now_s - _ASK_EVERY_S) >= _ASK_EVERY_S:
                self._asked_s[binding.name] = now_s
                self._ask(binding)

    def _ask(self, binding: Binding) -> None:
        parameters = pj.SendRequestParam()
        parameters.method = "OPTIONS"
        parameters.txOption.targetUri = binding.uri
        try:
            self.sendRequest(parameters)
        except pj.Error as error:
            _LOG.debug("%s: a phone cannot be asked: %s", self.line.name, error.reason)
            self._note_answer(binding.name, False)

    @callback
    def onSendRequest(self, prm: pj.OnSendRequestParam) -> None:  # noqa: N802 - pjsua2's name
        # The event has no status, only the place that was asked and, where something came, the answer.
        transaction = prm.e.body.tsxState.tsx
        name = self._names.get(transaction.lastTx.dstAddress)
        if name is not None:
            self._note_answer(name, transaction.statusCode not in (_SERVER_TIMED_OUT, _UNAVAILABLE))


def _no_doubts(address: str) -> Sequence[str]:
    """Phones prove themselves by a password, not by a certificate."""
    return ()
