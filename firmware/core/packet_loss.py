"""What the network lost on the way to the box, in words for whoever reads about one recording.

A lost packet is 20 ms of somebody's voice that never reached the box; both ends of a call hear it as the recording
has it. That is something else than audio the box itself failed to take or to store, which the other end did hear.
"""

from __future__ import annotations

from collections.abc import Iterable

from firmware.core.call_record import LegReport, Side

# With packet-loss concealment, random loss of 1% costs little and 5% is plainly heard (ITU-T G.113 Appendix I).
_HARDLY_HEARD = 0.01
_PLAINLY_HEARD = 0.05


def network_loss_lines(legs: Iterable[LegReport], direction: str) -> list[str]:
    """A sentence for each side of a call: "0.4% of the caller's packets were lost on the way: hardly to be heard."."""
    return [_sentence(leg, _whose(leg.side, direction)) for leg in legs if leg.packets_received or leg.packets_lost]


def _sentence(leg: LegReport, whose: str) -> str:
    share = leg.lost_share
    if not leg.packets_lost:
        return f"All of {whose} packets arrived."
    if share <= _HARDLY_HEARD:
        effect = "hardly to be heard"
    elif share < _PLAINLY_HEARD:
        effect = "short breaks may be heard"
    else:
        effect = "words may be missing"
    return f"{_percent(share)} of {whose} packets were lost on the way: {effect}."


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else "Less than 0.1%"


def _whose(side: Side, direction: str) -> str:
    if side == "office":
        return "the office's"
    return "the caller's" if direction == "inbound" else "the called party's"
