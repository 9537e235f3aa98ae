"""Music that an exchange plays to the party on hold is not recorded as the office's voice."""

from __future__ import annotations

import time

import pytest

from firmware.core.ring_layout import MarkerKind
from tests.functional.calls.sip_phone import offer
from tests.functional.calls.stage import Stage
from tests.functional.calls.tones import has_tone, level_of, tone

pytestmark = pytest.mark.functional

MUSIC_HZ = 500


@pytest.mark.parametrize(("holder", "channel"), [("office", 1), ("far party", 0)])
def test_hold_music_is_heard_and_not_recorded(plain: Stage, holder: str, channel: int) -> None:
    caller, called = plain.connect()
    holding, music, waiting = (called, plain.near, plain.far) if holder == "office" else (caller, plain.far, plain.near)
    music.speak(tone(1000, 0.5))
    time.sleep(0.8)
    holding.request("INVITE", offer(music.port, version=2, direction="sendonly"))
    holding.answered()
    plain.lines.wait_for_state("held")
    music.speak(tone(MUSIC_HZ, 1.5))
    waiting.speak(tone(700, 1.0))
    time.sleep(1.7)
    assert has_tone(waiting.heard().pcm, MUSIC_HZ)
    holding.request("INVITE", offer(music.port, version=3))
    holding.answered()
    plain.lines.wait_for_state("connected")
    time.sleep(0.2)
    music.speak(tone(1300, 0.8))
    time.sleep(1.0)
    caller.hang_up()
    called.expect_bye()
    (ring,) = plain.rings.wait_for(closed=True)
    held = ring.channel(channel)
    assert has_tone(held, 1000)
    assert has_tone(held, 1300)
    assert level_of(held, MUSIC_HZ) < 100
    # Who waits goes on being recorded.
    assert has_tone(ring.channel(1 - channel), 700)
    assert MarkerKind.HELD in {marker.kind for marker in ring.reader.markers_since(0)[0]}
    (hold,) = ring.record.holds
    assert hold.side == ("office" if holder == "office" else "far_party")
    assert hold.ended_at_ms is not None
    assert 1500 < hold.ended_at_ms - hold.started_at_ms < 6000
