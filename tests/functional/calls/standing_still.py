"""Runs a process of the product that can be made to stand still: at SIGUSR1 its main thread does nothing for a while.

python tests/functional/calls/standing_still.py SECONDS PYTHON -m MODULE ARGUMENT…

Its other threads go on: sound flows, requests arrive, and nobody deals with them.
"""

from __future__ import annotations

import runpy
import signal
import sys
import time
from pathlib import Path


def under(seconds: float) -> tuple[str, ...]:
    """What to run such a process under."""
    return sys.executable, str(Path(__file__).resolve()), str(seconds)


def main() -> None:
    seconds, (_, _, module, *arguments) = float(sys.argv[1]), sys.argv[2:]
    signal.signal(signal.SIGUSR1, lambda number, frame: time.sleep(seconds))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
