"""What goes into an image: one recipe, and what differs from target to target."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SUITE = "trixie"
CLONE = Path(__file__).parents[2]
FILES = CLONE / "image-build/files"
RASPBERRY_FILES = CLONE / "image-build/files-raspberry"
BOOT = CLONE / "image-build/boot"
HARDWARE = CLONE / "hw"
PROGRAM = Path("opt/earmark")
HOME = Path("var/lib/earmark")
SHARED = Path("usr/share/earmark")
#: What the boot partition is made of lies in the root: loader and marks; what goes there as it is; whose it is.
LOADER = Path("usr/lib/earmark/boot")
FIRMWARE = LOADER / "firmware"
FIRMWARE_RECORD = LOADER / "packages"
#: 22 November 2026, in seconds. No file of an image is newer, so that the same sources make the same image; and no box
#: believes it to be earlier. Raised with each release.
EPOCH = 1_795_305_600

# What the programs need: pjsua2's libraries, sound, GPIO and serial devices, the archive's carrier.
RUNTIME_PACKAGES = (
    *("python3", "tzdata", "ca-certificates", "espeak-ng", "rclone", "nftables", "smartmontools"),
    *("libopus0", "libsrtp2-1", "libspeex1", "libspeexdsp1", "libgsm1", "libsamplerate0", "libuuid1", "libasound2t64"),
)
# ALSA's rate converters, which filter. The package holds a dozen plug-ins; the others need a hundred megabytes of
# film codecs.
WITHOUT_WHAT_THEY_NEED = ("libasound2-plugins",)
# No screen, no radio, no camera: a third of the kernel.
LEFT_OUT_OF_THE_KERNEL = (
    *(
        "drivers/gpu/drm/amd",
        "drivers/gpu/drm/nouveau",
        "drivers/gpu/drm/i915",
        "drivers/gpu/drm/xe",
        "drivers/gpu/drm/radeon",
    ),
    *("drivers/net/wireless", "drivers/media", "drivers/infiniband", "drivers/staging", "drivers/iio", "drivers/isdn"),
    *(
        "drivers/net/ethernet/mellanox",
        "drivers/scsi/lpfc",
        "drivers/scsi/qla2xxx",
        "drivers/net/can",
        "drivers/bluetooth",
    ),
    *(
        "fs/ocfs2",
        "fs/ceph",
        "fs/xfs",
        "fs/btrfs",
        "fs/bcachefs",
        "net/bluetooth",
        "net/wireless",
        "net/mac80211",
        "sound/soc/sof",
    ),
)
# A system that looks after itself: no shell server, no mail, no package is ever installed on it.
SYSTEM_PACKAGES = (
    *("systemd-sysv", "systemd-resolved", "systemd-timesyncd", "systemd-repart", "udev", "dbus", "kmod", "iproute2"),
    *("cryptsetup", "systemd-cryptsetup", "e2fsprogs", "dosfstools", "initramfs-tools", "zstd", "rauc", "rauc-service"),
    "login",
)
# To compile what is no wheel: pjsua2 (scripts/build-pjsua2 names the same) and the programs' own C.
BUILD_PACKAGES = (
    *("build-essential", "python3-dev", "python3-venv", "swig", "pkg-config", "patchelf", "curl", "xz-utils"),
    *("libasound2-dev", "libssl-dev", "libsrtp2-dev", "libopus-dev", "libspeex-dev", "libspeexdsp-dev", "libgsm1-dev"),
    *("libsamplerate0-dev", "uuid-dev", "debian-archive-keyring"),
)


@dataclass(frozen=True)
class Target:
    """What differs from one box to another.

    Attributes:
        packages: kernel and boot loader.
        firmware: packages of which the boot partition has files. They are not installed.
        files: what is laid over the root, in this order.
        table: the kind of partition table, by genimage's name.
    """

    name: str
    architecture: str
    packages: tuple[str, ...]
    firmware: tuple[str, ...] = ()
    files: tuple[Path, ...] = (FILES,)
    table: str = "gpt"
    slot_mb: int = 1200
    state_mb: int = 2048


VM_AMD64 = Target("vm-amd64", "amd64", ("linux-image-amd64", "grub-efi-amd64-bin", "grub-common"))
RPI_ARM64 = Target(
    "rpi-arm64",
    "arm64",
    ("linux-image-arm64", "grub-efi-arm64-bin", "grub-common"),
    ("raspi-firmware", "u-boot-rpi"),
    (FILES, RASPBERRY_FILES),
    "hybrid",
)
TARGETS = {target.name: target for target in (VM_AMD64, RPI_ARM64)}
