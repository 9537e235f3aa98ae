"""Which processes must be started again before changed settings are in effect. Each reads them once, at its start."""

from __future__ import annotations

from pathlib import Path

from firmware.config.settings_model import Settings
from firmware.core.home import Home

#: Who reads which section. A section that is not here names every process; a test asks for it to be entered.
READERS: dict[str, tuple[str, ...]] = {
    "office": ("opener", "keeper", "lines", "lines-smdr", "web"),
    "hours": ("lines",),
    "retention": ("opener", "keeper", "lines"),
    "lines": ("lines", "lines-smdr"),
    "rules": ("lines", "lines-smdr"),
    "extensions": ("lines", "lines-smdr"),
    "codes": ("lines",),
    "pause": ("lines",),
    "smdr": ("lines-smdr",),
    "prompts": ("lines",),
    "web": ("web",),
    "recorder": ("recorder",),
    "space": ("recorder", "keeper"),
    "sign_in": ("opener",),
    "panel": ("panel",),
    "archive": ("keeper",),
    "backup": ("keeper",),
}
_IN_ORDER = ("recorder", "opener", "keeper", "lines", "lines-smdr", "web", "panel")
_ON_THE_BOX = Path("/var/lib/earmark")


def processes_to_restart(before: Settings | None, after: Settings) -> tuple[str, ...]:
    """Who still works by the old settings. ``before`` is None when nobody knows what they were."""
    there = tuple(name for name in _IN_ORDER if name != "lines-smdr" or after.smdr or (before and before.smdr))
    if before is None:
        return there
    changed = [section for section in Settings.model_fields if getattr(before, section) != getattr(after, section)]
    return tuple(name for name in there if any(name in READERS.get(section, _IN_ORDER) for section in changed))


def restart_advice(home: Home, processes: tuple[str, ...]) -> str:
    """What a person must do, as sentences."""
    said = f"They are saved, and not in effect yet: restart {_listed(processes)}."
    if home.root == _ON_THE_BOX:
        units = " ".join(f"earmark-{name}" for name in processes)
        said += f"\nOn this box: systemctl restart {units}"
    else:
        said += "\nWhere scripts/run started them: end it with Ctrl-C and start it again."
    if "lines" in processes:
        said += "\nRestarting lines ends the calls that go on: see that there are none with earmark calls."
    return said


def _listed(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
