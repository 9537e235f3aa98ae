"""What a copy of the process finds out, and that nothing it loads for that is left.

In a program of its own each time: the tests' own has threads, which a copy would lack.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

ASKS = """
import os, sys
from pathlib import Path
from firmware.adapters.supervision.short_lived_copy import found_by_a_copy
from firmware.core.errors import EarmarkError, OfficeIncomplete

def loads():
    import tomlkit
    return "tomlkit" in sys.modules

def is_refused():
    raise OfficeIncomplete("The settings are gone.", "Put them back.")

def dies():
    os._exit(3)

def fails():
    Path("/nowhere").read_text(encoding="utf-8")

try:
    print(found_by_a_copy({what}), "tomlkit" in sys.modules)
except EarmarkError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("loads", "True False"),
        ("is_refused", "OfficeIncomplete The settings are gone. Put them back."),
        ("dies", "StartFailed "),
        ("fails", "StartFailed "),
    ],
)
def test_only_what_the_copy_finds_out_comes_back(what: str, told: str) -> None:
    done = subprocess.run([sys.executable, "-c", ASKS.format(what=what)], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(told)
    assert ("Traceback" in done.stderr) == (what == "fails")
