"""How a command makes an entry in the evidence log: by the recorder, or by itself where no recorder runs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager

from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.control.client import ControlClient
from firmware.adapters.control.evidence_desk import RecorderEvidenceDesk
from firmware.adapters.keys.device_key import load_device_key
from firmware.adapters.store.data_disk import MarkedDataDisk
from firmware.adapters.store.evidence_files import EvidenceFiles
from firmware.cli.at_the_box import who_is_at_the_box
from firmware.core.errors import AlreadyRunning, ServiceAway, StorageError
from firmware.core.home import Home
from firmware.ports.listening_keys import EvidenceDesk
from firmware.services.local_evidence import LocalEvidenceDesk

#: A recorder that is just starting holds the log for so long before it answers.
_STARTING_S = 10.0


@contextmanager
def evidence_desk(home: Home) -> Iterator[EvidenceDesk]:
    """The recorder's, if it runs; else the log itself, under its lock for as long as the ``with`` lasts.

    Raises:
        NotSetUp, StorageError: the log cannot be written.
        AlreadyRunning: a recorder holds it that does not answer.
    """
    with ExitStack() as opened:
        yield _desk(home, opened)


def enter_search(home: Home, query: Mapping[str, str], recording_id: str = "") -> None:
    """Looking at calls on the box itself is a search like any other: call this before anything of them is shown.

    Args:
        recording_id: the one recording that is looked at; what is told of that is erased with it.

    Raises:
        As ``evidence_desk``: then nothing may be shown.
    """
    subject = {"how": "command"} | ({"recording": recording_id} if recording_id else {})
    with evidence_desk(home) as desk:
        desk.enter("searched", subject, {"name": who_is_at_the_box(), "query": dict(query)})


def _desk(home: Home, opened: ExitStack) -> EvidenceDesk:
    until = time.monotonic() + _STARTING_S
    while not _recorder_answers(home):
        try:
            return opened.enter_context(_own_desk(home))
        except AlreadyRunning:
            if time.monotonic() >= until:
                raise
    return RecorderEvidenceDesk(home.recorder_socket)


def _recorder_answers(home: Home) -> bool:
    try:
        ControlClient(home.recorder_socket).get("/health")
    except ServiceAway:
        return False
    return True


@contextmanager
def _own_desk(home: Home) -> Iterator[EvidenceDesk]:
    if away := MarkedDataDisk(home).look():
        raise StorageError(away, "Plug it in or unlock it; a recorder that runs keeps entries until it is there.")
    with ExitStack() as opened:
        log = opened.enter_context(closing(EvidenceFiles(home, load_device_key(home.device_key))))
        details = opened.enter_context(closing(SqliteCatalogueWriter(home.catalogue)))
        yield LocalEvidenceDesk(log, details)
