"""``earmark recorder``: the process that seals recordings, and needs no secret to do so."""

from __future__ import annotations

import contextlib
import logging
import os
import resource
import signal
import time
from collections.abc import Iterator
from functools import partial

import click

from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.control.event_feed import EventFeed
from firmware.adapters.control.peer_policy import these_users
from firmware.adapters.control.server import ControlServer
from firmware.adapters.control.socket_address import connect
from firmware.adapters.encoding.libopus import load_libopus
from firmware.adapters.encoding.two_party_opus import OpusSettings, TwoPartyOpusEncoder
from firmware.adapters.keys.device_key import load_device_key
from firmware.adapters.keys.process_memory import keep_memory_private
from firmware.adapters.ring.channel import RingReceiver
from firmware.adapters.sealing.exposed_keys import refuse_private_keys
from firmware.adapters.sealing.segment_sealer import PublicKeySealer
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.store.durable_files import make_folders, storage_errors
from firmware.adapters.store.evidence_files import EvidenceFiles
from firmware.adapters.store.reserved_room import SegmentFilesInReserve
from firmware.adapters.supervision import notify
from firmware.adapters.supervision.disk_space import DiskSpace
from firmware.cli.recorder_process import RecorderProcess, routes
from firmware.config.loader import load_settings
from firmware.config.settings_model import Settings
from firmware.core.home import Home
from firmware.services.call_recorder import CallRecorder
from firmware.services.crash_recovery import CrashRecovery
from firmware.services.local_evidence import LocalEvidenceDesk
from firmware.services.recording_in_progress import RecordingParts

_LOG = logging.getLogger(__name__)
_NICER_BY = 5
_PROBE_S = 1.0


@click.command()
@click.pass_obj
def recorder(home: Home) -> None:
    """Run the process that seals recordings."""
    keep_memory_private()
    _make_room()
    settings = load_settings(SettingsFile(home.settings_file))
    with contextlib.ExitStack() as stack:
        process = stack.enter_context(_composed(home, settings))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: process.stop())
        notify.ready()
        process.run()
        notify.stopping()


@contextlib.contextmanager
def _composed(home: Home, office: Settings) -> Iterator[RecorderProcess]:
    """Everything built and running but the main loop.

    Raises:
        PrivateKeyExposed, NotSetUp, StorageError, DamagedCatalogue, MissingComponent, AddressInUse: each says what to
        do.
    """
    settings, reserve = office.recorder, office.space.reserve_mb * 1_000_000
    refuse_private_keys(home)
    load_libopus()
    sealer = PublicKeySealer.from_home(home)
    key = load_device_key(home.device_key)
    with contextlib.ExitStack() as stack:
        store = SegmentFilesInReserve(home, DiskSpace(home.data), reserve)
        stack.callback(store.close)
        catalogue = SqliteCatalogueWriter(home.catalogue)
        stack.callback(catalogue.close)
        evidence = EvidenceFiles(home, key)
        stack.callback(evidence.close)
        evidence.checkpoint()
        recovery = CrashRecovery(store, catalogue, evidence)
        left = recovery.survey(time.time_ns() // 1_000_000)
        if not _lines_are_there(home):
            # Rings live and die with their lines process: after a power cut nobody will claim what was cut off.
            recovery.give_up_waiting()
        with storage_errors("made", home.run):
            make_folders(home.run)
        receiver = RingReceiver(home.rings_socket)
        stack.callback(receiver.close)
        encoder = partial(TwoPartyOpusEncoder, settings=OpusSettings(settings.bitrate, settings.complexity))
        parts = RecordingParts(store, sealer, encoder)
        calls = CallRecorder(parts, catalogue, evidence, recovery, receiver, settings.workers)
        feed = EventFeed()
        least_free = settings.minimum_free_mb * 1_000_000
        process = RecorderProcess(receiver, calls, recovery, evidence, feed, DiskSpace(home.data), least_free)
        desk = LocalEvidenceDesk(evidence, catalogue)
        allow = these_users("earmark-opener", "earmark-web", "earmark-panel", "earmark-keeper", "earmark-lines")
        stack.enter_context(ControlServer(home.recorder_socket, routes(process, desk), feed=feed, allow=allow))
        _LOG.info("ready on %s and %s, %d unfinished recordings found", home.rings_socket, home.recorder_socket, left)
        yield process


def _lines_are_there(home: Home) -> bool:
    """Whether a lines process runs that may hold the rings of calls in progress."""
    try:
        connect(home.lines_socket, _PROBE_S).close()
    except TimeoutError:
        return True  # busy, but there
    except OSError:
        return False
    return True


def _make_room() -> None:
    """Handles for many calls, and the processor first to those who hold the calls: ours wait in rings of 20 s."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with contextlib.suppress(OSError):
        os.nice(_NICER_BY)
