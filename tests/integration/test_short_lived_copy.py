"""What a copy of the process finds out, and that nothing it loads for that is left."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.adapters.supervision.short_lived_copy import found_by_a_copy
from firmware.core.errors import OfficeIncomplete, StartFailed

# In a program of its own: pytest may have threads, and copies of those would be missing.
_ASKS = """
import sys
from firmware.adapters.supervision.short_lived_copy import found_by_a_copy

def find():
    import tomlkit
    return ("found", "tomlkit" in sys.modules)

print(found_by_a_copy(find), "tomlkit" in sys.modules)
"""


def test_what_the_copy_loads_ends_with_it() -> None:
    told = subprocess.run([sys.executable, "-c", _ASKS], capture_output=True, text=True, check=True)
    assert told.stdout == "('found', True) False\n"


def test_an_error_that_a_person_can_act_on_is_raised_here() -> None:
    def find() -> None:
        raise OfficeIncomplete("The settings are gone.", "Put them back.")

    with pytest.raises(OfficeIncomplete, match=r"The settings are gone\. Put them back\."):
        found_by_a_copy(find)


def test_a_copy_that_dies_is_told_of(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StartFailed):
        found_by_a_copy(lambda: os._exit(3))
    with pytest.raises(StartFailed):
        found_by_a_copy(lambda: Path("/nowhere").read_text(encoding="utf-8"))
