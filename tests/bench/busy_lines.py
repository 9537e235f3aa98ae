"""The lines process with a Python thread that never stops, as ``python -m tests.bench.busy_lines lines``.

Audio that waited for the interpreter would be lost here, and callers would hear it.
"""

from __future__ import annotations

import threading

from firmware.cli.main import main


def _spin() -> None:
    turns = 0
    while True:
        turns += 1


if __name__ == "__main__":
    threading.Thread(target=_spin, name="busy", daemon=True).start()
    main()
