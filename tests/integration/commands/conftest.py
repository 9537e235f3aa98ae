"""The ``earmark`` command, run as a person runs it, on a data folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.core.home import Home
from tests.integration.commands.earmark import CLONE, Earmark


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "var")


@pytest.fixture
def earmark(home: Home) -> Earmark:
    def run(
        *arguments: str, typed: str = "", folder: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        where = {**os.environ, "EARMARK_HOME": str(home.root), "PYTHONPATH": str(CLONE), **environment}
        command = [sys.executable, "-m", "firmware.cli.main", *arguments]
        return subprocess.run(
            command, env=where, capture_output=True, text=True, input=typed, check=False, timeout=60, cwd=folder
        )

    return run
