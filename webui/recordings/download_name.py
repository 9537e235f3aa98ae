"""What a downloaded recording is called: ``YYYYMMDDhhmmss-FROM-TO.ext``, in local time."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

_UNSAFE = re.compile(r"[^0-9A-Za-z]+")
_LONGEST_PARTY = 32


def download_name(
    started_at: datetime,
    zone: ZoneInfo,
    direction: Literal["inbound", "outbound"] | str,
    far_party: str,
    office_party: str,
    extension: str,
) -> str:
    """The file's name. Who called comes first, whichever side that was.

    Only letters and digits of the parties are kept, so that the name is safe on every system; a leading + goes too. A
    withheld party reads *withheld*.
    """
    far, office = _party(far_party), _party(office_party)
    caller, called = (office, far) if direction == "outbound" else (far, office)
    return f"{started_at.astimezone(zone):%Y%m%d%H%M%S}-{caller}-{called}.{extension}"


def _party(shown: str) -> str:
    return _UNSAFE.sub("", shown)[:_LONGEST_PARTY] or "unknown"
