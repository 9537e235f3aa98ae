"""What stands in a system slot: the root as a file system that is never written, made to be copied to a partition."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import NAMESPACE_URL, uuid5

from earmark_image import updates
from earmark_image.cache import kept
from earmark_image.recipe import EPOCH, Target
from earmark_image.running import build_environment, run, unpack
from earmark_image.updates import Release, lay_updates


def slot_image(target: Target, release: Release, archive: Path) -> Path:
    """An ext4 image of the slot's size, without a journal. Slots A and B, and updates, hold the very same.

    Args:
        archive: ``root_archive`` of the target.
    """

    def make(image: Path) -> None:
        with TemporaryDirectory(prefix="earmark-slot-") as folder:
            unpack(archive, Path(folder))
            lay_updates(target, release, Path(folder))
            with image.open("wb") as file:
                file.truncate(target.slot_mb << 20)
            identity = str(uuid5(NAMESPACE_URL, archive.name))
            run(
                *("mke2fs", "-q", "-t", "ext4", "-O", "^has_journal,^orphan_file", "-m", "0"),
                *("-L", "earmark-system", "-U", identity, "-E", f"hash_seed={identity},lazy_itable_init=0"),
                *("-d", folder, image),
                env=build_environment(E2FSPROGS_FAKE_TIME=str(EPOCH)),
            )

    trusted = [release.authority] if release.authority else []
    made_from = [archive.name, str(target.slot_mb), release.version, *trusted, Path(__file__), Path(updates.__file__)]
    return kept(f"slot-{target.name}", made_from, make)
