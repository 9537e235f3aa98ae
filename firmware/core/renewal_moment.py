"""When a process that holds calls may start itself anew, to take up a certificate that was renewed.

Its library reads the certificate once. A start takes a second or two, in which a call that comes is repeated by whoever
makes it; so it waits for the night and for silence, and for the night no longer when the certificate in use is about to
end. Calls in progress it waits for always.
"""

from __future__ import annotations

QUIET_S = 60.0
_NIGHT_HOURS = range(2, 5)
_PRESSING_S = 7 * 86_400.0


def may_start_anew(hour: int, quiet_s: float, left_s: float) -> bool:
    """
    Args:
        hour: of the day, by the office's clock.
        quiet_s: since the last call ended.
        left_s: until the certificate in use ends; negative when it has.
    """
    return quiet_s >= QUIET_S and (hour in _NIGHT_HOURS or left_s < _PRESSING_S)
