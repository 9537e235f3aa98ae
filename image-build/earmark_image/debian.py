"""Debian roots by mmdebstrap: from signed packages of the stable suite and its security updates, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from earmark_image.cache import kept
from earmark_image.recipe import LEFT_OUT_OF_THE_KERNEL, SUITE
from earmark_image.running import BuildFailed, build_environment, run

_BINFMT = Path("/proc/sys/fs/binfmt_misc")
_INTERPRETERS = {"arm64": "qemu-aarch64", "amd64": "qemu-x86_64"}
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# It runs once, when all is there, instead of after each package that asks for it.
_NO_INITRAMFS = (
    'chroot "$1" dpkg-divert --quiet --local --rename --add /usr/sbin/update-initramfs'
    ' && ln -s /bin/true "$1/usr/sbin/update-initramfs"'
)
_INITRAMFS_AGAIN = (
    'rm "$1/usr/sbin/update-initramfs"'
    ' && chroot "$1" dpkg-divert --quiet --local --rename --remove /usr/sbin/update-initramfs'
)
_ALONE = (
    'cd "$1/var/cache/apt" && APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get --quiet download {package}'
    ' && chroot "$1" sh -c "dpkg --force-depends --install /var/cache/apt/{package}_*.deb && rm /var/cache/apt/*.deb"'
)
# What dpkg would know of a package that it had installed.
_RECORD = (
    'cd "$1/var/cache/apt/archives" && mkdir -p "$1/var/lib/dpkg" && for package in {packages}; do'
    ' echo "Status: install ok installed"; dpkg-deb --field "$package"_*.deb; echo; done >>"$1/var/lib/dpkg/status"'
)
_LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*")
_LEFT_OUT += tuple(f"/usr/lib/modules/*/kernel/{part}/*" for part in LEFT_OUT_OF_THE_KERNEL)


def debian_root(name: str, architecture: str, packages: Sequence[str], alone: Sequence[str] = ()) -> Path:
    """A tar file of a root with these packages and what they depend on.

    Copyright files stay, as the licences ask.

    Args:
        alone: packages that come without what they depend on.
    """

    def make(archive: Path) -> None:
        understand(architecture)
        filters = [f"--dpkgopt=path-exclude={path}" for path in _LEFT_OUT]
        run(
            "mmdebstrap",
            *("--variant=apt", "--mode=root", "--format=tar", f"--architectures={architecture}"),
            *('--aptopt=Acquire::Languages "none"', '--aptopt=APT::Install-Recommends "false"'),
            *(*filters, "--dpkgopt=path-include=/usr/share/doc/*/copyright"),
            *(f"--essential-hook={_NO_INITRAMFS}", f"--customize-hook={_INITRAMFS_AGAIN}"),
            *(f"--customize-hook={_ALONE.format(package=package)}" for package in alone),
            f"--include={','.join(packages)}",
            SUITE,
            archive,
            *_sources(),
            env=build_environment(),
        )

    return kept(name, [SUITE, architecture, *packages, *_LEFT_OUT, "alone", *alone], make)


def debian_files(name: str, architecture: str, packages: Sequence[str]) -> Path:
    """A tar file of the files in these packages: nothing of them is run, or set up. ``var/lib/dpkg/status`` names them.

    They may be firmware, which is free to be passed on but not to be changed.
    """
    record = _RECORD.format(packages=" ".join(packages))

    def make(archive: Path) -> None:
        run(
            *("mmdebstrap", "--variant=extract", "--mode=root", "--format=tar", f"--architectures={architecture}"),
            *('--aptopt=Acquire::Languages "none"', '--aptopt=APT::Install-Recommends "false"'),
            f"--extract-hook={record}",
            f"--include={','.join(packages)}",
            SUITE,
            archive,
            *_sources("main non-free-firmware"),
            env=build_environment(),
        )

    return kept(name, [SUITE, architecture, *packages, record], make)


def own_architecture() -> str:
    """Debian's name for this machine's processor."""
    return run("dpkg", "--print-architecture").strip()


def understand(architecture: str) -> None:
    """Have the kernel run another processor's programs, by qemu-user.

    Raises:
        BuildFailed: it cannot.
    """
    if architecture == own_architecture():
        return
    interpreter = _BINFMT / _INTERPRETERS[architecture]
    if not (_BINFMT / "register").exists():
        run("mount", "-t", "binfmt_misc", "binfmt_misc", _BINFMT)
    if not interpreter.exists():
        run("update-binfmts", "--enable", interpreter.name)
    if not interpreter.exists():
        raise BuildFailed(
            f"This machine cannot run programs of {architecture}: install qemu-user-static, binfmt-support."
        )


def _sources(components: str = "main") -> list[str]:
    signed = f"deb [signed-by={_KEYRING}]"
    debian, security = debian_mirror("Debian"), debian_mirror("Debian-Security")
    return [
        f"{signed} {debian} {SUITE} {components}",
        f"{signed} {debian} {SUITE}-updates {components}",
        f"{signed} {security} {SUITE}-security {components}",
    ]


def debian_mirror(label: str) -> str:
    """The mirror of Debian, or of its security updates, that this machine's apt uses.

    EARMARK_DEBIAN_MIRROR and EARMARK_DEBIAN_SECURITY_MIRROR name others.
    """
    variable = f"EARMARK_{label.replace('-', '_').upper()}_MIRROR"
    if named := os.environ.get(variable):
        return named
    known = run("apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)", "Created-By: Packages").splitlines()
    found = next((line.split()[1] for line in known if line.startswith(f"{label} ")), None)
    if found is None:
        raise BuildFailed(f"apt here knows no mirror of {label}: run apt-get update, or name one in {variable}.")
    return found
