"""When a call begins and ends on a pair of wires, event by event. Sound itself is tried in test_line_traffic.py."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from firmware.core.analogue.call_edges import LineEdges
from firmware.core.analogue.dialled_number import DialledNumber
from firmware.core.analogue.line_calls import CallBegan, CallEnded, CallerNamed, EdgeRules, LineEvent
from firmware.core.analogue.line_tones import ToneMeaning
from firmware.core.analogue.tone_ear import LineSound
from firmware.core.call_record import Party
from firmware.core.party_number import UNAVAILABLE, WITHHELD

CALLER = Party(number="01632960123")


@dataclass
class Wire:
    """A line in the hands of a test."""

    rules: EdgeRules = field(default_factory=EdgeRules)
    now_ms: int = 10_000
    events: list[LineEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.edges = LineEdges(self.rules)

    def quiet(self, seconds: float) -> Wire:
        return self._blocks(seconds, LineSound("quiet"))

    def voice(self, seconds: float) -> Wire:
        return self._blocks(seconds, LineSound("sound"), voice=True)

    def tone(self, meaning: ToneMeaning, seconds: float) -> Wire:
        return self._blocks(seconds, LineSound("tone", meaning))

    def ring(self) -> Wire:
        return self._told(self.edges.rang(self.now_ms))

    def named(self, party: Party) -> Wire:
        return self._told(self.edges.named(self.now_ms, party))

    def keys(self, number: str, pause_s: float = 0.1) -> Wire:
        for key in number:
            self._told(self.edges.keyed(self.now_ms, key))
            self.quiet(pause_s)
        return self

    def loop(self, closed: bool) -> Wire:
        return self._told(self.edges.loop(self.now_ms, closed))

    def _told(self, events: tuple[LineEvent, ...]) -> Wire:
        self.events.extend(events)
        return self

    def _blocks(self, seconds: float, sound: LineSound, voice: bool = False) -> Wire:
        for block in range(round(seconds * 50)):
            self.now_ms += 20
            ago = min((block + 1) * 20, 600) if voice and block >= 12 else None
            self._told(self.edges.heard(self.now_ms, sound, ago, voice))
        return self

    @property
    def began(self) -> list[CallBegan]:
        return [event for event in self.events if isinstance(event, CallBegan)]

    @property
    def ended(self) -> list[CallEnded]:
        return [event for event in self.events if isinstance(event, CallEnded)]


LOOP = EdgeRules(hook="loop", rings_are_told=True)
VOICE = EdgeRules(hook="voice", rings_are_told=True)


def test_an_answered_ring_is_an_inbound_call_from_whom_the_network_named() -> None:
    wire = Wire(LOOP).named(CALLER).ring().quiet(2).loop(True).quiet(2)
    assert [(call.direction, call.far) for call in wire.began] == [("inbound", CALLER)]


def test_a_withheld_caller_stays_withheld() -> None:
    assert Wire(LOOP).ring().named(WITHHELD).quiet(1).loop(True).quiet(2).began[0].far == WITHHELD


def test_a_caller_who_is_named_after_the_call_was_answered_is_still_known() -> None:
    wire = Wire(LOOP).ring().quiet(1).loop(True).quiet(2).named(CALLER)
    assert wire.began[0].far == UNAVAILABLE
    assert isinstance(wire.events[-1], CallerNamed)


def test_who_rang_and_gave_up_is_not_the_next_caller() -> None:
    wire = Wire(LOOP).named(CALLER).ring().quiet(30).loop(True).quiet(1).voice(4)
    assert wire.began[0].far == UNAVAILABLE


def test_a_late_word_about_the_ring_that_was_answered_begins_no_other_call() -> None:
    wire = Wire(VOICE).ring().quiet(1).voice(1).ring().voice(3)
    assert len(wire.began) == 1
    assert not wire.ended


def test_a_phone_that_is_lifted_and_put_down_makes_no_call() -> None:
    assert Wire(LOOP).loop(True).tone("dial", 3).loop(False).quiet(5).events == []


def test_a_flash_of_the_hook_ends_nothing() -> None:
    wire = Wire(LOOP).ring().loop(True).quiet(2).voice(3).loop(False).quiet(0.2).loop(True).tone("dial", 2).voice(3)
    assert len(wire.began) == 1
    assert not wire.ended


def test_the_flicker_of_ringing_current_lifts_no_phone() -> None:
    wire = Wire(LOOP).ring()
    for _ in range(100):
        wire.loop(True).quiet(0.02).loop(False).quiet(0.02)
    assert wire.edges.state == "idle"
    assert wire.quiet(5).events == []


def test_hanging_up_ends_the_call_when_the_loop_opened() -> None:
    wire = Wire(LOOP).ring().loop(True).quiet(2).voice(3)
    opened_ms = wire.now_ms
    wire.loop(False).quiet(2)
    assert wire.ended == [CallEnded(opened_ms, "the phone was hung up")]


def test_the_number_dialled_is_known_before_the_call_begins() -> None:
    wire = Wire(LOOP).loop(True).tone("dial", 2).keys("01632960123").tone("ringing", 5)
    assert not wire.began
    wire.voice(1)
    assert wire.began[0].dialled == "01632960123"
    assert wire.began[0].direction == "outbound"


def test_a_number_of_unknown_length_waits_for_its_last_key() -> None:
    wire = Wire(LOOP).loop(True).tone("dial", 2).keys("0800", 0.3).voice(2).keys("1111", 0.3).voice(2)
    assert not wire.began
    assert wire.voice(4).began[0].dialled == "08001111"


def test_999_is_not_waited_for() -> None:
    assert Wire(LOOP).loop(True).tone("dial", 2).keys("999").quiet(0.3).voice(0.4).began[0].dialled == "999"


def test_an_answered_call_in_which_nobody_speaks_is_a_call_all_the_same() -> None:
    assert Wire(LOOP).loop(True).tone("dial", 2).keys("01632960123").tone("ringing", 5).quiet(9).began


def test_what_is_keyed_in_a_call_is_not_kept() -> None:
    wire = Wire(LOOP).loop(True).tone("dial", 2).keys("01632960123")
    assert not wire.edges.wants_keys
    wire.tone("ringing", 3).voice(1).keys("4929123412341234")
    assert "4929" not in repr(vars(wire.edges))
    assert wire.began[0].dialled == "01632960123"


def test_keys_after_a_silence_in_a_call_are_not_taken_for_a_number_that_is_dialled() -> None:
    wire = Wire().voice(5).quiet(21).keys("4929000000006", 0.5).voice(5)
    assert [(call.dialled, call.far) for call in wire.began] == [(None, UNAVAILABLE)] * 2
    at_start = Wire().keys("4929000000006", 0.5).voice(5)
    assert at_start.began[0].dialled is None, "a call may go on as the box starts"
    lifted = Wire(LOOP).loop(True).keys("4929000000006", 0.5).voice(5)
    assert lifted.began[0].dialled is None, "a phone may be off its hook then"
    wire.quiet(21).tone("dial", 2).keys("01632960123", 0.5).tone("ringing", 8).voice(5)
    assert wire.began[-1].dialled == "01632960123"


def test_silence_in_a_pause_does_not_end_a_call_so_soon_or_what_follows_would_be_recorded() -> None:
    wire = Wire().voice(5)
    wire.edges.paused = True
    wire.quiet(200).voice(5)
    wire.edges.paused = False
    assert len(wire.quiet(19).voice(5).events) == 1
    wire.edges.paused = True
    wire.quiet(200)
    wire.edges.paused = False
    assert len(wire.quiet(1).events) == 1, "who lets it go on has a moment to speak"
    wire.edges.paused = True
    assert [type(event) for event in wire.quiet(300).events] == [CallBegan, CallEnded], "a forgotten one ends"


def test_an_engaged_number_is_no_call() -> None:
    assert Wire(VOICE).tone("dial", 2).keys("01632960123").quiet(1).tone("busy", 5).quiet(30).events == []


def test_a_phone_forgotten_off_its_hook_is_no_call() -> None:
    assert Wire(LOOP).loop(True).tone("dial", 20).tone("unobtainable", 600).events == []


def test_engaged_tone_ends_a_call_and_is_not_the_next_one() -> None:
    wire = Wire(VOICE).ring().quiet(1).voice(5).tone("busy", 30).quiet(5)
    assert [call.cause for call in wire.ended] == ["engaged tone"]
    assert len(wire.began) == 1


def test_a_voice_that_goes_on_after_a_tone_that_was_none_is_recorded_again() -> None:
    assert len(Wire(LOOP).ring().loop(True).quiet(2).voice(5).tone("busy", 3).voice(10).began) == 2


def test_a_line_that_rings_again_has_ended_its_call() -> None:
    wire = Wire(VOICE).ring().quiet(1).voice(5).quiet(3).ring().quiet(1).voice(2)
    assert [call.cause for call in wire.ended] == ["the line rang again"]
    assert len(wire.began) == 2


def test_a_call_does_not_begin_before_the_one_before_it_ended() -> None:
    wire = Wire(VOICE).ring().quiet(1).voice(5).quiet(3).ring().voice(2)
    assert wire.began[1].at_ms >= wire.ended[0].at_ms


def test_a_line_that_is_lost_ends_its_call() -> None:
    wire = Wire(VOICE).ring().quiet(1).voice(5)
    wire.events.extend(wire.edges.lost(wire.now_ms, "the sound device was unplugged"))
    assert wire.ended[0].cause == "the sound device was unplugged"


@given(
    st.sampled_from([LOOP, VOICE]),
    st.lists(
        st.sampled_from(
            ["ring", "quiet", "voice", "dial", "ringing", "busy", "unobtainable", "keys", "on", "off", "name"]
        ),
        max_size=25,
    ),
)
def test_whatever_happens_calls_follow_one_another(rules: EdgeRules, what: list[str]) -> None:
    wire = Wire(rules)
    for each in what:
        match each:
            case "ring":
                wire.ring()
            case "quiet":
                wire.quiet(2)
            case "voice":
                wire.voice(1)
            case "keys":
                wire.keys("0163")
            case "on" | "off":
                wire.loop(each == "off")
            case "name":
                wire.named(CALLER)
            case "dial" | "ringing" | "busy" | "unobtainable":
                wire.tone(each, 1)
    open_since_ms, last_ms = None, 0
    for event in wire.events:
        assert event.at_ms <= wire.now_ms
        match event:
            case CallBegan():
                assert open_since_ms is None
                assert event.at_ms >= last_ms
                open_since_ms = event.at_ms
            case CallEnded():
                assert open_since_ms is not None
                assert event.at_ms >= open_since_ms
                open_since_ms, last_ms = None, event.at_ms
            case CallerNamed():
                assert open_since_ms is not None


@given(st.text("0123456789*#", max_size=40))
def test_a_whole_number_takes_no_further_key(keys: str) -> None:
    dialled = DialledNumber()
    for key in keys:
        whole = dialled.whole
        after = dialled.with_key(key)
        assert not whole or after == dialled
        dialled = after
    assert len(dialled.keys) <= 24
    assert keys[:6] not in repr(dialled) or len(keys) < 6
