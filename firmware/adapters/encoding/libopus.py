"""The few libopus functions in use, with their types. Every call releases the interpreter lock."""

from __future__ import annotations

import ctypes
from functools import cache

from firmware.core.errors import MissingComponent

APPLICATION_VOIP = 2048
APPLICATION_RESTRICTED_LOWDELAY = 2051
SET_BITRATE = 4002
SET_VBR = 4006
SET_COMPLEXITY = 4010
GET_LOOKAHEAD = 4027
RESET_STATE = 4028
SET_FORCE_MODE = 11002  # not in the public header, but stable since 1.0 and used by opus_demo
MODE_SILK_ONLY = 1000
MODE_CELT_ONLY = 1002
LARGEST_PACKET_BYTES = 1275


@cache
def load_libopus() -> ctypes.CDLL:
    """The system's libopus.

    Raises:
        MissingComponent: it is not installed.
    """
    try:
        library = ctypes.CDLL("libopus.so.0")
    except OSError as error:
        raise MissingComponent(
            "The Opus library libopus.so.0 is not installed.", "Install the package libopus0."
        ) from error
    library.opus_encoder_get_size.argtypes = (ctypes.c_int,)
    library.opus_encoder_init.argtypes = (ctypes.c_void_p, ctypes.c_int32, ctypes.c_int, ctypes.c_int)
    library.opus_encode.argtypes = (
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_int,
        ctypes.c_void_p,
        ctypes.c_int32,
    )
    library.opus_encode.restype = ctypes.c_int32
    return library
