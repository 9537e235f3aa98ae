"""``earmark recorder``: the process that seals recordings, and needs no secret to do so."""

from __future__ import annotations

import contextlib
import logging
import os
import resource
import signal
from collections.abc import Iterator
from functools import partial

import click

from firmware.adapters.control.event_feed import EventFeed
from firmware.adapters.control.peer_policy import these_users
from firmware.adapters.control.server import ControlServer
from firmware.adapters.control.socket_address import somebody_listens
from firmware.adapters.encoding.libopus import load_libopus
from firmware.adapters.keys.device_key import load_device_key
from firmware.adapters.keys.process_memory import keep_memory_private
from firmware.adapters.ring.channel import RingReceiver
from firmware.adapters.sealing.exposed_keys import refuse_private_keys
from firmware.adapters.sealing.segment_sealer import PublicKeySealer
from firmware.adapters.store.data_disk import MarkedDataDisk
from firmware.adapters.store.held_back_disk import HeldBackDisk
from firmware.adapters.supervision import notify
from firmware.adapters.update.rauc import started_slot
from firmware.cli.recorder.call_log import CallLogDesk, call_log_routes
from firmware.cli.recorder.composition import PlaceMaker
from firmware.cli.recorder.data_disk import SPOOL_BEGAN, DataDiskWatch
from firmware.cli.recorder.first_places import places_at_start
from firmware.cli.recorder.needs import RecorderNeeds
from firmware.cli.recorder.process import RecorderProcess, routes
from firmware.cli.settings.few_settings import few_settings
from firmware.core.home import Home
from firmware.core.lines_instance import LINES_INSTANCES
from firmware.services.recorder_places import RecorderPlaces
from firmware.services.spool_gate import SpoolGate

_LOG = logging.getLogger(__name__)
_NICER_BY = 5
_PROBE_S = 1.0


@click.command()
@click.pass_obj
def recorder(home: Home) -> None:
    """Run the process that seals recordings."""
    keep_memory_private()
    _make_room()
    needs = few_settings(home, RecorderNeeds.of)
    with contextlib.ExitStack() as stack:
        process = stack.enter_context(_composed(home, needs))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: process.stop())
        notify.ready()
        process.run()
        notify.stopping()


@contextlib.contextmanager
def _composed(home: Home, needs: RecorderNeeds) -> Iterator[RecorderProcess]:
    """Everything built and running but the main loop.

    Raises:
        PrivateKeyExposed, NotSetUp, StorageError, DamagedCatalogue, MissingComponent, AddressInUse: each says what to
        do.
    """
    refuse_private_keys(home)
    load_libopus()
    sealer, key = PublicKeySealer.from_home(home), load_device_key(home.device_key)
    with contextlib.ExitStack() as stack:
        receiver = RingReceiver(home.rings_socket, these_users("earmark-lines"))
        stack.callback(receiver.close)
        maker = PlaceMaker(home, needs, sealer, key, receiver, partial(_lines_are_there, home))
        disk, gate = HeldBackDisk(home, MarkedDataDisk(home), started_slot()), SpoolGate()
        spool, data, trouble = places_at_start(maker, disk)
        places = RecorderPlaces(spool.place if spool else None, data.place if data else None, gate)
        stack.callback(places.close)
        if data is None:
            places.enter(SPOOL_BEGAN, {})
        watch = DataDiskWatch(disk, maker, places, gate, spool, data, trouble)
        feed = EventFeed()
        call_log = CallLogDesk(home, places)
        process = RecorderProcess(receiver, places, watch, feed, call_log.attention)
        allow = these_users("earmark-opener", "earmark-web", "earmark-panel", "earmark-keeper", "earmark-lines")
        all_routes = routes(process, places) | call_log_routes(call_log)
        stack.enter_context(ControlServer(home.recorder_socket, all_routes, feed=feed, allow=allow))
        call_log.start()
        stack.callback(call_log.stop)
        watch.start()
        stack.callback(watch.stop)
        _LOG.info("ready on %s and %s", home.rings_socket, home.recorder_socket)
        yield process


def _lines_are_there(home: Home) -> bool:
    """Whether any process runs that may hold the rings of calls in progress."""
    return any(somebody_listens(home.lines_socket_of(instance), _PROBE_S) for instance in LINES_INSTANCES)


def _make_room() -> None:
    """Handles for many calls, and the processor first to those who hold the calls: ours wait in rings of 20 s."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with contextlib.suppress(OSError):
        os.nice(_NICER_BY)
