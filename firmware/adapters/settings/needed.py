"""``python -m firmware.adapters.settings.needed PROCESS``: whether the settings give a process anything to do.

Exit status 0 or 1, as systemd's ExecCondition wants it. Several ask whenever the box starts, so only what Python has
loaded anyway and little else is loaded here: ``earmark`` would take ten times as long.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from firmware.config.lines_instances import instances_named
from firmware.core.lines_instance import process_name

_SETTINGS = "state/settings.json"


def is_needed(process: str, settings: Mapping[str, Any]) -> bool:
    """``settings``: what was saved, which may name only what somebody changed."""
    if process == "panel":
        return bool(settings.get("panel", {}).get("kind", "none") != "none")
    return process in {process_name(instance) for instance in instances_named(settings)}


def main(process: str, home: str) -> int:
    try:
        settings = json.loads(Path(home, _SETTINGS).read_bytes())["settings"]["1"]
    except (OSError, ValueError, KeyError):
        return 0  # whoever starts says what is wrong with them
    return 0 if is_needed(process, settings) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], os.environ["EARMARK_HOME"]))
