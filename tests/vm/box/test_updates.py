"""Updates of the installed box: a good one, and all that must not get in or must not stay."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.vm.box.conftest import IMAGE
from tests.vm.box.machine import Box, office_network
from tests.vm.box.update_kit import FIRST, Kit, make_kit, stranger

pytestmark = pytest.mark.timeout(3600)

CLONE = Path(__file__).parents[3]
_RESTARTS_WITHIN_S = 900.0
#: A unit of the newer version that never runs.
_BROKEN = "[Service]\nExecStart=\nExecStart=/bin/false\n"
_DROPIN = "/etc/systemd/system/earmark-box.service.d"
Record = Callable[[str, object], None]


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(CLONE / "image-build"))
        yield make_kit(IMAGE, tmp_path_factory.mktemp("kit"))


@pytest.fixture(scope="module")
def stick(kit: Kit) -> Path:
    """All updates on one read-only disk."""
    broken = [f"mkdir {_DROPIN}", f"write {kit.file('broken.conf', _BROKEN)} {_DROPIN}/99-broken.conf"]
    bundles = [
        kit.bundle("good", "2.0.0", kit.system("2.0.0")),
        kit.bundle("broken", "3.0.0", kit.system("3.0.0", broken)),
        kit.bundle("dead", "4.0.0", kit.nothing()),
        kit.bundle("old", "0.9.0", kit.nothing()),
        kit.bundle("strange", "5.0.0", kit.nothing(), stranger(kit.folder)),
    ]
    return kit.stick(bundles)


@pytest.fixture(scope="module")
def updated_box(kit: Kit, stick: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """Each test leaves it to the next as it is: with whatever has become of its system."""
    with office_network():
        box = Box(kit.image, tmp_path_factory.mktemp("updated"), sticks=[stick])
        try:
            up(box)
            yield box
        finally:
            box.pull_the_plug()


def up(box: Box) -> None:
    """Switch it on, again and again if it restarts by itself, until it has judged what it started."""
    box.start_at_last()
    box.wait_until("systemctl is-active earmark-update-confirm", within_s=_RESTARTS_WITHIN_S)
    box.out("mkdir -p /run/stick && mount -o ro /dev/vdb /run/stick")


def apply(box: Box, name: str) -> None:
    """A box without an office waits for nobody: it restarts as soon as the update is written."""
    box.out(f"systemd-run --unit=update-{name} earmark update apply /run/stick/{name}.raucb")
    box.wait_for_restart(_RESTARTS_WITHIN_S)


def notes(box: Box) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(box.out("cat /var/lib/earmark/state/updates/update.json"))
    return found


def running(box: Box) -> tuple[str, str]:
    """Version and slot."""
    version = box.out("sed -n s/^IMAGE_VERSION=//p /etc/os-release").strip()
    return version, box.out("grep -o 'rauc.slot=.' /proc/cmdline").strip()[-1]


@pytest.mark.parametrize(
    ("name", "why"),
    [("strange", "not signed by anybody"), ("old", "older than 1.0.0"), ("half", "RAUC says"), ("good", "")],
)
def test_only_what_is_signed_and_not_older_would_be_taken(updated_box: Box, name: str, why: str) -> None:
    if name == "half":
        updated_box.out("head -c 1000000 /run/stick/good.raucb >/run/half.raucb")
    folder = "/run" if name == "half" else "/run/stick"
    said = updated_box.run(f"earmark update check {folder}/{name}.raucb")
    assert (said.status == 0) == (not why)
    assert why in said.err


def test_rauc_itself_refuses_what_is_older_or_a_strangers_and_serves_root_alone(updated_box: Box) -> None:
    for name in ("old", "strange"):
        assert updated_box.run(f"rauc install /run/stick/{name}.raucb").status != 0
    assert updated_box.run("setpriv --reuid=earmark-web --clear-groups rauc status").status != 0
    assert running(updated_box) == (FIRST, "A")


def test_a_bundle_that_was_changed_inside_is_not_written_to_its_end_and_never_started(updated_box: Box) -> None:
    updated_box.out("mkdir -p /run/changed && mount -t tmpfs -o size=900M changed /run/changed")
    updated_box.out(
        "cp /run/stick/good.raucb /run/changed/ && "
        "dd if=/dev/urandom of=/run/changed/good.raucb bs=4096 seek=20000 count=8 conv=notrunc"
    )
    said = updated_box.run("earmark update apply /run/changed/good.raucb", timeout_s=900)
    updated_box.out("umount /run/changed")
    assert said.status == 59, said
    assert notes(updated_box)["update"]["phase"] == "failed"
    assert running(updated_box) == (FIRST, "A")


def test_a_plug_pulled_while_an_update_is_written_leaves_the_version_that_runs(updated_box: Box) -> None:
    updated_box.out("systemd-run --unit=writing earmark update apply --now /run/stick/good.raucb")
    updated_box.wait_until("journalctl -u writing --no-pager | grep -q '[3-8]0 % written'", within_s=900)
    updated_box.pull_the_plug()
    up(updated_box)
    assert running(updated_box) == (FIRST, "A")
    update = notes(updated_box)["update"]
    assert (update["phase"], "while it was written" in update["why"]) == ("failed", True)


def test_a_good_update_is_written_tried_and_stays(updated_box: Box, record_property: Record) -> None:
    began = time.monotonic()
    apply(updated_box, "good")
    record_property("seconds to write an update", round(time.monotonic() - began))
    up(updated_box)
    assert running(updated_box) == ("2.0.0", "B")
    assert notes(updated_box)["update"]["phase"] == "stayed"
    assert "is good" in updated_box.out("earmark update mark-good")
    assert updated_box.run("earmark update check /run/stick/old.raucb").status == 59


def test_an_update_whose_programs_do_not_run_is_left_by_itself(updated_box: Box) -> None:
    apply(updated_box, "broken")
    updated_box.start_at_last()
    assert running(updated_box) == ("3.0.0", "A")
    updated_box.wait_for_restart(_RESTARTS_WITHIN_S)
    up(updated_box)
    assert running(updated_box) == ("2.0.0", "B")
    update = notes(updated_box)["update"]
    assert (update["phase"], "earmark-box.service" in update["why"]) == ("left", True)


def test_an_update_that_does_not_even_start_is_left_by_the_boot_loader(updated_box: Box) -> None:
    apply(updated_box, "dead")
    up(updated_box)
    assert running(updated_box) == ("2.0.0", "B")
    assert notes(updated_box)["update"]["phase"] == "left"


def test_lost_marks_of_the_boot_loader_are_made_anew_and_lead_nowhere_else(updated_box: Box) -> None:
    updated_box.out(": >/boot/efi/EFI/earmark/grubenv && sync")
    updated_box.pull_the_plug()
    up(updated_box)
    assert running(updated_box) == ("2.0.0", "B")
    marks = updated_box.out("grub-editenv /boot/efi/EFI/earmark/grubenv list")
    assert {"ORDER=B A", "B_OK=1", "B_TRY=0"} <= set(marks.split("\n"))
