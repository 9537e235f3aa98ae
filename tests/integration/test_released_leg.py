"""A leg whose library half has ended: whoever still knows it may ask, and nobody is answered by freed memory."""

from __future__ import annotations

import pjsua2 as pj

from firmware.adapters.sip.leg import Leg
from firmware.core.events import Event
from firmware.core.leg import LegNumber


class _Owner:
    def tell(self, event: Event) -> None:
        """Nothing happens to the leg."""

    def key_sounds(self, number: LegNumber, look_back_ms: int, hold_ms: int) -> None:
        """It has no keys."""


def test_a_leg_that_was_released_while_it_was_up_is_gone_for_whoever_closes_its_recording() -> None:
    leg = Leg(pj.Account(), _Owner(), 0, "office")
    assert not leg.gone
    leg.release()
    leg.release()
    assert leg.gone
    assert leg.audio() is None
    assert leg.sip_call_id == ""
    assert leg.measure() == leg.reception
    assert leg.report("office").packets_received == 0
