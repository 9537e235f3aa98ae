"""pjsip's own words in our log: without what they may be about, and each kind of message once a minute.

A peer whose packets cannot be read brings about one message for each of them.
"""

from __future__ import annotations

import logging
import re

from firmware.core.once_a_minute import OnceAMinute

_LOG = logging.getLogger(__name__)
_NUMBERS = re.compile(r"\d{3,}")
_MOST_LETTERS = 200
# Times, addresses, ports and counts tell messages of one kind apart; so does the indentation, which is dots.
_PARTICULARS = re.compile(r"[^A-Za-z ]+")
_OTHERS = "messages of many other kinds"


class LibraryLog:
    """Takes what the library writes. For the one thread that polls it."""

    def __init__(self) -> None:
        self._kinds = OnceAMinute(self._tell, _OTHERS)
        self._words = ""

    def write(self, message: str, now_s: float) -> None:
        """Log ``message`` or count it.

        Kept of it is the first line, without any run of digits that could be a telephone number: of a packet that it
        cannot read the library prints all, somebody else's 60 kB with whatever names are in it.
        """
        first_line = message.strip().partition("\n")[0][:_MOST_LETTERS]
        self._words = _NUMBERS.sub("…", first_line)
        self._kinds.note(_PARTICULARS.sub("…", first_line), now_s)
        self._words = ""

    def flush(self, now_s: float) -> None:
        """Tell of what was only counted; call about once a second."""
        self._kinds.flush(now_s)

    def _tell(self, kind: str, count: int) -> None:
        words = self._words if self._words and kind != _OTHERS else kind
        if count == 1:
            _LOG.warning("pjsip: %s", words)
        else:
            _LOG.warning("pjsip: %s (%d times since it was last told of)", words, count)
