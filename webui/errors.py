"""What only the page can run into."""

from __future__ import annotations

from firmware.core.errors import EarmarkError


class TooBusy(EarmarkError):
    """More is asked for at once than this box does at once."""
