"""A PBX's call log by a serial port (pyserial)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import serial

from firmware.adapters.smdr.source import Received, SourceGone
from firmware.config.smdr_settings import SerialSettings

_WAIT_S = 0.2
_AT_ONCE = 4096
_PARITIES = {"none": serial.PARITY_NONE, "even": serial.PARITY_EVEN, "odd": serial.PARITY_ODD}


class SerialSource:
    """``LogSource``."""

    def __init__(self, settings: SerialSettings) -> None:
        self._settings = settings

    @property
    def shown(self) -> str:
        return f"serial port {self._settings.device}"

    @contextmanager
    def opened(self, stop: threading.Event) -> Iterator[Iterator[Received]]:
        try:
            port = self._open()
        except (OSError, ValueError) as error:  # pyserial's own error is an OSError
            raise SourceGone(self._words(error)) from error
        with port:
            yield self._received(port, stop)

    def _open(self) -> serial.Serial:
        wanted = self._settings
        return serial.Serial(
            port=wanted.device,
            baudrate=wanted.baud,
            bytesize=wanted.data_bits,
            parity=_PARITIES[wanted.parity],
            stopbits=wanted.stop_bits,
            rtscts=wanted.flow == "hardware",
            xonxoff=wanted.flow == "software",
            timeout=_WAIT_S,
            exclusive=True,
        )

    def _received(self, port: serial.Serial, stop: threading.Event) -> Iterator[Received]:
        while not stop.is_set():
            try:
                # At least one byte or the time-out, and then whatever else is there.
                content = port.read(max(1, min(port.in_waiting, _AT_ONCE)))
            except OSError as error:
                raise SourceGone(self._words(error)) from error
            if content:
                yield Received(0, content)

    def _words(self, error: Exception) -> str:
        device = self._settings.device
        if isinstance(error, serial.SerialException) and "exclusively" in str(error):
            return f"The serial port {device} is in use by another program. End that, or choose another port."
        if isinstance(error, PermissionError) or getattr(error, "errno", None) == 13:
            return f"The serial port {device} may not be opened. Let the box's user be in the group dialout."
        return f"The serial port {device} is not there. Plug the adapter in; it is opened by itself then."
