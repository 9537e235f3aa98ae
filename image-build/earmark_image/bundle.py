"""The signed file that a box takes as an update: a slot's file system, what it is for, and its version."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from earmark_image.recipe import Target
from earmark_image.release_keys import ReleaseKeys
from earmark_image.running import build_environment, run
from earmark_image.updates import Release, compatible

_MANIFEST = """[update]
compatible={compatible}
version={version}

[bundle]
format=verity

[image.rootfs]
filename=system.ext4
"""
# The box's kernel reads zstd; a slot is mostly programs, which it halves.
_PACKING = "-comp zstd -Xcompression-level 15 -b 256K -all-root"


def write_bundle(target: Target, release: Release, slot: Path, keys: ReleaseKeys, bundle: Path) -> None:
    """Write ``bundle`` from the image of a slot, signed with the release key.

    Raises:
        BuildFailed: it cannot be made or signed.
    """
    bundle.unlink(missing_ok=True)
    with TemporaryDirectory(prefix="earmark-bundle-", dir=bundle.parent) as folder:
        content = Path(folder, "content")
        content.mkdir()
        (content / "manifest.raucm").write_text(
            _MANIFEST.format(compatible=compatible(target), version=release.version)
        )
        # A link of the file itself where that can be: it is over a gigabyte.
        run("cp", "--reflink=auto", "--sparse=always", slot, content / "system.ext4")
        run("openssl", "verify", "-purpose", "any", "-CAfile", keys.authority, keys.certificate)
        run(
            *("rauc", "bundle", "--cert", keys.certificate, "--key", keys.key),
            *(f"--mksquashfs-args={_PACKING}", content, bundle),
            env=build_environment(),
        )
