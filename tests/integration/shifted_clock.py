"""Sets the wall clock of one real process from a test, while it runs: its own calls are shifted, nobody else's."""

from __future__ import annotations

import mmap
import struct
import subprocess
from pathlib import Path

_SHIM = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile long long *shift_ms;

__attribute__((constructor)) static void open_shift(void)
{
    int file = open(getenv("TEST_CLOCK_SHIFT"), O_RDONLY | O_CLOEXEC);
    void *page = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *shift_ms, PROT_READ, MAP_SHARED, file, 0);
    if (page != MAP_FAILED)
        shift_ms = page;
}

int clock_gettime(clockid_t which, struct timespec *now)
{
    int failed = (int)syscall(SYS_clock_gettime, which, now);
    if (!failed && which == CLOCK_REALTIME && shift_ms) {
        long long ns = now->tv_sec * 1000000000LL + now->tv_nsec + *shift_ms * 1000000LL;
        now->tv_sec = ns / 1000000000LL;
        now->tv_nsec = ns % 1000000000LL;
    }
    return failed;
}
"""


class ShiftedClock:
    """``environment`` is for the process whose clock is to be set."""

    def __init__(self, folder: Path) -> None:
        source, shim, shift = folder / "clock.c", folder / "clock.so", folder / "shift"
        source.write_text(_SHIM)
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(shim), str(source)], check=True)
        shift.write_bytes(bytes(8))
        with shift.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), 8)
        self.environment = {"LD_PRELOAD": str(shim), "TEST_CLOCK_SHIFT": str(shift)}

    def shift(self, milliseconds: int) -> None:
        """Let the process's wall clock differ from the true one by so much, from now on."""
        struct.pack_into("q", self._page, 0, milliseconds)

    def close(self) -> None:
        self._page.close()
