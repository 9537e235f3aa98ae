"""The disk: boot partition, two system slots, the state, and after them the room where the data partition will be.

Slot B is empty until the first update fills it: what is copied to a card would be the same twice otherwise.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import NAMESPACE_URL, uuid5

from earmark_image.recipe import EPOCH, Target
from earmark_image.running import build_environment, run

_BOOT_MB = 64
# https://uapi-group.org/specifications/specs/discoverable_partitions_specification/
_KINDS = {"esp": "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "linux": "0fc63daf-8483-4772-8e79-3d69d8477de4"}
# In the older table as well, by genimage's "hybrid": Pis before the 4 read no other, and early firmware of the 4.
_SEEN_BY_ALL = {"gpt": "", "hybrid": "partition-type = 0x0c"}
# The data partition is made, in all the room there is, when the box first starts.
_LAYOUT = """
image boot.vfat {{
  vfat {{ label = "EARMARK" extraargs = "-i EA12EA12 --invariant" }}
  size = {boot_mb}M
  mountpoint = "/boot"
}}
image {name} {{
  hdimage {{ partition-table-type = "{table}" align = 1M disk-uuid = "{disk}" }}
  partition earmark-boot {{ {seen_by_all} partition-type-uuid = "{esp}" image = "boot.vfat" partition-uuid = "{boot}" }}
  partition earmark-a {{ partition-type-uuid = "{linux}" image = "{slot}" partition-uuid = "{a}" }}
  partition earmark-b {{ partition-type-uuid = "{linux}" size = {slot_mb}M partition-uuid = "{b}" }}
  partition earmark-state {{ partition-type-uuid = "{linux}" image = "state.ext4" partition-uuid = "{state}" }}
}}
"""


def write_disk(target: Target, slot: Path, boot: Path, disk: Path) -> None:
    """Write the whole disk's image from that of a slot and the folder of the boot partition."""
    with TemporaryDirectory(prefix="earmark-disk-", dir=disk.parent) as folder:
        work = Path(folder)
        seen = work / "seen"
        seen.mkdir()
        (seen / "boot").symlink_to(boot)
        (work / slot.name).symlink_to(slot)
        _empty_state(work / "state.ext4", target.state_mb)
        names = _KINDS | {part: _uuid(target, part) for part in ("disk", "boot", "a", "b", "state")}
        told: dict[str, str | int] = {"table": target.table, "seen_by_all": _SEEN_BY_ALL[target.table], **names}
        layout = work / "layout.cfg"
        layout.write_text(
            _LAYOUT.format(name=disk.name, boot_mb=_BOOT_MB, slot=slot.name, slot_mb=target.slot_mb, **told)
        )
        run(
            *("genimage", "--config", layout, "--rootpath", seen, "--tmppath", work / "tmp"),
            *("--inputpath", work, "--outputpath", work / "out"),
            env=build_environment(),
        )
        (work / "out" / disk.name).replace(disk)


def _empty_state(image: Path, size_mb: int) -> None:
    identity = str(uuid5(NAMESPACE_URL, "earmark-state"))
    with image.open("wb") as file:
        file.truncate(size_mb << 20)
    # inline_data would leave copies of erased keyslots in the journal.
    run(
        *("mke2fs", "-q", "-t", "ext4", "-O", "^inline_data", "-m", "1", "-L", "earmark-state", "-U", identity),
        *("-E", f"hash_seed={identity}", image),
        env=build_environment(E2FSPROGS_FAKE_TIME=str(EPOCH)),
    )


def _uuid(target: Target, part: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"{target.name}/{part}"))
