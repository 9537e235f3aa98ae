"""Requests inside a call that pjsua would answer wrongly or by itself, handed to us first (see ``dialog_requests.h``).

pjsua answers 500 to keys sent as ``application/dtmf``, and would itself dial what a REFER asks for, past call control
and the recorder.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Callable
from enum import IntEnum
from typing import Any, Final, Self

from firmware.core.errors import LineError
from firmware.native.recorder_port import load_library

_LOG = logging.getLogger(__name__)
_TAKER = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint)
_LEFT_TO_PJSUA = 0


class Began(IntEnum):
    """Which side began a dialog: we (outgoing) or the peer (incoming)."""

    OUTGOING = 1
    INCOMING = 2


#: Takes who began the dialog and the whole message; gives the status to answer with, 0 to leave it to pjsua.
Taker = Callable[[Began, str], int]


class DialogRequests:
    """INFO and REFER inside dialogs of ours go to ``taker``. One per process.

    All methods are for the thread that polls the library, while it is up; close before ``libDestroy``.
    """

    def __init__(self, library: ctypes.CDLL, held: Any) -> None:
        self._library: Final = library
        self._held = held  # the C keeps only its address

    @classmethod
    def open(cls, taker: Taker) -> Self:
        """Begin to take requests.

        Raises:
            NativeBuildError: the C cannot be compiled or loaded here.
            LineError: the library does not take it.
        """
        library = load_library()
        held = _TAKER(lambda began, message, length: _taken(taker, began, message, length))
        status = library.dialog_requests_open(held)
        if status:
            raise LineError(f"The SIP library does not take what listens for keys and transfers (status {status}).")
        return cls(library, held)

    def find(self, call_id: str, local_tag: str, remote_tag: str) -> Began | None:
        """Who began the dialog of ours with these marks (RFC 3261 section 12); None where there is none."""
        marks = (mark.encode() for mark in (call_id, local_tag, remote_tag))
        found = int(self._library.dialog_requests_find(*marks))
        return Began(found) if found else None

    def close(self) -> None:
        """Leave these requests to pjsua again."""
        self._library.dialog_requests_close()


def _taken(taker: Taker, began: int, message: int, length: int) -> int:
    try:
        return taker(Began(began), ctypes.string_at(message, length).decode(errors="replace"))
    except Exception:  # noqa: BLE001 - a root: C called us, and nobody above catches anything
        _LOG.exception("a request in a call was not understood")
        return _LEFT_TO_PJSUA
