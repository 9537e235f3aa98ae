"""What the recorder is made of, in each of the places where it may record."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from firmware.adapters.catalogue.own_folder import bring_to_its_folder
from firmware.adapters.catalogue.revision import LATEST_REVISION, revision_of
from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.encoding.speech_opus import SpeechOpusEncoder
from firmware.adapters.keys.device_key import DeviceKey
from firmware.adapters.ring.channel import RingReceiver
from firmware.adapters.sealing.exposed_keys import refuse_private_keys
from firmware.adapters.sealing.segment_sealer import PublicKeySealer
from firmware.adapters.store.data_disk import MarkedDataDisk
from firmware.adapters.store.evidence_files import EvidenceFiles, day_files
from firmware.adapters.store.reserved_room import SegmentFilesInReserve
from firmware.adapters.store.segment_files import SegmentFiles
from firmware.adapters.store.spool_files import SpooledSegmentFiles
from firmware.adapters.store.spool_rows import SpooledRows
from firmware.adapters.supervision.disk_space import DiskSpace
from firmware.cli.recorder.needs import RecorderNeeds
from firmware.core.home import Home
from firmware.ports.catalogue import CatalogueWriter
from firmware.ports.space_meter import SpaceMeter
from firmware.services.call_recorder import CallRecorder
from firmware.services.crash_recovery import CrashRecovery
from firmware.services.local_evidence import LocalEvidenceDesk
from firmware.services.recorder_places import Place
from firmware.services.recording_parts import RecordingParts


@dataclass(frozen=True)
class DataPlace:
    """The data disk, opened."""

    place: Place
    catalogue: SqliteCatalogueWriter
    evidence: EvidenceFiles
    store: SegmentFiles


@dataclass(frozen=True)
class SpoolPlace:
    """The spool, opened."""

    place: Place
    rows: SpooledRows
    store: SpooledSegmentFiles


@dataclass(frozen=True)
class PlaceMaker:
    """Opens the places. ``lines_are_there``: some lines process may still hold rings of calls in progress."""

    home: Home
    needs: RecorderNeeds
    sealer: PublicKeySealer
    key: DeviceKey
    receiver: RingReceiver
    lines_are_there: Callable[[], bool]

    def data(self, rows: SpooledRows | None = None) -> DataPlace:
        """Open the data disk. ``rows``: of the spool that is to be taken in.

        Raises:
            PrivateKeyExposed, NotSetUp, StorageError, DamagedCatalogue: each says what to do.
        """
        refuse_private_keys(self.home)
        MarkedDataDisk(self.home).prepare()
        with ExitStack() as opened:
            meter = DiskSpace(self.home.data)
            store = SegmentFilesInReserve(self.home, meter, self.needs.reserve_bytes)
            opened.callback(store.close)
            bring_to_its_folder(self.home.catalogue_before_folders, self.home.catalogue)
            catalogue = SqliteCatalogueWriter(self.home.catalogue)
            opened.callback(catalogue.close)
            evidence = EvidenceFiles(self.home, self.key)
            opened.callback(evidence.close)
            evidence.checkpoint()
            recovery = CrashRecovery(store, catalogue, evidence)
            waiting = {call.recording_id for call in rows.calls()} if rows else set()
            recovery.survey(_now_ms(), waiting)
            desk = LocalEvidenceDesk(evidence, catalogue)
            opening = opened.pop_all()
            place = self._place(
                store, catalogue, evidence, recovery, desk, meter, lambda: store.has_room, opening.close
            )
        return DataPlace(place, catalogue, evidence, store)

    def data_takes_long(self) -> bool:
        """Whether the catalogue is one of an older program, which ``data`` first brings up to date."""
        found = revision_of(self.home.catalogue) or revision_of(self.home.catalogue_before_folders)
        return found is not None and found < LATEST_REVISION

    def spool(self) -> SpoolPlace:
        """Open the spool.

        Raises:
            StorageError: it cannot be written, or another recorder uses it.
        """
        with ExitStack() as opened:
            meter = DiskSpace(self.home.state)
            store = SpooledSegmentFiles(self.home, meter, self.needs.spool_bytes)
            opened.callback(store.close)
            rows = SpooledRows(self.home)
            evidence = EvidenceFiles(self.home.spooled, self.key)
            opened.callback(evidence.close)
            recovery = CrashRecovery(store, rows, evidence)
            recovery.survey(_now_ms())
            desk = LocalEvidenceDesk(evidence, rows)
            opening = opened.pop_all()
            place = self._place(store, rows, evidence, recovery, desk, meter, lambda: not store.is_full, opening.close)
        return SpoolPlace(place, rows, store)

    def something_is_spooled(self) -> bool:
        spooled = self.home.spooled
        return bool(
            day_files(spooled.evidence)
            or next(spooled.recordings.rglob("*.ear"), None)
            or next((self.home.spool / "rows").glob("*.json"), None)
        )

    def _place(
        self,
        store: SegmentFiles,
        catalogue: CatalogueWriter,
        evidence: EvidenceFiles,
        recovery: CrashRecovery,
        desk: LocalEvidenceDesk,
        meter: SpaceMeter,
        has_room: Callable[[], bool],
        close: Callable[[], None],
    ) -> Place:
        if not self.lines_are_there():
            # Rings live and die with their lines process: after a power cut nobody will claim what was cut off.
            recovery.give_up_waiting()
        encoder = partial(SpeechOpusEncoder, settings=self.needs.encoding)
        parts = RecordingParts(store, self.sealer, encoder)
        calls = CallRecorder(parts, catalogue, evidence, recovery, self.receiver, self.needs.workers)

        def holds(recording_id: str, started_at_ms: int) -> bool:
            return catalogue.known(recording_id) is not None or bool(store.segments(recording_id, started_at_ms))

        return Place(calls, recovery, evidence, desk, meter, holds, has_room, close)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
