"""``earmark opener``: the process that holds listeners' unlocked keys while they are signed in."""

from __future__ import annotations

import logging
import signal
import threading

import click

from firmware.adapters.control.evidence_desk import RecorderEvidenceDesk
from firmware.adapters.control.peer_policy import these_users
from firmware.adapters.control.server import ControlServer
from firmware.adapters.keys.process_memory import forget_what_is_freed, keep_memory_private
from firmware.adapters.supervision import notify
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.opener.answers import opener_answers
from firmware.cli.opener.composition import compose_office, ground_of
from firmware.cli.opener.keys import compose_keys, try_to_finish
from firmware.cli.opener.needs import OpenerNeeds
from firmware.cli.opener.requests import access_requests
from firmware.cli.opener.searches import old_searches
from firmware.cli.settings.few_settings import few_settings
from firmware.core.home import Home

_LOG = logging.getLogger(__name__)
_ROUND_S = 2.0
_THREAD_STACK_BYTES = 1 << 20


@click.command()
@click.pass_obj
def opener(home: Home) -> None:
    """Run the process that signs people in and opens one recording at a time for them."""
    forget_what_is_freed()
    threading.stack_size(_THREAD_STACK_BYTES)  # with all memory locked, a thread's whole stack is resident
    keep_memory_private(overwrite_freed=True)
    ground = ground_of(home, few_settings(home, OpenerNeeds.of))
    office = compose_office(home, RecorderEvidenceDesk(home.recorder_socket), ground)
    service = office.opener
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    requests = access_requests(home, service, SystemClock())
    office.desk.ends_too(requests.end_for_person)
    searches = old_searches(home, office, SystemClock())
    office.desk.ends_too(lambda _person_id, _because: searches.look())
    keys = compose_keys(home, office, RecorderEvidenceDesk(home.recorder_socket))
    finished = False
    answers = opener_answers(home, office, requests, keys)
    with ControlServer(home.opener_socket, answers, allow=these_users("earmark-web", "earmark-keeper")):
        office.watch.look()  # a restore, or somebody at the files, may have changed who can listen
        _LOG.info("ready on %s", home.opener_socket)
        notify.ready()
        while not stop.wait(_ROUND_S):
            service.drop_expired()
            requests.end_due()
            searches.look_when_due()
            finished = finished or try_to_finish(keys)
            notify.watchdog()
    notify.stopping()
    service.end_all()
