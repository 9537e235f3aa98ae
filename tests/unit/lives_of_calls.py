"""Lives of calls, for properties: plans, and events in any order, as hypothesis makes them up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st

from firmware.core.attendant_menu import AttendantMenu, Choice
from firmware.core.call import Call, CallPlan, open_call, step
from firmware.core.call.effects import (
    Effect,
    Target,
)
from firmware.core.call_record import Asker, Party
from firmware.core.call_tones import RINGING, WarningTone
from firmware.core.events import (
    ActionRequested,
    AnnouncementEnded,
    Event,
    HangUpRequested,
    KeyPressed,
    LegAnswered,
    LegEnded,
    LegProgress,
    LegTaken,
    LegTrying,
    MediaReady,
    NoticeEnded,
    NoticeStarted,
    NotToBeRecorded,
    PartyReplaced,
    RecordingFailed,
    RecordingGoesOn,
    TimerFired,
    TransferAsked,
)
from firmware.core.feature_code import FeatureCodes, KeyWay
from firmware.core.leg import LegPlace
from firmware.core.reception import Reception
from tests.unit.played_call import (
    ALWAYS,
    FORKED,
    INBOUND,
    NEVER,
    ON_DEMAND,
    OUTBOUND,
    PAUSABLE,
    TO_CALLED,
    TO_CALLER,
)

_LEGS = st.integers(0, 4)
_STATUSES = st.sampled_from([200, 302, 401, 404, 408, 486, 487, 503, 603])
_TIMERS = ["trying", "progress", "no_answer", "notice", "tone", "menu", "keys", "reminder", "resume", "warning"]
_TIMERS += ["transfer", "greeting"]
_ASKERS = st.builds(Asker, st.sampled_from(["code", "page", "desk", "panel", "api", "automatic"]))
_PROMPTS = st.sampled_from(["paused", "resumed", "recording-started", "recording-starts", "reminder", "told"])
_Burst = tuple[Event, ...]


def _keyed(leg: int, keys: str, way: KeyWay) -> _Burst:
    return tuple(KeyPressed(leg, key, 100, way) for key in keys)


# Events come in bursts: a code keyed in one go, an action, what the network brings.
_KEYS: st.SearchStrategy[_Burst] = st.builds(
    _keyed,
    st.sampled_from([0, 0, 1, 1, 2]),
    st.one_of(st.sampled_from(["*48", "*49", "*44", "*46", "*4"]), st.text("0489*#", max_size=3)),
    st.sampled_from(["event", "info", "audible"]),
)
_ACTIONS = st.builds(
    ActionRequested,
    st.sampled_from(["pause", "pause", "pause", "resume", "resume", "resume", "start", "remind", "told", "mark"]),
    _ASKERS,
)
_TRANSFERS = st.one_of(
    st.builds(
        TransferAsked,
        _LEGS,
        st.just("202"),
        targets=st.sampled_from([(), (Target("office", "202"),), (Target("first", "1"), Target("second", "1"))]),
    ),
    st.builds(
        PartyReplaced,
        _LEGS,
        st.just(Party("202")),
        st.sampled_from(["taken over", "attended transfer"]),
        by=st.sampled_from([LegPlace("c9", 0), LegPlace("c8", 1)]),
        state=st.sampled_from(["answered", "answered", "ringing"]),
    ),
    st.builds(PartyReplaced, _LEGS, st.just(Party("203"))),
    st.builds(LegTaken, _LEGS),
)
_HAPPENINGS = st.one_of(
    st.builds(LegTrying, _LEGS),
    st.builds(LegProgress, _LEGS, st.sampled_from([180, 181, 183]), st.booleans()),
    st.builds(LegAnswered, _LEGS),
    st.builds(LegEnded, _LEGS, _STATUSES),
    st.builds(MediaReady, _LEGS, st.booleans()),
    st.builds(NoticeStarted, _LEGS, st.integers(0, 60_000)),
    st.builds(NoticeEnded, _LEGS, st.booleans()),
    st.builds(AnnouncementEnded, _PROMPTS, st.sampled_from([(0,), (1,), (0, 1)]), st.booleans()),
    st.builds(TimerFired, st.sampled_from(_TIMERS)),
    st.builds(RecordingFailed, st.just("fault")),
    st.builds(NotToBeRecorded, st.just("rule “private”: never recorded")),
    st.builds(RecordingGoesOn, st.integers(0, 600)),
    st.builds(HangUpRequested, st.just("asked")),
)


def _alone(event: Event) -> _Burst:
    return (event,)


def _flat(bursts: Sequence[_Burst]) -> tuple[Event, ...]:
    return tuple(event for burst in bursts for event in burst)


_QUIET = st.one_of(_HAPPENINGS, _TRANSFERS).map(_alone)
LIVES = st.lists(
    st.one_of(_QUIET, _KEYS, _KEYS, _ACTIONS.map(_alone), _ACTIONS.map(_alone)), min_size=8, max_size=30
).map(_flat)
LIVES_WITHOUT_REQUESTS = st.lists(st.one_of(_QUIET, _KEYS, _KEYS, _KEYS), min_size=8, max_size=30).map(_flat)

_MENU = AttendantMenu("menu", (Choice("1", "202"), Choice("2", "203")), invalid_prompt="invalid")
CODES = FeatureCodes()
PLANS = st.builds(
    replace,
    st.sampled_from([INBOUND, OUTBOUND, FORKED]),
    notice=st.sampled_from([None, TO_CALLER, TO_CALLED]),
    decision=st.sampled_from([ALWAYS, PAUSABLE, PAUSABLE, ON_DEMAND, NEVER]),
    codes=st.just(CODES),
    start_notice=st.sampled_from(["", "recording-starts"]),
    warning_tone=st.sampled_from([None, WarningTone(RINGING, 15_000)]),
    reception=st.sampled_from([Reception(), Reception(), Reception(), Reception(menu=_MENU)]),
)
TALKING: tuple[Event, ...] = (LegTrying(1), MediaReady(1), LegAnswered(1), MediaReady(0))
# A notice in its way is played to its end first.
_RECEIVED: tuple[Event, ...] = (MediaReady(0), NoticeStarted(0, 900), NoticeEnded(0, True), TimerFired("menu"))
_PUT_THROUGH = (*_RECEIVED, *TALKING, NoticeEnded(1, True))
STARTS = st.sampled_from([(), _PUT_THROUGH, _PUT_THROUGH, _PUT_THROUGH])
SETTINGS = settings(max_examples=400, deadline=None)


def lived(
    plan: CallPlan, events: Sequence[Event], step_ms: int = 200
) -> Iterator[tuple[Call, Event | None, Call, tuple[Effect, ...]]]:
    """Every step of a call: before, event, after, effects; at last a person hangs up and the network confirms it."""
    at_ms = 10_000
    call, effects = open_call(plan, at_ms)
    yield call, None, call, effects
    ending: list[Event] = [HangUpRequested("asked"), *(LegEnded(leg) for leg in range(len(events) + 3))]
    for event in [*events, *ending]:
        at_ms += step_ms
        before = call
        call, effects = step(call, event, at_ms)
        yield before, event, call, effects
