"""The keeper's watch over the room on the data disk, put together, and what the health page asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from firmware.adapters.catalogue.space import SpaceRows
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.store.evidence_looks import last_space_choice
from firmware.adapters.supervision.disk_space import DiskSpace
from firmware.cli.keeper.parts import KeeperParts
from firmware.services.space_watch import SpaceRules, SpaceWatch

SPACE_ROUTES = ("GET /space",)


def compose_space_watch(parts: KeeperParts) -> SpaceWatch:
    space = parts.settings.space
    rules = SpaceRules(space.reserve_mb * 1_000_000, parts.settings.retention_classes)
    rows = SpaceRows(parts.catalogue, parts.home.catalogue)
    zone = ZoneInfo(parts.settings.office.timezone)
    last_choice = partial(last_space_choice, parts.home.evidence)
    return SpaceWatch(DiskSpace(parts.home.data), rows, parts.evidence, last_choice, rules, zone)


def space_routes(watch: SpaceWatch) -> dict[str, Handler]:
    def space(_: Request) -> Mapping[str, Any]:
        ahead = watch.forecast
        if ahead is None:
            return {"words": ""}
        return {
            "words": watch.words,
            "taken_at_ms": ahead.now.taken_at_ms,
            "shortage": ahead.shortage.word,
            "full_in_days": ahead.full_in_days,
            "free_bytes": ahead.now.free_bytes,
            "total_bytes": ahead.now.total_bytes,
            "needed_bytes": ahead.needed_bytes,
            "ahead": [list(each) for each in ahead.ahead],
            "recordings": ahead.now.recordings,
            "recordings_bytes": ahead.now.recordings_bytes,
            "when_full": watch.choice.when_full,
            "shorten": list(watch.choice.shorten),
        }

    return {"GET /space": space}
