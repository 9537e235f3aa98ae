"""Which of the processes that hold or hear calls a settings document asks for: one for each kind of line in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from firmware.core.lines_instance import LINES_INSTANCES, LinesInstance


def instances_named(document: Mapping[str, Any]) -> tuple[LinesInstance, ...]:
    """The processes that have something to do, by ``Settings.to_document``; none where there is no line yet."""
    kinds = {line.get("kind") for line in document.get("lines", ())} | ({"smdr"} if document.get("smdr") else set())
    return tuple(instance for instance in LINES_INSTANCES if instance in kinds)
