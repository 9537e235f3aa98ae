"""Which processes an office needs, and how each is started: what the box leaves to systemd."""

from __future__ import annotations

from firmware.config.lines_instances import instances_named
from firmware.config.settings_model import Settings
from firmware.core.lines_instance import WITH_CALLS, LinesInstance, process_name


def processes_of(settings: Settings) -> dict[str, tuple[str, ...]]:
    """By name, the ``earmark`` command of each.

    In this order they start; they stop in the reverse order, so that the recorder outlives the calls.
    """
    names = instances_named(settings.to_document())
    lines = {process_name(each): ("lines", *(() if each == "sip" else ("--only", each))) for each in names}
    alone = {name: (name,) for name in ("recorder", "opener", "keeper")}
    return {**alone, **lines, "web": ("web",), "panel": ("panel",)}


def instances_with_calls(settings: Settings) -> list[LinesInstance]:
    """The processes that hand calls to the recorder."""
    return [instance for instance in instances_named(settings.to_document()) if instance in WITH_CALLS]
