"""``gpio-sim`` for the image's kernel, so that a test can pull a pin of a real GPIO chip in the box.

Debian's stable kernel is built without it. It is compiled from that kernel's own source, with Debian's compiler, and
kept. Tests reach no network: ``python -m tests.vm.box.gpio_module BILL`` makes it beforehand, for the kernel that an
image's bill of materials names.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

_KERNEL = re.compile(r"linux-image-([0-9].*)")
#: The imitated interrupts that it needs are left out of Debian's kernel as well, and then lack one inner function.
_COMPILE = """
set -e
mkdir /module
cd /module
tar -x -f /usr/src/linux-source-{series}.tar.xz --strip-components=3 \
  linux-source-{series}/drivers/gpio/gpio-sim.c linux-source-{series}/kernel/irq/irq_sim.c
sed -i 's/handle_simple_irq(irq_to_desc(\\(.*\\)))/generic_handle_irq_safe(\\1)/' irq_sim.c
printf 'obj-m := gpio-sim-box.o\\ngpio-sim-box-y := gpio-sim.o irq_sim.o\\n' >Makefile
make -C /usr/src/linux-headers-{kernel} M=/module CONFIG_DEBUG_INFO_BTF_MODULES= modules
strip --strip-debug gpio-sim-box.ko
"""


def gpio_module(kernel: str) -> Path:
    """A module for ``insmod``. Needs ``image-build`` on Python's path, and root.

    Args:
        kernel: as ``uname -r`` in the box has it; Debian's mirror must still hold its headers.
    """
    cache, debian, running = (
        importlib.import_module(f"earmark_image.{name}") for name in ("cache", "debian", "running")
    )
    series = ".".join(kernel.split(".")[:2])
    packages = [f"linux-headers-{kernel}", f"linux-source-{series}", "gcc", "make", "xz-utils"]
    root: Path = debian.debian_root("module-root-amd64", "amd64", packages)
    script = _COMPILE.format(series=series, kernel=kernel)

    def make(module: Path) -> None:
        with TemporaryDirectory(prefix="earmark-module-") as folder:
            running.unpack(root, Path(folder))
            with running.entered(Path(folder)) as inside:
                inside.run("sh", "-c", script)
            (Path(folder) / "module/gpio-sim-box.ko").rename(module)

    kept: Path = cache.kept("gpio-sim-amd64", [root.name, script], make)
    return kept


def _kernel_of(bill: Path) -> str:
    """``bill``: as image-build writes it beside the image (CycloneDX)."""
    names = (each["name"] for each in json.loads(bill.read_text())["components"])
    return next(found[1] for name in names if (found := _KERNEL.fullmatch(name)))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[3] / "image-build"))
    print(gpio_module(_kernel_of(Path(sys.argv[1]))))
