"""The routes of the box's own process for updates, on a machine whose two slots are paper and whose page is real."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType

from firmware.adapters.control.peer_policy import same_user
from firmware.adapters.control.server import ControlServer
from firmware.adapters.update.update_notes import UpdateNotesFile
from firmware.cli.box.routes import BoxRoute, guarded, vouched_by_the_opener
from firmware.cli.box.update import update_routes
from firmware.cli.box.update_acts import UpdateActs
from firmware.cli.update.composition import UpdateParts, update_parts
from firmware.core.access_policy import Role
from firmware.core.errors import UpdateRefused
from firmware.core.home import Home
from firmware.core.system_update import Bundle, RunningSystem, Slot, SlotFacts, SlotName
from firmware.ports.system_slots import Progress
from tests.integration.further_people import add_people, office_key_of
from tests.integration.web_office import LISTENER, WebOffice

KIND = "earmark-box"
RUNS = "1.4.0"
BESIDE = "1.3.0"
#: What a box takes, as the test writes it: signature, kind, version.
GOOD = f"signed {KIND} 1.5.0 ".encode()
DIRECTOR = "dora"


class PaperSlots:
    """Two slots that are written down. ``go_on``: writing stays at 40 per cent until it is set."""

    def __init__(self) -> None:
        self.written = b""
        self.restarts = 0
        self.next: SlotName = "A"
        self.go_on = threading.Event()
        self.go_on.set()

    def system(self) -> RunningSystem:
        return RunningSystem(KIND, RUNS, Slot("A", good=True), Slot("B", good=True))

    def look_into(self, bundle: Path) -> Bundle:
        content = bundle.read_bytes()
        signed, kind, version = content.decode("latin-1").split(" ", 3)[:3]
        if signed != "signed":
            raise UpdateRefused("The update is not signed by anybody whom this box trusts.", "Take it anew.")
        return Bundle(kind, version, len(content))

    def write(self, bundle: Path, progress: Progress) -> None:
        progress(40)
        assert self.go_on.wait(30)
        self.written = bundle.read_bytes()
        self.start_next("B")

    def start_next(self, slot: SlotName) -> None:
        self.next = slot

    def call_good(self) -> None:
        """No trial is held on paper."""

    def call_bad(self) -> None:
        """Likewise."""

    def restart(self) -> None:
        self.restarts += 1


class UpdatedBox:
    def __init__(self, home: Home) -> None:
        self.home = home
        self.slots = PaperSlots()
        self.notes = UpdateNotesFile(home)
        home.sent_update.parent.mkdir(parents=True)
        home.update_notes.parent.mkdir()
        self.notes.keep_facts("B", SlotFacts(BESIDE, "9999"))

    def parts(self, home: Home) -> UpdateParts:
        return update_parts(home, self.slots, RUNS)


@contextmanager
def updated_box(office: WebOffice, besides: Mapping[str, BoxRoute] = MappingProxyType({})) -> Iterator[UpdatedBox]:
    """``besides``: what else the box's process answers."""
    made = UpdatedBox(office.home)
    acts = partial(UpdateActs, compose=made.parts, running=lambda: (RUNS, "A"))
    routes = guarded({**update_routes(office.home, acts), **besides}, vouched_by_the_opener(office.home))
    with ControlServer(office.home.box_socket, routes, allow=same_user):
        yield made
        made.slots.go_on.set()


def eventually(true: Callable[[], object], within_s: float = 20.0) -> None:
    until = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def director_of(office: WebOffice) -> str:
    """The pass phrase of the director, who is added."""
    key = office_key_of(office.home, LISTENER, office.pass_phrases[LISTENER])
    return add_people(office.home, key, {DIRECTOR: Role.DIRECTOR})[DIRECTOR]
