"""The disk: boot partition, two system slots, the state, and the room where the data partition will be."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from earmark_image.recipe import Target
from earmark_image.running import run

_BOOT_MB = 64
# A data partition is made, and grown to the end of the disk, at the first start.
_LAYOUT = """
image boot.vfat {{ vfat {{ label = "EARMARK" }} size = {boot_mb}M mountpoint = "/boot" }}
{slots}
image state.ext4 {{ ext4 {{ label = "earmark-state" use-mke2fs = true }} size = {state_mb}M empty = true }}
image {name} {{
  hdimage {{ partition-table-type = "gpt" align = 1M }}
  partition earmark-boot {{ partition-type-uuid = "esp" image = "boot.vfat" }}
  partition earmark-a {{ partition-type-uuid = "linux" image = "a.ext4" }}
  partition earmark-b {{ partition-type-uuid = "linux" image = "b.ext4" }}
  partition earmark-state {{ partition-type-uuid = "linux" image = "state.ext4" }}
}}
"""


_SLOT = """
image {slot}.ext4 {{
  ext4 {{ label = "earmark-{slot}" use-mke2fs = true extraargs = "-m 0" }}
  size = {mb}M
  mountpoint = "/root"
}}
"""


def write_disk(target: Target, root: Path, boot: Path, disk: Path) -> None:
    """Write the whole disk's image from the folders of a root and a boot partition."""
    with TemporaryDirectory(prefix="earmark-disk-", dir=disk.parent) as folder:
        work = Path(folder)
        seen = work / "seen"
        for name, path in (("root", root), ("boot", boot)):
            (seen / name).mkdir(parents=True)
            run("mount", "--bind", path, seen / name)
        try:
            layout = work / "layout.cfg"
            slots = "".join(_SLOT.format(slot=slot, mb=target.slot_mb) for slot in ("a", "b"))
            layout.write_text(_LAYOUT.format(name=disk.name, boot_mb=_BOOT_MB, slots=slots, state_mb=target.state_mb))
            run(
                *("genimage", "--config", layout, "--rootpath", seen, "--tmppath", work / "tmp"),
                *("--inputpath", work, "--outputpath", work / "out"),
            )
        finally:
            for name in ("root", "boot"):
                run("umount", seen / name)
        (work / "out" / disk.name).replace(disk)
