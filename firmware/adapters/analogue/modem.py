"""A serial modem beside the line: tells of rings, and who calls. A thread of its own.

Nothing depends on it: without a modem, or with one that says nothing sensible, the line records with the number
unknown.
"""

from __future__ import annotations

import logging
import termios
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

import serial

from firmware.adapters.analogue.happenings import Happening, ModemSaid
from firmware.adapters.analogue.line_config import ModemPort
from firmware.core.analogue.caller_id_lines import Answer, CallerIdLines, ModemWord

_LOG = logging.getLogger(__name__)
_READ_S = 0.2
_LOOK_AGAIN_S = 2.0
# So long a modem may take to answer a command; ATZ is the slowest.
_ANSWERS_WITHIN_S = 3.0
# A modem that was switched off and on has forgotten what it was told: it is told again, but not while a call comes in.
_TELL_AGAIN_S = 300.0
_RESETS = ("ATZ", "AT&F")
_SETTLES_S = 1.5
# So much that is no word of a modem, and no word between: it is another device, or speaks at another speed.
_NOISE_BYTES = 500


class Modem:
    """One line's modem.

    Args:
        line: whose.
        config: where it is, and what to tell it.
        tell: takes what it says, in the modem's thread. Must not block.
    """

    def __init__(self, line: str, config: ModemPort, tell: Callable[[Happening], None]) -> None:
        self._line: Final = line
        self._config: Final = config
        self._tell: Final = tell
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"modem {line}"[:15], daemon=True)
        self._absence = f"The modem at {config.port} is not open yet."
        self._refused = ""
        self._answers = False
        self._words = CallerIdLines()
        self._heard_s = 0.0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def __str__(self) -> str:
        return f"the listener to the modem at {self._config.port}"

    @property
    def alive(self) -> bool:
        """Whether its thread runs, or has been told to stop."""
        return self._thread.is_alive() or self._stopping.is_set()

    @property
    def works(self) -> bool:
        """Whether it is to be expected to tell of rings; it may do that and know nothing of callers."""
        return self._answers and not self._absence and self._words.noise <= _NOISE_BYTES

    def trouble(self) -> str:
        """What a person should know and do; empty when all is well. Any thread."""
        unknown = "Calls are recorded with the number unknown."
        if self._absence:
            return f"{self._absence} {unknown}"
        if self._words.noise > _NOISE_BYTES:
            return (
                f"What comes from {self._config.port} at {self._config.speed} bit/s is not a modem's words. {unknown}"
                " Check that the modem is there, and its speed."
            )
        return f"{self._refused} {unknown}" if self._refused else ""

    # -- the modem's thread -------------------------------------------------------------------------------------------

    def _run(self) -> None:
        said = ""
        while not self._stopping.is_set():
            try:
                with serial.Serial(
                    self._config.port,
                    self._config.speed,
                    timeout=_READ_S,
                    write_timeout=_ANSWERS_WITHIN_S,
                    exclusive=True,
                ) as port:
                    self._absence, said, self._answers, self._words = "", "", False, CallerIdLines()
                    self._serve(port)
            except (OSError, ValueError, termios.error) as error:  # pyserial's own errors are OSErrors
                self._absence = _explained(self._config.port, error)
                if self._absence != said:
                    said = self._absence
                    _LOG.warning("%s: %s", self._line, said)
            self._stopping.wait(_LOOK_AGAIN_S)

    def _serve(self, port: serial.Serial) -> None:
        self._set_up(port, self._config.setup)
        told_s = time.monotonic()
        while not self._stopping.is_set():
            if time.monotonic() - max(told_s, self._heard_s) >= _TELL_AGAIN_S:
                # Without what resets it: a caller's number that came in that moment would be lost.
                self._set_up(port, [each for each in self._config.setup if not each.startswith(_RESETS)])
                told_s = time.monotonic()
            self._listen(port)
            if self._words.unsettled and time.monotonic() - self._heard_s > _SETTLES_S:
                self._hand_on(self._words.settle())

    def _set_up(self, port: serial.Serial, commands: Sequence[str]) -> None:
        """Tell it what to report. It may go on talking of rings meanwhile."""
        refused = ""
        for command in commands:
            port.write(command.encode("ascii") + b"\r")
            answer = self._answer(port)
            if self._stopping.is_set():
                return
            self._answers = answer is not None
            if answer is None:
                refused = f"The modem at {self._config.port} does not answer. Check its cable and its speed."
                break
            if not answer.ok:
                refused = (
                    f"The modem at {self._config.port} refuses {command}."
                    " Its manual says how caller ID is set up: put that into setup."
                )
        self._refused = refused

    def _answer(self, port: serial.Serial) -> Answer | None:
        until_s = time.monotonic() + _ANSWERS_WITHIN_S
        while time.monotonic() < until_s and not self._stopping.is_set():
            answer = self._listen(port)
            if answer is not None:
                return answer
        return None

    def _listen(self, port: serial.Serial) -> Answer | None:
        """What comes within a moment; the last answer among it."""
        data = port.read(max(1, min(port.in_waiting, 4096)))
        if data:
            self._heard_s = time.monotonic()
        words = self._words.take(data)
        self._hand_on([word for word in words if not isinstance(word, Answer)])
        return next((word for word in reversed(words) if isinstance(word, Answer)), None)

    def _hand_on(self, words: Sequence[ModemWord]) -> None:
        now_s = time.monotonic()
        for word in words:
            self._tell(ModemSaid(self._line, round(now_s * 1000), word))


def _explained(port: str, error: Exception) -> str:
    number = getattr(error, "errno", None)
    words = str(error)
    if number == 2 or "No such file" in words:
        return f"There is no serial port {port}: plug the modem in; ls /dev/serial/by-id names those that are there."
    if number == 16 or "exclusively lock" in words or "Resource temporarily unavailable" in words:
        return f"The serial port {port} is in use by another program."
    if number == 13:
        return f"The serial port {port} may not be used: add the user to the group dialout."
    return f"The serial port {port} fails ({words})."
