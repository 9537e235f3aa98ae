"""Update files as the image's recipe signs them, and RAUC's word on them: what a box takes, and what it refuses."""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from firmware.adapters.update.rauc import Rauc
from firmware.core.errors import UpdateRefused
from firmware.core.system_update import RunningSystem, Slot, check_bundle

CLONE = Path(__file__).parents[2]
RUNNING = RunningSystem("earmark-vm-amd64", "1.0.0", Slot("A", good=True), Slot("B", good=True))
#: As the image has it, without the key that Debian 12's RAUC does not know yet (min-bundle-version).
SYSTEM = """[system]
compatible=earmark-vm-amd64
bootloader=noop
bundle-formats=verity
[keyring]
path={authority}
check-purpose=codesign
[slot.rootfs.0]
device=/dev/null
type=ext4
bootname=A
[slot.rootfs.1]
device=/dev/null
type=ext4
bootname=B
"""


@dataclass(frozen=True)
class Maker:
    """Whoever makes images, with the recipe's own modules."""

    folder: Path
    keys: Any
    recipe: Any

    def bundle(self, version: str, target: str = "vm-amd64") -> Path:
        slot, made = self.folder / "slot.ext4", self.folder / f"{target}-{version}.raucb"
        slot.write_bytes(os.urandom(64 << 10))
        release = self.recipe("updates").Release(version)
        self.recipe("bundle").write_bundle(self.recipe("recipe").TARGETS[target], release, slot, self.keys, made)
        return made


def maker(folder: Path) -> Maker:
    def recipe(module: str) -> Any:
        return importlib.import_module(f"earmark_image.{module}")

    return Maker(folder, recipe("release_keys").make_release_keys(folder / "keys"), recipe)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Maker:
    monkeypatch.syspath_prepend(str(CLONE / "image-build"))
    (tmp_path / "maker").mkdir()
    return maker(tmp_path / "maker")


@pytest.fixture
def box(office: Maker, tmp_path: Path) -> Rauc:
    config = tmp_path / "system.conf"
    config.write_text(SYSTEM.format(authority=office.keys.authority))
    return Rauc(config)


def test_a_bundle_of_the_recipe_says_what_it_is_once_its_signature_is_good(office: Maker, box: Rauc) -> None:
    found = box.look_into(office.bundle("1.2.0"))
    assert (found.compatible, found.version) == ("earmark-vm-amd64", "1.2.0")
    check_bundle(found, RUNNING)


def test_what_is_older_or_for_another_kind_of_box_is_refused_although_it_is_signed(office: Maker, box: Rauc) -> None:
    with pytest.raises(UpdateRefused, match="older than 1"):
        check_bundle(box.look_into(office.bundle("0.9.0")), RUNNING)
    with pytest.raises(UpdateRefused, match="is for earmark-rpi-arm64"):
        check_bundle(box.look_into(office.bundle("1.2.0", "rpi-arm64")), RUNNING)


def test_a_bundle_signed_by_a_stranger_is_refused(box: Rauc, tmp_path: Path) -> None:
    (tmp_path / "stranger").mkdir()
    with pytest.raises(UpdateRefused, match="not signed by anybody whom this box trusts"):
        box.look_into(maker(tmp_path / "stranger").bundle("1.2.0"))


def test_a_bundle_whose_manifest_was_changed_is_refused(office: Maker, box: Rauc) -> None:
    bundle = office.bundle("1.2.0")
    # It is there twice: in the file system, and last in what is signed.
    before, after = bundle.read_bytes().rsplit(b"version=1.2.0", 1)
    bundle.write_bytes(before + b"version=9.9.9" + after)
    with pytest.raises(UpdateRefused, match="or was changed since"):
        box.look_into(bundle)


def test_half_a_bundle_and_what_is_none_are_refused(office: Maker, box: Rauc) -> None:
    bundle = office.bundle("1.2.0")
    content = bundle.read_bytes()
    for part in (content[: len(content) // 2], b"", b"not an update\n"):
        bundle.write_bytes(part)
        with pytest.raises(UpdateRefused):
            box.look_into(bundle)
    with pytest.raises(UpdateRefused, match="cannot be read"):
        box.look_into(bundle.with_name("nowhere.raucb"))


def test_no_second_release_key_is_made_over_the_first_and_none_without_the_authority(office: Maker) -> None:
    release_keys = importlib.import_module("earmark_image.release_keys")
    failed = importlib.import_module("earmark_image.running").BuildFailed
    with pytest.raises(failed, match="is there already"):
        release_keys.make_release_keys(office.keys.folder)
    office.keys.key.unlink()
    office.keys.authority_key.unlink()
    with pytest.raises(failed, match="Only the authority"):
        release_keys.make_release_keys(office.keys.folder)
    assert not office.keys.key.exists()
