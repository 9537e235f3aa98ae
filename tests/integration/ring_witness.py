"""A process that reads a ring while it is written: as the recorder does, and as somebody who peeps.

python -m tests.integration.ring_witness RING_FD ACK_FD FORBIDDEN SEALED_FILE

It seals half seconds a second behind live into SEALED_FILE (both channels of a block, one after the other), checked by
generation and overrun like the recorder's. Between blocks it looks at everything that the ring holds for the FORBIDDEN
sample value, and counts how often it was there even for a moment. Prints one line of JSON when the ring is closed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from firmware.adapters.ring.reader import RingReader
from firmware.core import ring_layout as layout
from firmware.core.ring_layout import RingState

BLOCK = 4000
BEHIND = 8000
_LAG = 1600


def witness(reader: RingReader, forbidden: int, sealed: Path) -> dict[str, int]:
    """Seal and peep until the ring is closed; how many blocks were sealed, read twice, and peeps, and what they saw."""
    position = again = peeps = seen = 0
    with sealed.open("wb") as file:
        while True:
            closed = reader.writer_state() is RingState.CLOSED
            behind = 0 if closed else BEHIND
            while position + BLOCK + behind <= reader.readable(_LAG):
                block, repeated = _agreed_block(reader, position)
                again += repeated
                file.write(block)
                position += BLOCK
                reader.acknowledge(position)
            if closed:
                return {"blocks": position // BLOCK, "again": again, "peeps": peeps, "seen": seen}
            seen += _peep(reader, forbidden)
            peeps += 1


def _agreed_block(reader: RingReader, start: int) -> tuple[bytes, int]:
    again = 0
    while True:
        generation = reader.generation()
        block = b"".join(bytes(reader.block(channel, start, BLOCK)) for channel in range(layout.CHANNELS))
        if reader.overrun(start):
            raise SystemExit("the writer was not held back")
        if reader.generation() == generation:
            return block, again
        again += 1


def _peep(reader: RingReader, forbidden: int) -> int:
    oldest, newest = reader.oldest_intact(), reader.written()
    return sum(
        int(np.count_nonzero(np.asarray(reader.block(channel, oldest, newest - oldest)) == forbidden))
        for channel in range(layout.CHANNELS)
        if newest > oldest
    )


if __name__ == "__main__":
    reader = RingReader(int(sys.argv[1]), int(sys.argv[2]))
    print(json.dumps(witness(reader, int(sys.argv[3]), Path(sys.argv[4]))), flush=True)
