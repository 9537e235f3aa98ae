"""The keeper's duties over an office of a test's, run when it is told to look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.adapters.catalogue.database import open_beside_the_recorder
from firmware.adapters.catalogue.writer import SqliteCatalogueWriter
from firmware.adapters.control.evidence_desk import RecorderEvidenceDesk
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.settings.settings_file import SettingsFile
from firmware.adapters.supervision.system_clock import SystemClock
from firmware.cli.keeper.parts import KeeperParts
from firmware.cli.keeper.redactions import compose_revision_intake, revision_routes
from firmware.cli.keeper.retention import compose_retention, retention_routes
from firmware.cli.keeper.space import compose_space_watch, space_routes
from firmware.config.loader import load_settings
from firmware.core.home import Home


def keeper_at_work(home: Home) -> Mapping[str, Handler]:
    """Takes revisions in, tells of the room, and erases when told to look: in the thread of who tells it."""
    SqliteCatalogueWriter(home.catalogue).close()
    settings = load_settings(SettingsFile(home.settings_file))
    clock = SystemClock()
    parts = KeeperParts(
        home, settings, open_beside_the_recorder(home.catalogue), RecorderEvidenceDesk(home.recorder_socket), clock
    )
    retention, intake, space = compose_retention(parts), compose_revision_intake(parts), compose_space_watch(parts)

    def look_now(_: Request) -> Mapping[str, Any]:
        for task in (intake, retention.sweep, space):
            task.run(clock.wall_ms())
        return {}

    routes = {**revision_routes(intake), **space_routes(space), **retention_routes(retention, parts)}
    return {"POST /look-now": look_now, **routes}
