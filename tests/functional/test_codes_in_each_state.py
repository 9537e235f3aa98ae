"""Each code, given in each way, in each state of a call: obeyed within 300 ms of its last key.

| state | pause, resume | reminder, told | start, where that is on demand |
|---|---|---|---|
| a call in | event, INFO in both forms, audible | the same | the same |
| a call out | the same | the same | |
| the other party is on hold | the same, and dialled as a call of its own | as pause | as pause |
| another phone took the call over (a transfer) | event, INFO in both forms, audible | the same | |
| it rings at the person called, who is heard | the same: the recording starts paused | | |
| it is answered between a code's keys | pause: the same | | |
| not recorded, or always recorded | refused in spoken words, and nothing changes, in each way | | |
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.functional.calls.keys import WAYS, Way, keys_heard, press_keys, sounding_ms
from tests.functional.calls.lines_alone import LinesAlone, wait_until
from tests.functional.calls.sip_phone import Dialog, offer
from tests.functional.calls.stage import Stage, accept, staged
from tests.functional.calls.tones import has_tone, tone
from tests.functional.conftest import Note
from tests.functional.instruments.rtp import RtpPhone
from tests.functional.instruments.speech import write_wav

pytestmark = pytest.mark.functional

WITHIN_S = 0.3
STAFF, DIALLED = "<sip:201@127.0.0.1>", "dialled"
Seen = dict[str, Any]
#: What staff hear is cut short here, so that one code need not wait for what is said about the one before.
PROMPTS = ("paused", "resumed", "reminder", "told", "recording-started", "recording-starts", "not-allowed")
PROMPT_HZ, PROMPT_S = 500, 0.3


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


@pytest.fixture(scope="module", params=["pausable"])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One set of lines in that mode for all tests here that want it."""
    lines = LinesAlone(tmp_path_factory.mktemp("lines") / "home", line={"mode": request.param})
    lines.prepare()
    for prompt in PROMPTS:
        write_wav(lines.home.prompts / f"{prompt}.wav", tone(PROMPT_HZ, PROMPT_S))
    with staged(lines) as made:
        yield made


def in_mode(mode: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("kept", [mode], indirect=True)


def says(prompt: str) -> Callable[[Seen], bool]:
    return lambda call: any(one["prompt"] == prompt for one in call["playing"])


STEPS: dict[str, Callable[[Seen], bool]] = {
    "*48": lambda call: bool(call["paused"]),
    "*49": lambda call: not call["paused"],
    "*46": says("reminder"),
    "*47": says("told"),
}


@dataclass
class Staff:
    """The office's phone in one call, and how long each code took."""

    stage: Stage
    dialog: Dialog
    media: RtpPhone
    took_ms: dict[str, list[int]] = field(default_factory=dict)
    events: int = 0

    def __post_init__(self) -> None:
        self.events = self.dialog.invite.event_payload_type if self.dialog.invite is not None else 101

    def hold(self) -> None:
        """Put the other party on hold."""
        self.dialog.request("INVITE", offer(self.media.port, version=2, direction="sendonly"))
        self.events = self.dialog.answered().event_payload_type
        self.stage.lines.wait_for_state("held")

    def view(self) -> Seen:
        (call,) = self.stage.lines.calls()
        return call

    def wait_until_nothing_is_said(self) -> None:
        wait_until(lambda: not self.view()["playing"], 15, lambda: f"it to be said; the call is {self.view()}")

    def give(self, way: str, code: str, obeyed: Callable[[Seen], bool]) -> None:
        """Key it, or dial it."""
        if way == DIALLED:
            self.dial(code, obeyed)
        else:
            self.key(next(each for each in WAYS if each == way), code, obeyed)

    def key(self, way: Way, code: str, obeyed: Callable[[Seen], bool]) -> None:
        self._see(way, code, press_keys(way, code, self.dialog, self.media, self.events), obeyed)

    def key_all(self, ways: tuple[Way, ...] = WAYS) -> None:
        for way in ways:
            for code, obeyed in STEPS.items():
                self.key(way, code, obeyed)
                self.wait_until_nothing_is_said()

    def dial(self, code: str, obeyed: Callable[[Seen], bool]) -> None:
        """As a call of its own; that it is answered by spoken words is proven elsewhere."""
        with RtpPhone() as ear:
            dialled = time.monotonic()
            confirming = self.stage.office.invite(code, offer(ear.port), calling=STAFF)
            self._see(DIALLED, code, dialled, obeyed)
            confirming.answered()
            confirming.hang_up()

    def _see(self, way: str, code: str, over_s: float, obeyed: Callable[[Seen], bool]) -> None:
        watch = self.stage.lines.stopwatch(over_s)
        wait_until(lambda: obeyed(self.view()), 5, lambda: f"{code} by {way} to be obeyed; the call is {self.view()}")
        took_ms = max(0, round(1000 * watch.took_s()))
        self.took_ms.setdefault(way, []).append(took_ms)
        assert took_ms <= 1000 * WITHIN_S, f"{code} by {way} took {took_ms} ms"


def report(took: dict[str, list[int]], note: Note) -> None:
    for way, took_ms in took.items():
        note(f"{way}, {len(took_ms)} codes: ms after the last key", f"{min(took_ms)} to {max(took_ms)}")


@pytest.mark.parametrize("direction", ["in", "out"])
def test_each_code_in_each_way_in_a_call_that_is_connected(plain: Stage, note: Note, direction: str) -> None:
    one, other = plain.connect() if direction == "in" else plain.connect_outbound()
    staff = Staff(plain, other if direction == "in" else one, plain.near)
    staff.key_all()
    report(staff.took_ms, note)
    assert staff.view()["tags"] == ["reminder given", "told caller"]
    one.hang_up()
    other.expect_bye()
    (ring,) = plain.rings.wait_for(closed=True)
    assert len(ring.record.pauses) == len(WAYS)


def test_each_code_in_each_way_while_the_other_party_is_on_hold(plain: Stage, note: Note) -> None:
    caller, called = plain.connect()
    staff = Staff(plain, called, plain.near)
    staff.hold()
    for way in (DIALLED, *WAYS):
        for code in ("*48", "*49"):
            staff.give(way, code, STEPS[code])
        time.sleep(0.3)
    report(staff.took_ms, note)
    caller.hang_up()
    called.expect_bye()


def test_each_code_in_each_way_by_a_phone_that_took_the_call_over(plain: Stage, stack: ExitStack, note: Note) -> None:
    caller, called = plain.connect()
    called.request("REFER", headers=[("Refer-To", f"<sip:202@127.0.0.1:{plain.office.port}>")])
    called.expect(202, method="REFER")
    second, media = plain.office.expect_call(), stack.enter_context(RtpPhone())
    accept(second, media)
    wait_until(lambda: plain.lines.calls()[0]["office_party"] == "202", 15, "the transfer")
    staff = Staff(plain, second, media)
    media.wait_for_media(15)
    staff.key_all()
    report(staff.took_ms, note)
    caller.hang_up()
    second.expect_bye()


def test_who_is_on_hold_is_reminded_and_noted_as_told_in_each_way(plain: Stage, stack: ExitStack, note: Note) -> None:
    took_ms = dict[str, list[int]]()
    for number, way in enumerate((*WAYS, DIALLED), start=1):
        plain.far, plain.near = stack.enter_context(RtpPhone()), stack.enter_context(RtpPhone())
        caller, called = plain.connect()
        staff = Staff(plain, called, plain.near, took_ms)
        staff.hold()
        staff.give(way, "*46", says("reminder"))
        staff.wait_until_nothing_is_said()
        staff.give(way, "*47", lambda call: "told caller" in call["tags"])
        caller.hang_up()
        called.expect_bye()
        record = plain.rings.wait_for(number, closed=True)[-1].record
        assert record.tags == ("reminder given", "told caller")
        assert [(said.prompt, said.to, said.completed) for said in record.announcements] == [
            ("reminder", "far_party", True)
        ]
        assert has_tone(plain.far.heard().pcm, PROMPT_HZ), "who is on hold hears it"
        plain.lines.wait_until_quiet()
    report(took_ms, note)


@pytest.mark.parametrize("code", ["*46", "*47"])
def test_a_code_dialled_while_the_caller_is_on_hold_is_confirmed_to_who_dialled_alone(
    plain: Stage, stack: ExitStack, code: str
) -> None:
    caller, called = plain.connect()
    staff = Staff(plain, called, plain.near)
    staff.hold()
    ear = stack.enter_context(RtpPhone())
    confirming = plain.office.invite(code, offer(ear.port), calling=STAFF)
    confirming.answered()
    ear.wait_for_media(15)
    confirming.expect_bye(timeout_s=8)
    assert sounding_ms(ear.heard().pcm) > 200
    # The reminder lasts 300 ms; what is said to who dialled, longer.
    assert sounding_ms(plain.far.heard().pcm) <= (320 if code == "*46" else 0)
    assert sounding_ms(plain.near.heard().pcm) == 0
    caller.hang_up()
    called.expect_bye()


@in_mode("on_demand")
@pytest.mark.parametrize("held", [False, True], ids=["connected", "on hold"])
def test_a_recording_on_demand_is_started_in_each_way(plain: Stage, stack: ExitStack, note: Note, held: bool) -> None:
    took_ms = dict[str, list[int]]()
    for number, way in enumerate((*WAYS, DIALLED), start=1):
        # The box may use a port again, and what a phone sent late must not be another call's.
        plain.far, plain.near = stack.enter_context(RtpPhone()), stack.enter_context(RtpPhone())
        caller, called = plain.connect()
        staff = Staff(plain, called, plain.near, took_ms)
        if held or way == DIALLED:
            staff.hold()
        assert staff.view()["recording"] is False
        staff.give(way, "*44", lambda call: bool(call["recording"]))
        caller.hang_up()
        called.expect_bye()
        assert [ring.record.started_on for ring in plain.rings.wait_for(number, closed=True)] == ["on demand"] * number
        plain.lines.wait_until_quiet()
    report(took_ms, note)


def ringing_out_loud(stage: Stage) -> tuple[Dialog, Dialog]:
    """With early media: who calls out hears the other side's exchange, and is heard there, before the answer."""
    caller = stage.dial("01632960001")
    called = stage.trunk.expect_call()
    assert called.invite is not None
    called.reply(called.invite, 183, offer(stage.far.port, codecs=f"8 {called.invite.event_payload_type}"))
    early = caller.expect(183)
    stage.near.peer = ("127.0.0.1", early.media_port)
    stage.far.peer = ("127.0.0.1", called.invite.media_port)
    time.sleep(0.3)
    return caller, called


def answer(stage: Stage, caller: Dialog, called: Dialog) -> None:
    """The person called picks up."""
    assert called.invite is not None
    called.reply(called.invite, 200, offer(stage.far.port, codecs=f"8 {called.invite.event_payload_type}"))
    called.expect_request("ACK")
    caller.answered()
    stage.lines.wait_for_state("connected")


def is_paused_soon(stage: Stage, over_s: float) -> None:
    watch = stage.lines.stopwatch(over_s)
    wait_until(lambda: bool(stage.lines.calls()[0]["paused"]), 5, "the pause")
    assert watch.took_s() <= WITHIN_S


@pytest.mark.parametrize("way", WAYS)
def test_a_pause_keyed_while_it_rings_makes_the_recording_start_paused(plain: Stage, way: Way) -> None:
    caller, called = ringing_out_loud(plain)
    over_s = press_keys(way, "*48", caller, plain.near, 101)
    is_paused_soon(plain, over_s)
    answer(plain, caller, called)
    plain.far.speak(tone(700, 0.5))
    time.sleep(0.8)
    caller.hang_up()
    called.expect_bye()
    (ring,) = plain.rings.wait_for(closed=True)
    assert not ring.channel(0).any()
    assert [pause.resumed_how for pause in ring.record.pauses] == ["still paused at hang-up"]
    assert keys_heard(plain.far) == ""
    # Of an audible asterisk the other side may hear its onset.
    assert sounding_ms(plain.far.heard().pcm) <= (60 if way == "audible" else 0)


@pytest.mark.parametrize("way", WAYS)
def test_a_code_begun_while_it_rings_is_obeyed_when_it_is_finished_after_the_answer(plain: Stage, way: Way) -> None:
    caller, called = ringing_out_loud(plain)
    press_keys(way, "*4", caller, plain.near, 101)
    answer(plain, caller, called)
    over_s = press_keys(way, "8", caller, plain.near, 101)
    is_paused_soon(plain, over_s)
    assert keys_heard(plain.far) == ""
    assert sounding_ms(plain.far.heard().pcm) <= (60 if way == "audible" else 0)
    # Long after, the ear that heard its beginning has handed over to the recorder's.
    time.sleep(7)
    Staff(plain, caller, plain.near).key(way, "*49", STEPS["*49"])
    caller.hang_up()
    called.expect_bye()
    (ring,) = plain.rings.wait_for(closed=True)
    assert [pause.resumed_how for pause in ring.record.pauses] == ["code"]


@pytest.mark.parametrize(("kept", "code"), [("always", "*48"), ("never", "*44"), ("never", "*46")], indirect=["kept"])
def test_a_code_that_may_not_be_is_refused_in_words_and_changes_nothing(plain: Stage, code: str) -> None:
    caller, called = plain.connect()
    staff = Staff(plain, called, plain.near)
    before = {name: staff.view()[name] for name in ("recording", "paused", "tags")}
    for number, way in enumerate(WAYS, start=1):
        staff.give(way, code, says("not-allowed"))
        staff.wait_until_nothing_is_said()
        assert sounding_ms(plain.near.heard().pcm) > 200 * number
        assert {name: staff.view()[name] for name in before} == before, way
    assert sounding_ms(plain.far.heard().pcm) <= 100, "the caller hears nothing of it, but for the onset of a tone"
    caller.hang_up()
    called.expect_bye()
