"""Updates of a box that an office works with: a good one, and all that must not get in or must not stay.

Each test leaves the box to the next as it is, with whatever has become of its system.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.vm.box.directors_page import DirectorsPage
from tests.vm.box.installed import unlock, wait_until_ready
from tests.vm.box.machine import OUTSIDE, Box, office_network
from tests.vm.box.set_up import DIRECTOR, SetUp, SetUpBox
from tests.vm.box.telephones import Call, change_settings, give_a_line, inbound_call, recordings
from tests.vm.box.update_kit import FIRST, Kit, make_kit, stranger

pytestmark = pytest.mark.timeout(3600)

CLONE = Path(__file__).parents[3]
_RESTARTS_WITHIN_S = 900.0
_REFUSED = 59
#: Open day and night, and its director signs in by pass phrase alone.
_SETTINGS = """
[sign_in]
second_factor = "offered"
[hours]
mon = ["00:00-24:00"]
tue = ["00:00-24:00"]
wed = ["00:00-24:00"]
thu = ["00:00-24:00"]
fri = ["00:00-24:00"]
sat = ["00:00-24:00"]
sun = ["00:00-24:00"]
"""
Record = Callable[[str, object], None]


@dataclass
class Office:
    """The box, what its director wrote down, and the calls that must be there whatever becomes of its system."""

    box: Box
    noted: SetUp
    calls: set[str] = field(default_factory=set)

    def take_a_call(self, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> None:
        phones, plan = inbound_call(seconds)
        with phones:
            call = Call(phones, phones.place(plan))
            call.talk(3)
            asked = threading.Thread(target=meanwhile)
            asked.start()
            call.talk_until_over()
            asked.join()
        before = len(self.calls)
        self.box.wait_until(
            f"test $(earmark recordings list --state complete --json | grep -c retention_class) -gt {before}"
        )
        self.calls = {each["id"] for each in recordings(self.box)}

    def start(self) -> None:
        """Switched on, again and again if it restarts by itself, until it has judged what it started."""
        self.box.start_at_last()
        self.up()

    def up(self) -> None:
        self.box.wait_until("systemctl is-active earmark-update-confirm", within_s=_RESTARTS_WITHIN_S)
        self.box.out("mkdir -p /run/stick && mount -o ro /dev/vdb /run/stick")
        wait_until_ready(self.box, "lines")
        unlock(self.box, self.noted.disk_phrase)
        assert {each["id"] for each in recordings(self.box)} >= self.calls
        verified = self.box.run("earmark verify", timeout_s=600)
        assert verified.status == 0, verified

    def apply(self, name: str) -> None:
        self.box.out(f"systemd-run --unit=update-{name} earmark update apply --now /run/stick/{name}.raucb")
        self.box.wait_for_restart(_RESTARTS_WITHIN_S)

    def update(self) -> dict[str, Any]:
        """What the box says of the newest."""
        notes = json.loads(self.box.out("cat /var/lib/earmark/state/updates/update.json"))
        found: dict[str, Any] = notes["update"]
        return found

    def runs(self) -> tuple[str, str]:
        """Version and slot."""
        version = self.box.out("sed -n s/^IMAGE_VERSION=//p /etc/os-release").strip()
        return version, self.box.out("grep -o 'rauc.slot=.' /proc/cmdline").strip()[-1]

    def evidence_says(self, kind: str, *words: str) -> None:
        page = DirectorsPage(DIRECTOR, self.noted.pass_phrase)
        shown = page.get(f"/evidence?what={kind}")[1]
        page.close()
        assert [each for each in words if each not in shown] == [], shown


@pytest.fixture(scope="module")
def kit(kept: SetUpBox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(CLONE / "image-build"))
        yield make_kit(kept.disk, tmp_path_factory.mktemp("kit"))


@pytest.fixture(scope="module")
def good(kit: Kit) -> Path:
    return kit.bundle("good", "2.0.0", kit.system("2.0.0"))


@pytest.fixture(scope="module")
def stick(kit: Kit, good: Path) -> Path:
    """All updates on one read-only disk."""
    bundles = [
        good,
        kit.bundle("broken", "3.0.0", kit.broken("3.0.0")),
        kit.bundle("mute", "4.0.0", kit.mute("4.0.0")),
        kit.bundle("nothing", "4.0.0", kit.nothing()),
        kit.bundle("old", "0.9.0", kit.nothing()),
        kit.bundle("strange", "5.0.0", kit.nothing(), stranger(kit.folder)),
        kit.bundle("foreign", "5.0.0", kit.nothing(), target="rpi-arm64"),
    ]
    return kit.stick(bundles)


@pytest.fixture(scope="module")
def office(kept: SetUpBox, kit: Kit, stick: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office_network():
        box = Box(kit.image, tmp_path_factory.mktemp("updated"), sticks=[stick])
        made = Office(box, kept.noted)
        try:
            box.start()
            wait_until_ready(box)
            unlock(box, kept.noted.disk_phrase)
            give_a_line(box)
            change_settings(box, _SETTINGS)
            box.out("systemctl restart earmark-opener.service")
            made.take_a_call(6)
            made.up()
            yield made
        finally:
            box.pull_the_plug()


def test_nothing_is_taken_but_what_is_signed_for_this_kind_of_box_and_no_older(office: Office) -> None:
    refused = {
        "strange": "not signed by anybody",
        "old": f"older than {FIRST}",
        "foreign": "is for earmark-rpi-arm64",
        "half": "or was changed since",
    }
    office.box.out("mkdir -p /run/half && head -c 1000000 /run/stick/good.raucb >/run/half/half.raucb")
    for name, why in refused.items():
        folder = "half" if name == "half" else "stick"
        said = office.box.run(f"earmark update apply /run/{folder}/{name}.raucb")
        assert (said.status, why in said.err) == (_REFUSED, True), said
    office.evidence_says("update-refused", "older than", "An update of the box was refused")
    assert office.box.run("earmark update check /run/stick/good.raucb").status == 0


def test_rauc_itself_refuses_what_is_older_or_a_strangers_and_serves_root_alone(office: Office) -> None:
    for name in ("old", "strange", "foreign"):
        assert office.box.run(f"rauc install /run/stick/{name}.raucb").status != 0
    assert office.box.run("setpriv --reuid=earmark-web --clear-groups rauc status").status != 0
    assert office.runs() == (FIRST, "A")


def test_a_bundle_that_was_changed_inside_is_not_written_to_its_end_and_never_started(office: Office) -> None:
    changed = "/var/lib/earmark/data/changed.raucb"
    office.box.out(
        f"cp /run/stick/good.raucb {changed} && dd if=/dev/urandom of={changed} bs=4096 seek=20000 count=8 conv=notrunc"
    )
    said = office.box.run(f"earmark update apply {changed}; code=$?; rm {changed}; exit $code", timeout_s=900)
    assert said.status == _REFUSED, said
    assert office.update()["phase"] == "failed"
    assert office.runs() == (FIRST, "A")


def test_a_plug_pulled_while_an_update_is_written_leaves_the_version_that_runs(office: Office) -> None:
    office.box.out("systemd-run --unit=writing earmark update apply --now /run/stick/good.raucb")
    office.box.wait_until("journalctl -u writing --no-pager | grep -q '[3-8]0 % written'")
    office.box.pull_the_plug()
    office.start()
    assert office.runs() == (FIRST, "A")
    update = office.update()
    assert (update["phase"], "while it was written" in update["why"]) == ("failed", True)


@contextmanager
def published(folder: Path) -> Iterator[str]:
    """The address of what lies there."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer((OUTSIDE, 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://{OUTSIDE}:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_good_one_is_fetched_waits_for_the_office_and_a_call_survives_a_plug_pulled_on_trial_and_stays(
    office: Office, kit: Kit, record_property: Record
) -> None:
    began = time.monotonic()
    with published(kit.folder / "stick") as address:
        said = office.box.out(f"earmark update apply {address}/good.raucb", timeout_s=1800)
    record_property("seconds to fetch and write an update", round(time.monotonic() - began))
    assert "The office is open." in said

    def hurry() -> None:
        assert "1 call is in progress." in office.box.out("earmark update restart --now")

    # So long that the timer, which asks every minute, has asked in the middle of it.
    office.take_a_call(100, meanwhile=hurry)
    office.box.wait_for_restart(_RESTARTS_WITHIN_S)
    office.box.start_at_last()
    assert office.runs() == ("2.0.0", "B")
    office.box.wait_until("grep -q trial /var/lib/earmark/state/updates/update.json")
    office.box.pull_the_plug()
    office.start()
    assert office.runs() == ("2.0.0", "B")
    assert office.update()["phase"] == "stayed"
    office.evidence_says("update-stayed", "The box was updated", "2.0.0")
    assert office.box.run("earmark update check /run/stick/old.raucb").status == _REFUSED


def test_a_director_has_it_go_back_from_the_page(office: Office) -> None:
    page = DirectorsPage(DIRECTOR, office.noted.pass_phrase)
    assert f"Version {FIRST}, known to run well" in page.get("/updates")[1]
    assert page.post("/updates/go-back", at_once="yes")[0] == 303
    page.close()
    office.box.wait_for_restart(_RESTARTS_WITHIN_S)
    office.start()
    assert office.runs() == (FIRST, "A")
    assert office.update()["phase"] == "stayed"
    office.evidence_says("update-taken-back", DIRECTOR)


def test_one_whose_programs_do_not_run_is_sent_from_the_page_and_left_by_itself(office: Office, kit: Kit) -> None:
    page = DirectorsPage(DIRECTOR, office.noted.pass_phrase)
    assert page.send("/updates/send", kit.folder / "stick/broken.raucb", at_once="yes")[0] == 303
    page.close()
    office.box.wait_for_restart(_RESTARTS_WITHIN_S)
    office.box.start_at_last()
    assert office.runs() == ("3.0.0", "B")
    office.box.wait_for_restart(_RESTARTS_WITHIN_S)
    office.start()
    assert office.runs() == (FIRST, "A")
    update = office.update()
    assert (update["phase"], "earmark-box.service" in update["why"]) == ("left", True)
    office.evidence_says("update-left", "left for the version before", "earmark-box.service")
    office.take_a_call(6)


@pytest.mark.long
@pytest.mark.parametrize("name", ["mute", "nothing"])
def test_one_that_does_not_even_start_is_left_by_the_boot_loader(office: Office, name: str) -> None:
    office.apply(name)
    office.start()
    assert office.runs() == (FIRST, "A")
    assert office.update()["phase"] == "left"
    office.evidence_says("update-left", "the boot loader went back")


@pytest.mark.long
def test_lost_marks_of_the_boot_loader_are_made_anew_and_lead_nowhere_else(office: Office) -> None:
    office.box.out(": >/boot/efi/EFI/earmark/grubenv && sync")
    office.box.pull_the_plug()
    office.start()
    assert office.runs() == (FIRST, "A")
    marks = office.box.out("grub-editenv /boot/efi/EFI/earmark/grubenv list")
    assert {"ORDER=A B", "A_OK=1", "A_TRY=0"} <= set(marks.split("\n"))
