"""Tests that need devices: inside the machine of ``tests/vm/machine``, where ``scripts/test --vm`` runs them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vm.devices.gpio_chip import GpioChip
from tests.vm.devices.sound_card import SoundCard
from tests.vm.devices.usb_serial import UsbSerial


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The box's own tests start a machine themselves (``box/``); all others run in one."""
    box = Path(__file__).parent / "box"
    if not os.environ.get("EARMARK_VM") and any(box not in item.path.parents for item in items):
        raise pytest.UsageError("These tests need the devices of a virtual machine: run scripts/test --vm")


@pytest.fixture
def sound_card() -> SoundCard:
    return SoundCard(0, "Lines")


@pytest.fixture
def spare_sound_card() -> SoundCard:
    """One that may be pulled out."""
    return SoundCard(1, "Spare")


@pytest.fixture
def gpio_chip() -> Iterator[GpioChip]:
    """A chip with a Raspberry Pi's pins."""
    chip = GpioChip("pins", range(28))
    yield chip
    chip.take_away()


@pytest.fixture(scope="session")
def usb_serial() -> UsbSerial:
    adapter = UsbSerial("earmark-test")
    adapter.plug_in()
    return adapter
