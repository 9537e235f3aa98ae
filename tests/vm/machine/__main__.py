"""Run a command in a virtual machine that has this machine's files and devices of its own.

    python -m tests.vm.machine COMMAND…

The machine is QEMU with a Debian kernel. It reads this machine's root as its own and writes to memory only; it has
sound cards (snd-aloop), GPIO chips to make (gpio-sim), USB serial devices to plug in and out (dummy_hcd) and no network
but loopback. Exit status: the command's, 124 when it took too long, 125 when there is no machine.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.vm.machine.initial_root import initial_root
from tests.vm.machine.kernel import Kernel, NoKernel, debian_kernel

_HERE: Final = Path(__file__).parent
_MEMORY_MB: Final = 3072
_LONGEST_S: Final = 3600
# Two cards of eight streams each: lines on one, and one to pull out.
_OPTIONS: Final = {"snd-aloop": "index=0,1 enable=1,1 pcm_substreams=8,2 id=Lines,Spare"}
_KEPT: Final = ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "EARMARK_CACHE", "XDG_CACHE_HOME")


def run(command: list[str]) -> int:
    """Boot, run, power off. What the command prints is printed as it comes.

    Raises:
        NoKernel: there is no kernel to boot.
    """
    kernel = debian_kernel()
    with TemporaryDirectory(prefix="earmark-vm-") as results:
        folder = Path(results)
        _leave_orders(folder, kernel, command)
        began = time.monotonic()
        try:
            subprocess.run(_qemu(kernel, initial_root(kernel), folder), check=True, timeout=_LONGEST_S)
        except subprocess.TimeoutExpired:
            print(f"test machine: still not done after {_LONGEST_S} s; switched off", file=sys.stderr)
            return 124
        print(f"test machine: up for {time.monotonic() - began:.0f} s")
        status = folder / "status"
        return int(status.read_text()) if status.exists() else 125


def _leave_orders(folder: Path, kernel: Kernel, command: list[str]) -> None:
    (folder / "first-process").write_text(f"sh {shlex.quote(str(_HERE / 'first-process.sh'))}")
    (folder / "modules-root").write_text(str(kernel.modules.parent))
    for module, options in _OPTIONS.items():
        (folder / f"options-{module}").write_text(options)
    kept = "".join(f"export {name}={shlex.quote(os.environ[name])}\n" for name in _KEPT if name in os.environ)
    (folder / "command").write_text(
        f"{kept}export EARMARK_VM=1\ncd {shlex.quote(os.getcwd())}\n{shlex.join(command)}\n"
    )


def _qemu(kernel: Kernel, disk: Path, results: Path) -> list[str]:
    # An imitation of KVM by paravirtualisation dies on Debian's kernels; QEMU's own translator runs them.
    hardware = os.access("/dev/kvm", os.W_OK) and not Path("/sys/module/kvm_pvm").exists()
    shares = {"files": "path=/,readonly=on,multidevs=remap", "results": f"path={results}"}
    shared = [
        part
        for name, how in shares.items()
        for part in (
            *("-fsdev", f"local,id={name},security_model=none,{how}"),
            *("-device", f"virtio-9p-pci,fsdev={name},mount_tag={name}"),
        )
    ]
    return [
        *("qemu-system-x86_64", "-M", "q35", "-accel", "kvm" if hardware else "tcg,thread=multi", "-cpu", "max"),
        *("-smp", str(os.cpu_count() or 1), "-m", str(_MEMORY_MB)),
        *("-display", "none", "-serial", "stdio", "-monitor", "none", "-no-reboot", "-nodefaults", "-nic", "none"),
        *("-kernel", str(kernel.image), "-initrd", str(disk)),
        # A timer that a crowded machine makes late is not a timer that is not there.
        *("-append", "console=ttyS0 quiet mitigations=off no_timer_check rdinit=/init panic=-1"),
        *("-device", "virtio-rng-pci"),
        *shared,
    ]


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    try:
        sys.exit(run(sys.argv[1:]))
    except NoKernel as error:
        print(f"test machine: {error}", file=sys.stderr)
        sys.exit(125)
