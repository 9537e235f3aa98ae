"""How a command makes an entry in the evidence log: by the recorder, or by itself where no recorder runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.evidence_desk import RecorderEvidenceDesk
from firmware.adapters.keys.device_key import load_device_key
from firmware.adapters.store.evidence_files import EvidenceFiles
from firmware.core.errors import ServiceAway
from firmware.core.home import Home
from firmware.ports.listening_keys import EvidenceDesk
from firmware.services.local_evidence import LocalEvidenceDesk


@contextmanager
def evidence_desk(home: Home) -> Iterator[EvidenceDesk]:
    """The recorder's, if it runs; else the log itself, under its lock for as long as the ``with`` lasts.

    Raises:
        NotSetUp, StorageError: the log cannot be written.
    """
    try:
        ControlClient(home.recorder_socket).get("/health")
    except ServiceAway:
        log = EvidenceFiles(home, load_device_key(home.device_key))
        details = SqliteCatalogueWriter(home.catalogue)
        try:
            yield LocalEvidenceDesk(log, details)
        finally:
            details.close()
            log.close()
    else:
        yield RecorderEvidenceDesk(home.recorder_socket)
