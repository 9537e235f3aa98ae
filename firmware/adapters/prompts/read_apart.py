"""Reads a sound file in a process of its own, which ends with that: a file from outside is read by much C code.

That process has the file and a pipe, and can open nothing more (with no handle left there is no file and no socket),
starts nobody, and is ended when it takes too long or too much. Whatever goes wrong there, goes wrong there.
"""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
import threading
import wave
from array import array
from typing import IO

from firmware.adapters.prompts.wave_file import NotPlayable

_MODULE = "firmware.adapters.prompts.read_apart"
_SOUND, _REFUSED = b"S", b"R"
_MOST_SENT_BYTES = 100_000_001  # one more than is read: too large a file is refused in the same words
_MOST_TOLD_BYTES = 4_000_000  # twice the longest prompt
_PIECE_BYTES = 1 << 20
PATIENCE_S = 30.0
#: Of the process that reads.
_LIMITS = {
    resource.RLIMIT_CPU: 20,
    resource.RLIMIT_AS: 512 << 20,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_NPROC: 0,
    resource.RLIMIT_NOFILE: 0,
}


def read_apart(file: IO[bytes], patience_s: float = PATIENCE_S) -> array[int]:
    """What ``any_format.read_any_format`` gives. Any thread.

    Raises:
        NotPlayable: it is no sound, damaged, too short or too long, or reading it took too long or too much.
        OSError: it cannot be read.
    """
    with os.fdopen(os.memfd_create("sound"), "w+b") as sent:
        _copy(file, sent)
        told = _told_of(sent, patience_s)
    if told[:1] == _REFUSED:
        raise NotPlayable(told[1:].decode("utf-8", "replace")[:200])
    if told[:1] != _SOUND or len(told) > _MOST_TOLD_BYTES:
        raise NotPlayable("could not be read: it takes too long or too much, or is damaged")
    return array("h", told[1 : 1 + len(told[1:]) // 2 * 2])


def _copy(file: IO[bytes], sent: IO[bytes]) -> None:
    file.seek(0)
    while sent.tell() < _MOST_SENT_BYTES and (piece := file.read(_PIECE_BYTES)):
        sent.write(piece)
    sent.flush()
    sent.seek(0)


def _told_of(sent: IO[bytes], patience_s: float) -> bytes:
    """What the other process told, cut at the most that it may tell."""
    command = (sys.executable, "-m", _MODULE)
    with subprocess.Popen(
        command, stdin=sent, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as reader:
        end = threading.Timer(patience_s, reader.kill)
        end.start()
        try:
            assert reader.stdout is not None
            return reader.stdout.read(_MOST_TOLD_BYTES + 1)
        finally:
            end.cancel()
            reader.kill()


def _silence() -> IO[bytes]:
    content = io.BytesIO()
    with wave.open(content, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(8000)
        written.writeframes(bytes(16000))
    return content


def _main() -> None:
    """As the other process."""
    from firmware.adapters.prompts.any_format import read_any_format  # what is large, and needs files to be loaded

    sound, out = sys.stdin.buffer, sys.stdout.buffer
    read_any_format(_silence())  # whatever the library loads only once it is used
    for limit, most in _LIMITS.items():
        resource.setrlimit(limit, (most, most))
    try:
        out.write(_SOUND + read_any_format(sound).tobytes())
    except NotPlayable as reason:
        out.write(_REFUSED + str(reason).encode())


if __name__ == "__main__":
    _main()
