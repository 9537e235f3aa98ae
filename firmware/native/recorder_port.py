"""The recorder's two ears on pjsua's conference bridge.

The C behind it writes what the bridge sends into a ring without Python in the media path: no frame waits for the
interpreter, and none is lost to a busy one.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Self

from firmware.core.errors import AudioPathError
from firmware.core.ring_layout import CHANNELS, LONGEST_LOOK_BACK_MS
from firmware.native.build import NativeBuildError, ensure_built
from firmware.native.compiling import loaded_once
from firmware.native.heard_keys import HeardKey, KeyStruct, take_keys

#: Audio this far behind the clock, that does not catch up, counts as lost; both channels then jump ahead together.
PATIENCE_MS = 100
_SUCCESS = 0
_NO_RING = -1
_NO_SLOT = -1
_END_OF_LAYOUT = 2**64 - 1


class _Counts(ctypes.Structure):
    frames: Any
    empty_frames: Any
    lost_samples: Any
    written: Any
    jumps: int
    _fields_ = (
        ("frames", ctypes.c_uint64 * CHANNELS),
        ("empty_frames", ctypes.c_uint64 * CHANNELS),
        ("lost_samples", ctypes.c_uint64 * CHANNELS),
        ("written", ctypes.c_uint64 * CHANNELS),
        ("jumps", ctypes.c_uint64),
    )


@dataclass(frozen=True)
class PortStats:
    """What one recorder port has seen so far, per channel (far party, office)."""

    frames: tuple[int, int]
    empty_frames: tuple[int, int]
    lost_samples: tuple[int, int]
    samples_written: tuple[int, int]
    jumps: int


@loaded_once
def load_library() -> ctypes.CDLL:
    """The compiled port, made first if need be, in the same copy of pjproject as pjsua2's.

    Raises:
        NativeBuildError: it cannot be compiled or loaded here.
    """
    path = ensure_built()
    try:
        import pjsua2  # noqa: F401  its libraries must be the ones already loaded when ours looks for them

        library = ctypes.CDLL(str(path))
    except (ImportError, OSError) as error:
        raise NativeBuildError(f"The recorder port cannot be loaded ({error}).", "Run scripts/build-pjsua2.") from error
    handle, number = ctypes.c_void_p, ctypes.c_uint
    signatures: dict[str, tuple[Any, tuple[Any, ...]]] = {
        "recorder_port_create": (ctypes.c_int, (ctypes.c_int, number, ctypes.POINTER(handle))),
        "recorder_port_slot": (ctypes.c_int, (handle, number)),
        "recorder_port_connect": (ctypes.c_int, (handle, number, ctypes.c_int)),
        "recorder_port_disconnect": (ctypes.c_int, (handle, number, ctypes.c_int)),
        "recorder_port_pause": (None, (handle, number)),
        "recorder_port_resume": (number, (handle, number)),
        "recorder_port_hold": (None, (handle, number, ctypes.c_bool)),
        "recorder_port_mask": (None, (handle, number, number, number)),
        "recorder_port_listen_far": (None, (handle, ctypes.c_bool)),
        "recorder_port_keys": (number, (handle, ctypes.POINTER(KeyStruct), number)),
        "recorder_port_swallow": (None, (handle, ctypes.c_bool)),
        "recorder_port_swallow_slot": (None, (handle, ctypes.c_int)),
        "recorder_port_count": (None, (handle, ctypes.POINTER(_Counts))),
        "recorder_port_close": (ctypes.c_uint64, (handle,)),
        "recorder_port_explain": (None, (ctypes.c_int, ctypes.c_char_p, number)),
        "recorder_port_layout": (ctypes.POINTER(ctypes.c_uint64), ()),
        "peer_gate_open": (ctypes.c_int, (handle, number)),
        "peer_gate_refused": (number, (handle, number, ctypes.POINTER(ctypes.c_uint64))),
        "peer_gate_close": (None, ()),
        "return_path_open": (ctypes.c_int, ()),
        "return_path_close": (None, ()),
        "dialog_requests_open": (ctypes.c_int, (handle,)),
        "dialog_requests_find": (ctypes.c_int, (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p)),
        "dialog_requests_close": (None, ()),
        "registrar_open": (ctypes.c_int, (handle, number, handle)),
        "registrar_vouch": (ctypes.c_int, (handle, number)),
        "unheard_add": (None, (handle, number)),
        "registrar_close": (None, ()),
        "recording_requests_open": (ctypes.c_int, ()),
        "recording_requests_close": (None, ()),
        "stream_keys_listen": (ctypes.c_int, (handle, ctypes.c_uint32)),
        "stream_keys_take": (number, (handle, number)),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library


def native_layout() -> list[int]:
    """The ring's layout as the C was compiled with it, for comparison with ``firmware.core.ring_layout``."""
    numbers = load_library().recorder_port_layout()
    layout: list[int] = []
    while (number := numbers[len(layout)]) != _END_OF_LAYOUT:
        layout.append(number)
    return layout


class RecorderPort:
    """Two mono ports on the bridge, far party and office, that write one ring.

    All methods are for a thread that pjlib knows, while the library is up; close the port before ``libDestroy``.
    A channel with nothing connected is silent, and time goes on.

    What ``pause``, ``resume``, ``hold`` and ``mask`` ask is done by the media thread at its next tick, within 20 ms:
    what comes is then silent from its first sample on, never in the ring even for a moment; what the ring has already
    is wiped and its generation raised. Touch-tones that can be heard are masked in any case, by themselves.
    """

    def __init__(self, library: ctypes.CDLL, handle: int) -> None:
        self._library: Final = library
        self._handle: int | None = handle
        self._key_puts: Final = ctypes.c_uint64.in_dll(library, "key_queue_puts")
        self._key_puts_seen = self._key_puts.value
        self._last = PortStats((0, 0), (0, 0), (0, 0), (0, 0), 0)
        self._final = 0

    @classmethod
    def create(cls, ring_fd: int | None, patience_ms: int = PATIENCE_MS) -> Self:
        """Put the ports on the bridge; they write the ring behind ``ring_fd``, which must not be sealed yet.

        The descriptor may be closed afterwards: the port keeps a mapping of its own for as long as the bridge uses it.
        Without a ring the port only listens for keys: nothing is kept.

        Raises:
            AudioPathError: the port cannot be compiled here, there is no bridge or no slot on it, or the ring cannot
                be mapped.
        """
        try:
            library = load_library()
        except NativeBuildError as error:
            raise AudioPathError(error.what, error.remedy) from error
        handle = ctypes.c_void_p()
        descriptor = _NO_RING if ring_fd is None else ring_fd
        status = library.recorder_port_create(descriptor, patience_ms, ctypes.byref(handle))
        if status != _SUCCESS or handle.value is None:
            raise AudioPathError(f"The recorder cannot listen on the bridge ({_explanation(library, status)}).")
        return cls(library, handle.value)

    def slot(self, channel: int) -> int:
        """The bridge slot of a channel, to connect other sources to it."""
        slot: int = self._library.recorder_port_slot(self._open_handle(), _checked(channel))
        return slot

    def connect(self, channel: int, source_slot: int) -> None:
        """Let a channel hear a slot from the next tick on.

        Again after every hold, un-hold or re-INVITE; twice is harmless.

        Raises:
            AudioPathError: no such slot.
        """
        status = self._library.recorder_port_connect(self._open_handle(), _checked(channel), source_slot)
        self._must(status, source_slot)

    def disconnect(self, channel: int, source_slot: int) -> None:
        """No longer let a channel hear a slot.

        Raises:
            AudioPathError: no such slot.
        """
        status = self._library.recorder_port_disconnect(self._open_handle(), _checked(channel), source_slot)
        self._must(status, source_slot)

    def pause(self, look_back_ms: int) -> None:
        """Leave both parties out from now on, and wipe what was said in the last ``look_back_ms``.

        At least 80 ms are wiped: somebody may have begun to press a key.

        Raises:
            ValueError: the look-back goes beyond what the recorder surely has not sealed.
        """
        self._library.recorder_port_pause(self._open_handle(), _checked_look_back(look_back_ms))

    def resume(self, after_ms: int = 0) -> int:
        """Take both parties again ``after_ms`` from now: so long, what came before now may yet lie in buffers.

        Counted by the media clock; the same frame is the first of both parties. Gives how many ms it will be until
        then; another pause before then goes on without a break. Not paused: harmless, and 0.
        """
        remaining: int = self._library.recorder_port_resume(self._open_handle(), max(0, after_ms))
        return remaining

    def hold(self, channel: int, on: bool) -> None:
        """Leave one side out while it is on hold: what is heard of it is music."""
        self._library.recorder_port_hold(self._open_handle(), _checked(channel), on)

    def mask(self, channel: int, look_back_ms: int, hold_ms: int) -> None:
        """Silence a key that came as an event, from ``look_back_ms`` ago until ``hold_ms`` from now.

        Again while it is down: extends it.

        Raises:
            ValueError: the look-back goes beyond what the recorder surely has not sealed.
        """
        back_ms = _checked_look_back(look_back_ms)
        self._library.recorder_port_mask(self._open_handle(), _checked(channel), back_ms, max(0, hold_ms))

    def listen_far(self, on: bool) -> None:
        """Whether keys of the far party are told, for a menu or an opt-out.

        Otherwise only asterisks are, whose echo must not count as the office's, and no other key is held anywhere.
        """
        self._library.recorder_port_listen_far(self._open_handle(), on)

    def keys(self) -> list[HeardKey]:
        """The keys heard since the last time, in order. The port forgets them. None: costs next to nothing.

        Of the office only what can be a feature code is told: an asterisk, and up to four keys after it.
        """
        puts = self._key_puts.value
        if puts == self._key_puts_seen:
            return []
        self._key_puts_seen = puts
        keys = take_keys(partial(self._library.recorder_port_keys, self._open_handle()))
        return sorted(keys, key=lambda key: key.at_sample)

    def swallow(self, on: bool) -> None:
        """Mute the far party's slot from the moment the office's asterisk is heard until ``swallow(False)``.

        ``swallow(False)`` lets the far party hear again and mutes no more; ``swallow(True)`` right after it is ready
        for the next code. A mute that is not undone ends by itself 3 s after the last tone.
        """
        self._library.recorder_port_swallow(self._open_handle(), on)

    def swallow_slot(self, far_slot: int | None) -> None:
        """The bridge slot of the far party's leg; again when its media was made anew, None when it has none."""
        self._library.recorder_port_swallow_slot(self._open_handle(), _NO_SLOT if far_slot is None else far_slot)

    def stats(self) -> PortStats:
        """What was seen so far; after ``close`` the last of it."""
        if self._handle is not None:
            counts = _Counts()
            self._library.recorder_port_count(self._handle, ctypes.byref(counts))
            self._last = PortStats(
                frames=_pair(counts.frames),
                empty_frames=_pair(counts.empty_frames),
                lost_samples=_pair(counts.lost_samples),
                samples_written=_pair(counts.written),
                jumps=counts.jumps,
            )
        return self._last

    def close(self) -> int:
        """Take nothing from now on and leave the bridge; returns the ring's final length. Again: harmless."""
        if self._handle is not None:
            self.stats()
            handle, self._handle = self._handle, None
            self._final = int(self._library.recorder_port_close(handle))
        return self._final

    def _open_handle(self) -> int:
        if self._handle is None:
            raise AudioPathError("The recorder's port has already left the bridge.")
        return self._handle

    def _must(self, status: int, source_slot: int) -> None:
        if status != _SUCCESS:
            raise AudioPathError(f"Slot {source_slot} of the bridge: {_explanation(self._library, status)}.")


def _checked(channel: int) -> int:
    if not 0 <= channel < CHANNELS:
        raise ValueError(f"a recorder port has {CHANNELS} channels, there is no channel {channel}")
    return channel


def _checked_look_back(look_back_ms: int) -> int:
    if not 0 <= look_back_ms <= LONGEST_LOOK_BACK_MS:
        raise ValueError(f"at most {LONGEST_LOOK_BACK_MS} ms of a recording can be dropped, not {look_back_ms}")
    return look_back_ms


def _explanation(library: ctypes.CDLL, status: int) -> str:
    text = ctypes.create_string_buffer(200)
    library.recorder_port_explain(status, text, len(text))
    return text.value.decode(errors="replace")


def _pair(numbers: Any) -> tuple[int, int]:
    return int(numbers[0]), int(numbers[1])
