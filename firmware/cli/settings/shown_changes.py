"""What differs between two settings, as plain JSON for people: that a secret changed is told, and not to what."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from firmware.config.kept_secrets import STARS
from firmware.config.settings_model import Settings
from firmware.core.settings_changes import changes, flat


def shown_changes(before: Settings | None, after: Settings) -> list[dict[str, Any]]:
    """``before`` is None when nobody knows what they were."""
    both = [each for each in (before, after) if each is not None]
    secret = frozenset(path for each in both for path, value in flat(each.to_shown()).items() if value == STARS)
    old = {} if before is None else before.to_document()
    return [asdict(each) for each in changes(old, after.to_document(), stars=secret)]
