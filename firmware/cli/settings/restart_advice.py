"""Which processes must be started again before changed settings are in effect. Each reads them once, at its start."""

from __future__ import annotations

from pathlib import Path

from firmware.config.line_section import LineSection
from firmware.config.lines_instances import instances_named
from firmware.config.settings_model import Settings
from firmware.core.home import Home
from firmware.core.lines_instance import WITH_CALLS, process_name

#: Who reads which section; "lines" are all processes that hold or hear calls. A section that is not here names every
#: process; a test asks for it to be entered.
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
    "network": (),  # the packet filter is made anew by itself
    "recorder": ("recorder",),
    "space": ("recorder", "keeper"),
    "records": ("opener", "keeper"),
    "sign_in": ("opener",),
    "panel": ("panel",),
    "alerts": (),  # keeper and page follow them by themselves
    "archive": ("keeper",),
    "backup": ("keeper",),
}
_HELD_BY = {str(instance): process_name(instance) for instance in WITH_CALLS}
_WITH_CALLS = tuple(_HELD_BY.values())
_IN_ORDER = ("recorder", "opener", "keeper", *_WITH_CALLS, "lines-smdr", "web", "panel")
_ON_THE_BOX = Path("/var/lib/earmark")


def processes_to_restart(before: Settings | None, after: Settings) -> tuple[str, ...]:
    """Who still works by the old settings. ``before`` is None when nobody knows what they were."""
    there = _processes(after) | (_processes(before) if before is not None else set())
    if before is None:
        return tuple(name for name in _IN_ORDER if name in there)
    readers: set[str] = set()
    for section in Settings.model_fields:
        if getattr(before, section) != getattr(after, section):
            readers |= _readers(section, before, after)
    return tuple(name for name in _IN_ORDER if name in there & readers)


def _processes(settings: Settings) -> set[str]:
    lines = {process_name(instance) for instance in instances_named(settings.to_document())}
    return lines | {name for name in _IN_ORDER if not name.startswith("lines")}


def _readers(section: str, before: Settings, after: Settings) -> set[str]:
    readers = set(READERS.get(section, _IN_ORDER))
    if "lines" not in readers:
        return readers
    if section != "lines":
        return readers | {*_WITH_CALLS}
    # A line that was changed is no reason to end calls on lines of another kind.
    unchanged = {name for name in _WITH_CALLS if _lines_of(name, before) == _lines_of(name, after)}
    return (readers | {*_WITH_CALLS}) - unchanged


def _lines_of(process: str, settings: Settings) -> list[LineSection]:
    return [line for line in settings.lines if process == _HELD_BY.get(line.kind)]


def restart_advice(home: Home, processes: tuple[str, ...]) -> str:
    """What a person must do, as sentences."""
    if not processes:
        return "They are saved. No process has to be restarted."
    said = f"They are saved, and not in effect yet: restart {_listed(processes)}."
    if home.root == _ON_THE_BOX:
        units = " ".join(f"earmark-{name}" for name in processes)
        said += f"\nOn this box: systemctl restart {units}"
    else:
        said += "\nWhere scripts/run started them: end it with Ctrl-C and start it again."
    if "lines" in processes:
        said += "\nRestarting lines ends the calls that go on: see that there are none with earmark calls."
    elif {*processes} & {*_WITH_CALLS}:
        said += "\nOf calls that go on meanwhile a part is not recorded: see that there are none with earmark calls."
    return said


def _listed(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
