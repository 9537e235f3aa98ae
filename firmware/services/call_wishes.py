"""What other threads wish of the calls, granted by the dispatcher: the only thread that may touch them."""

from __future__ import annotations

import queue
from collections.abc import Callable
from concurrent.futures import Future

from firmware.core.errors import EarmarkError, ServiceAway
from firmware.services.call_view import CallView

Grant = Callable[[], list[CallView]]
# The dispatcher turns a hundred times a second; one that does not answer for so long is stuck.
_ANSWER_S = 2.0


class CallWishes:
    """A queue of wishes. ``grant`` does what was wished and gives the calls as they are afterwards."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[tuple[Grant, Future[list[CallView]]]] = queue.SimpleQueue()

    def leave(self, grant: Grant) -> Future[list[CallView]]:
        """Any thread. Does not wait."""
        answer: Future[list[CallView]] = Future()
        self._waiting.put((grant, answer))
        return answer

    def ask(self, grant: Grant) -> list[CallView]:
        """Any thread but the dispatcher's: waits for it.

        Raises:
            ServiceAway: the dispatcher does not answer.
            EarmarkError: whatever ``grant`` raises.
        """
        try:
            return self.leave(grant).result(_ANSWER_S)
        except TimeoutError:
            raise ServiceAway("The process that holds the calls did not answer in time.") from None

    def grant_all(self) -> None:
        """The dispatcher's thread."""
        while not self._waiting.empty():
            grant, answer = self._waiting.get()
            try:
                answer.set_result(grant())
            except EarmarkError as error:
                answer.set_exception(error)
