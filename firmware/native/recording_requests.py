"""Requests of recording clients, made into what pjsua deals with well (see ``recording_requests.h``)."""

from __future__ import annotations

import ctypes
from typing import Final, Self

from firmware.core.errors import LineError
from firmware.native.recorder_port import load_library


class RecordingRequests:
    """INVITE and UPDATE are taken for their SDP alone, whatever stands beside it. One per process.

    All methods are for the thread that polls the library, while it is up; close before ``libDestroy``.
    """

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library: Final = library

    @classmethod
    def open(cls) -> Self:
        """Begin.

        Raises:
            NativeBuildError: the C cannot be compiled or loaded here.
            LineError: the library does not take it.
        """
        library = load_library()
        status = library.recording_requests_open()
        if status:
            raise LineError(f"The SIP library does not take what reads recording sessions (status {status}).")
        return cls(library)

    def close(self) -> None:
        """Leave such requests to pjsua again."""
        self._library.recording_requests_close()
