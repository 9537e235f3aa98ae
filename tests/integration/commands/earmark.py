"""What running the command is, for tests."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

CLONE = Path(__file__).resolve().parents[3]
#: Arguments as on the command line; ``typed`` and ``folder``, and variables of the environment by name.
Earmark = Callable[..., subprocess.CompletedProcess[str]]


def findings(earmark: Earmark) -> dict[str, list[tuple[str, str]]]:
    """What the doctor finds: by check, each with its verdict and where."""
    found: dict[str, list[tuple[str, str]]] = {}
    for finding in json.loads(earmark("doctor", "--json").stdout)["findings"]:
        found.setdefault(finding["check"], []).append((finding["verdict"], finding["where"]))
        assert finding["verdict"] == "ok" or finding["remedy"], finding
    return found
