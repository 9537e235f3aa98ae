"""Where a recorder that starts records: a disk that cannot be used is no reason to record nothing.

Nor is a catalogue of an older program: bringing a long one up to date takes minutes, and calls wait in rings of 20 s.
"""

from __future__ import annotations

import logging

from firmware.cli.recorder.composition import DataPlace, PlaceMaker, SpoolPlace
from firmware.core.errors import StorageError
from firmware.ports.data_disk import DataDisk

_LOG = logging.getLogger(__name__)
BROUGHT_UP_TO_DATE = "The catalogue is being brought up to date to this version."


def places_at_start(maker: PlaceMaker, disk: DataDisk) -> tuple[SpoolPlace | None, DataPlace | None, str]:
    """The spool, if it is needed; the data disk, if it can be used at once; and what is wrong with one of them.

    Raises:
        StorageError: neither can be used.
        PrivateKeyExposed, NotSetUp, DamagedCatalogue: each says what to do.
    """
    away = disk.look()
    trouble = away or (BROUGHT_UP_TO_DATE if maker.data_takes_long() else "")
    spool: SpoolPlace | None = None
    if trouble or maker.something_is_spooled():
        try:
            spool = maker.spool()
        except StorageError as error:
            if away:
                raise
            trouble = str(error)
            _LOG.error("what waits in the spool stays there: %s", error)
            return None, maker.data(), trouble
    data: DataPlace | None = None
    if not trouble:
        try:
            data = maker.data(spool.rows if spool else None)
        except StorageError as error:
            trouble = str(error)
    if data is None:
        _LOG.warning("%s Calls are recorded to the spool", trouble)
        spool = spool or maker.spool()
    return spool, data, trouble
