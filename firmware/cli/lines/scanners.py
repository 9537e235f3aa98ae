"""What a process with lines tells of scanners, and is told about them.

==================================  ========  ==========================================================
route                               who       what
==================================  ========  ==========================================================
``GET /scanners``                   any       places that are not heard, and for how many seconds yet
``POST /scanners/forgive``          our user  {address}: heard again, within a second
==================================  ========  ==========================================================
"""

from __future__ import annotations

from collections.abc import Mapping

from firmware.adapters.control.peer_policy import same_user
from firmware.adapters.control.server import Handler, Request
from firmware.adapters.control.wire_errors import RequestRefused
from firmware.adapters.sip.scanners import Scanners
from firmware.core.scanner_watch import place_of

_LONGEST_ADDRESS = 64


def scanner_routes(scanners: Scanners) -> Mapping[str, Handler]:
    def forgive(request: Request) -> Mapping[str, object]:
        if not same_user(request.peer):
            raise RequestRefused("This user may not ask that of the lines.", status=403)
        try:
            place = place_of(request.text("address", _LONGEST_ADDRESS))
        except ValueError as error:
            raise RequestRefused("That is not an IP address.") from error
        scanners.forgive(place)
        return {"address": str(place)}

    return {"GET /scanners": lambda request: {"places": scanners.shown()}, "POST /scanners/forgive": forgive}
