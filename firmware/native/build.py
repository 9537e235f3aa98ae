"""Compile the C of the product: the SIP line's against the very copy of pjproject that pjsua2 has loaded.

``python -m firmware.native.build`` does it ahead of time; otherwise the first use does.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from firmware.native.compiling import SOURCE_FOLDER, NativeBuildError, NativeLibrary

__all__ = ["NativeBuildError", "ensure_built", "library_path"]

_RING_SOURCES = ("ring_writer.c", "ring_timeline.c", "ring_silence.c", "touch_tone.c", "key_queue.c", "ear.c")
_RING_HEADERS = ("ring_writer.h", "ring_timeline.h", "ring_silence.h", "touch_tone.h", "key_queue.h", "ear.h")
SOURCES = (
    *_RING_SOURCES,
    "recorder_port.c",
    "network_range.c",
    "unheard.c",
    "registrar.c",
    "peer_gate.c",
    "return_path.c",
    "dialog_requests.c",
    "recording_requests.c",
    "stream_keys.c",
)
HEADERS = (
    *_RING_HEADERS,
    "recorder_port.h",
    "network_range.h",
    "tick.h",
    "unheard.h",
    "registrar.h",
    "peer_gate.h",
    "return_path.h",
    "dialog_requests.h",
    "recording_requests.h",
    "stream_keys.h",
)
LIBRARIES = ("libpjsua.so.2", "libpjsip-ua.so.2", "libpjsip.so.2", "libpjmedia.so.2", "libpj.so.2")


def library_path(folder: Path = SOURCE_FOLDER) -> Path:
    """Where the SIP line's library made from the present sources lies, whether or not it is there yet.

    Raises:
        NativeBuildError: pjsua2 is missing.
    """
    return RECORDER_PORT.path(folder)


def ensure_built(folder: Path = SOURCE_FOLDER) -> Path:
    """The SIP line's library, compiled first when it is not there. Takes about a second then.

    Raises:
        NativeBuildError: pjsua2, a compiler or the right to write is missing, or the compiler refused.
    """
    return RECORDER_PORT.ensure_built(folder)


def _pjproject_key() -> str:
    try:
        from pjsua2_native import BUILD_KEY
    except ImportError as error:
        raise NativeBuildError(
            "Earmark's own build of pjsua2 is not installed.", "Run scripts/build-pjsua2 --install."
        ) from error
    return str(BUILD_KEY)


def _pjproject_compile_flags() -> Sequence[str]:
    from pjsua2_native import compile_flags, include_dir

    return (*compile_flags(), f"-isystem{include_dir()}")


def _pjproject_link_flags() -> Sequence[str]:
    from pjsua2_native import library_dir

    folder = library_dir()
    named = (f"-l:{name}" for name in LIBRARIES)
    return (f"-L{folder}", f"-Wl,-rpath-link,{folder}", *named, "-lm", f"-Wl,-rpath,{folder}")


RECORDER_PORT = NativeLibrary(
    "_recorder_port",
    "the recorder port",
    SOURCES,
    HEADERS,
    _pjproject_key,
    _pjproject_compile_flags,
    _pjproject_link_flags,
)
#: The analogue line's: it needs nothing of pjproject.
TAPPED_LINE = NativeLibrary(
    "_tapped_line",
    "the analogue line's ear",
    (*_RING_SOURCES, "tapped_line.c"),
    (*_RING_HEADERS, "tapped_line.h"),
    link_flags=lambda: ("-lm",),
)


if __name__ == "__main__":
    try:
        for library in (TAPPED_LINE, RECORDER_PORT):
            print(library.ensure_built(SOURCE_FOLDER))  # noqa: T201  the paths are this command's whole output
    except NativeBuildError as error:
        sys.exit(str(error))
