"""``image-build/build``: from Debian and this clone to a disk's image."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from earmark_image.boot_grub import lay_boot
from earmark_image.bundle import write_bundle
from earmark_image.disk import write_disk
from earmark_image.program import locked_packages, program
from earmark_image.recipe import CLONE, TARGETS, Target
from earmark_image.release_keys import ReleaseKeys
from earmark_image.root import BILL, root_archive
from earmark_image.running import BuildFailed, file_in, run
from earmark_image.slot import slot_image
from earmark_image.updates import Release, version_of_the_clone

_BEGAN = time.monotonic()


def main() -> int:
    parser = argparse.ArgumentParser(prog="image-build/build", description="Make the box's image.")
    parser.add_argument("--target", choices=sorted(TARGETS), required=True)
    parser.add_argument("--version", default=version_of_the_clone(), metavar="N.N.N")
    parser.add_argument("--keys", type=Path, metavar="DIR")
    parser.add_argument("--out", type=Path, default=CLONE / "build/image", metavar="DIR")
    parser.add_argument("--unpacked", action="store_true")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    try:
        keys = ReleaseKeys(asked.keys) if asked.keys else None
        disk = build(TARGETS[asked.target], Release(asked.version, keys.authority if keys else None), keys, asked.out)
        if not asked.unpacked:
            pack_disk(disk)
    except BuildFailed as error:
        print(f"image-build: {error}", file=sys.stderr)
        return 1
    return 0


def build(target: Target, release: Release, keys: ReleaseKeys | None, out: Path) -> Path:
    disk = out / f"earmark-{target.name}.img"
    _step("what others wrote: Debian, Python packages, pjsua2")
    locked_packages(target)
    _step("the programs of this clone")
    program(target)
    _step("the root")
    root = root_archive(target)
    _step("the system slot")
    slot = slot_image(target, release, root)
    with TemporaryDirectory(prefix="earmark-image-", dir=out) as folder:
        _step("the boot partition")
        lay_boot(target, root, Path(folder))
        _step("the disk")
        write_disk(target, slot, Path(folder), disk)
    if keys and keys.can_sign:
        bundle = out / f"earmark-{target.name}-{release.version}.raucb"
        write_bundle(target, release, slot, keys, bundle)
        _step(f"the update: {bundle}, {bundle.stat().st_size / 1e6:.0f} MB")
    bill = disk.with_suffix(".sbom.json")
    bill.write_text(file_in(root, BILL))
    _step(f"what is inside: {bill}")
    _step(f"the disk is made: {disk}, {disk.stat().st_size / 1e6:.0f} MB")
    return disk


def pack_disk(disk: Path) -> None:
    packed = disk.with_suffix(".img.zst")
    run("zstd", "--quiet", "--force", "-T0", "-10", disk, "-o", packed)
    _step(f"packed: {packed}, {packed.stat().st_size / 1e6:.0f} MB")


def _step(what: str) -> None:
    print(f"[{time.monotonic() - _BEGAN:4.0f}s] {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
