"""What lies in ``hw/``: that it can be compiled, read by the programs it is for, and says one thing in all places."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from firmware.adapters.panel.pins import read_pins
from tests.integration.udev_rules import Device, apply, read_rules

CLONE = Path(__file__).parents[2]
HW = CLONE / "hw"
PINS = read_pins(HW / "pins.toml")
OVERLAYS = {"earmark-panel": "/soc/gpio", "earmark-panel-pi5": "/soc/rp1_gpio"}
# The labels that the kernel's device trees of the Pi 4 and 5 have, and no more.
BASE = """/dts-v1/;
/ { soc { gpio: gpio { }; i2c1: i2c1 { }; rp1_gpio: rp1_gpio { }; rp1_i2c1: rp1_i2c1 { status = "disabled"; }; }; };
"""


def run(*command: str | Path, cwd: Path = CLONE) -> subprocess.CompletedProcess[str]:
    paths = {"PYTHONPATH": str(CLONE), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, cwd=cwd, env={**os.environ, **paths}
    )


def test_drawings_label_and_parts_list_are_as_pins_parts_and_the_lights_table_say() -> None:
    """Made anew by ``python -m hw.draw``."""
    checked = run(sys.executable, "-m", "hw.draw", "--check")
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_another_pin_is_drawn_at_another_place_on_the_header(tmp_path: Path) -> None:
    shutil.copytree(HW, tmp_path / "hw", ignore=shutil.ignore_patterns("__pycache__"))
    pins = tmp_path / "hw/pins.toml"
    pins.write_text(re.sub(r"(?m)^red = \d+", "red = 26", pins.read_text()))
    assert run(sys.executable, "-m", "hw.draw", "--check", cwd=tmp_path).stdout == "hw/drawings/panel.svg\n"
    assert run(sys.executable, "-m", "hw.draw", cwd=tmp_path).returncode == 0
    drawn = (tmp_path / "hw/drawings/panel.svg").read_text()
    assert ">GPIO26<" in drawn
    assert f">GPIO{PINS.light.red}<" not in drawn


@pytest.fixture(params=OVERLAYS)
def laid_over(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """A device tree with one of the overlays applied, and the node of its pins."""
    name = str(request.param)
    (tmp_path / "base.dts").write_text(BASE)
    assert (
        run("dtc", "-@", "-q", "-I", "dts", "-O", "dtb", "-o", tmp_path / "base", tmp_path / "base.dts").returncode == 0
    )
    overlay = run("dtc", "-@", "-I", "dts", "-O", "dtb", "-o", tmp_path / "overlay", HW / f"{name}.dts")
    assert (overlay.returncode, overlay.stderr) == (0, "")
    applied = run("fdtoverlay", "-i", tmp_path / "base", "-o", tmp_path / "tree", tmp_path / "overlay")
    assert (applied.returncode, applied.stderr) == (0, "")
    return tmp_path / "tree", OVERLAYS[name]


def pins_pulled(tree: Path, controller: str, node: str, pull: str) -> list[str]:
    names = run("fdtget", "-l", tree, controller).stdout.split()
    found = next(name for name in names if name.startswith(node))
    assert f"bias-pull-{pull}" in run("fdtget", "-p", tree, f"{controller}/{found}").stdout.split()
    assert "function" not in run("fdtget", "-p", tree, f"{controller}/{found}").stdout.split()
    return run("fdtget", tree, f"{controller}/{found}", "pins").stdout.split()


def test_the_overlays_pull_the_panels_pins_to_rest_and_leave_them_free(laid_over: tuple[Path, str]) -> None:
    tree, controller = laid_over
    button, light = PINS.button, PINS.light
    at_rest = pins_pulled(tree, controller, "earmark-button", "up" if button.pull_up else "down")
    assert at_rest == [f"gpio{button.pin}"]
    dark = pins_pulled(tree, controller, "earmark-light", "down" if light.active_high else "up")
    assert dark == [f"gpio{pin}" for pin in (light.red, light.green, light.blue)]


def test_the_overlays_find_the_clock_on_the_headers_bus(laid_over: tuple[Path, str]) -> None:
    tree, controller = laid_over
    bus = controller.replace("gpio", "i2c1")
    assert run("fdtget", tree, f"{bus}/rtc@68", "compatible").stdout.strip() == "maxim,ds3231"
    assert run("fdtget", tree, bus, "status").stdout.strip() == "okay"
    node = next(
        name for name in run("fdtget", "-l", tree, controller).stdout.split() if name.startswith("earmark-clock")
    )
    wires = run("fdtget", tree, f"{controller}/{node}", "pins").stdout.split()
    taken = {PINS.button.pin, PINS.light.red, PINS.light.green, PINS.light.blue}
    assert wires == ["gpio2", "gpio3"]
    assert {2, 3}.isdisjoint(taken)


PI_4 = "platform-fd500000.pcie-pci-0000:01:00.0-usb-0:1.{port}:1.0"
PI_5 = "platform-xhci-hcd.{controller}-usb-0:{port}:1.0"


def passed(path: str, **asked: str) -> Device:
    attributes = {"vendor": "ATTRS{idVendor}", "product": "ATTRS{idProduct}"}
    device = Device({attributes.get(key, key): value for key, value in asked.items()}, {"ID_PATH": path})
    apply(read_rules(HW / "udev/70-earmark.rules"), device)
    return device


def modem(path: str) -> Device:
    return passed(path, SUBSYSTEM="tty", KERNEL="ttyACM3", ACTION="add", vendor="0baf", product="0303")


def card(path: str) -> Device:
    return passed(path, SUBSYSTEM="sound", KERNEL="card2", ACTION="add")


@pytest.mark.parametrize("port", ["1", "2", "3", "4"])
def test_modems_and_cards_are_named_by_their_port_on_a_pi_4(port: str) -> None:
    assert modem(PI_4.format(port=port)).done == {"SYMLINK": f"earmark-modem-{port}"}
    assert card(PI_4.format(port=port)).done == {"ATTR{id}": f"earmark{port}"}


def test_modems_and_cards_are_named_by_their_port_on_a_pi_5() -> None:
    paths = [PI_5.format(controller=controller, port=port) for controller in (0, 1) for port in (1, 2)]
    assert [modem(path).done["SYMLINK"] for path in paths] == [f"earmark-modem-{port}" for port in (1, 2, 3, 4)]
    assert [card(path).done["ATTR{id}"] for path in paths] == [f"earmark{port}" for port in (1, 2, 3, 4)]


def test_what_is_no_modem_or_in_no_known_port_keeps_its_name() -> None:
    assert passed(PI_4.format(port=1), SUBSYSTEM="tty", KERNEL="ttyACM0", vendor="2341", product="0043").done == {}
    assert modem("pci-0000:00:14.0-usb-0:1.1.4:1.0").done == {}
    assert card("platform-soc:sound").done == {}


def test_udev_itself_finds_no_fault_with_the_rules_where_it_can_tell() -> None:
    """``udevadm verify`` came with 254; Debian 12 has 252."""
    knows_verify = int(run("udevadm", "--version").stdout.split()[0]) >= 254
    asked = ("verify", "--resolve-names=never", HW / "udev/70-earmark.rules") if knows_verify else ("--version",)
    verified = run("udevadm", *asked)
    assert (verified.returncode, verified.stderr) == (0, "")


def test_the_pins_belong_to_the_group_that_the_units_ask_for() -> None:
    chip = passed("", SUBSYSTEM="gpio", KERNEL="gpiochip0", ACTION="add")
    assert chip.done == {"GROUP": "gpio", "MODE": "0660"}
    assert "SupplementaryGroups=gpio" in (CLONE / "systemd/earmark-panel.service").read_text()


def test_alsa_knows_the_taps_card_by_its_port(tmp_path: Path) -> None:
    config = tmp_path / "asound.conf"
    config.write_text(f"</usr/share/alsa/alsa.conf>\n<{HW / 'alsa/60-earmark.conf'}>\n")
    opened = "import alsaaudio, sys; alsaaudio.PCM(alsaaudio.PCM_CAPTURE, device=sys.argv[1])"
    asked = run("env", f"ALSA_CONFIG_PATH={config}", sys.executable, "-c", opened, "earmark:3")
    assert "Cannot get card index for earmark3" in asked.stderr


def test_every_part_says_why_and_who_needs_it() -> None:
    parts = tomllib.loads((HW / "parts.toml").read_text())["part"]
    assert {part["need"] for part in parts} == {"always", "one of", "panel", "analogue", "optional"}
    assert len({part["id"] for part in parts}) == len(parts)
    for part in parts:
        assert part["why"], part
        assert part["source"].startswith("https://") or not part["source"], part
        assert part["source"] or not part["maker"] or part["id"] == "transformer", f"{part['id']} needs a source"


def test_comments_in_the_pin_map_name_the_position_that_is_drawn() -> None:
    positions = dict(re.findall(r"(?m)^(\w+) = \d+\s+# header (\d+)", (HW / "pins.toml").read_text()))
    drawn = (HW / "drawings/panel.svg").read_text()
    assert set(positions) == {"pin", "red", "green", "blue"}
    assert all(f">{position}<" in drawn for position in positions.values())
