"""Somebody sets the box's clock to 1970 and to 2038 while people telephone: calls go on, and nothing is lost."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.functional.instruments.marks import Laid, marked
from tests.functional.instruments.rtp import RtpPhone
from tests.functional.office.driven_call import telephones
from tests.functional.office.office import Office, Stereo, unix_s
from tests.integration.shifted_clock import ShiftedClock

pytestmark = pytest.mark.functional

_TALK_S = 1.5
#: A pause drops what was said just before it was asked for, too.
_LOOK_BACK_S = 1.5
_IN_1970 = datetime(1970, 1, 2, tzinfo=UTC)
_IN_2038 = datetime(2038, 1, 20, tzinfo=UTC)


@pytest.fixture
def clock(folder: Path) -> Iterator[ShiftedClock]:
    with closing(ShiftedClock(folder)) as made:
        yield made


@pytest.fixture
def office(folder: Path, clock: ShiftedClock) -> Iterator[Office]:
    """All its processes go by the clock that a test sets."""
    with Office.found(folder / "home", "", mode="pausable") as found:
        found.environment |= clock.environment
        found.start()
        yield found


def set_to(clock: ShiftedClock, moment: datetime) -> None:
    clock.shift(round(moment.timestamp() * 1000) - time.time_ns() // 1_000_000)


def say(phone: RtpPhone, seed: int) -> tuple[float, float]:
    """Talk with marks of that seed; from when to when (monotonic)."""
    starts = time.monotonic()
    phone.speak(marked(_TALK_S, seed))
    time.sleep(_TALK_S + 0.2)
    return starts + 0.1, starts + _TALK_S - 0.1


def share_kept(phone: RtpPhone, span: tuple[float, float], recording: Stereo) -> float:
    chosen = [one for one in phone.sent_packets() if span[0] <= one.at < span[1]]
    kept = [block.kept for block in Laid.over(chosen, recording[:, 0]).blocks()]
    return sum(kept) / len(kept)


def test_a_clock_set_to_1970_and_2038_in_mid_call_loses_nothing_and_is_told(
    office: Office, clock: ShiftedClock
) -> None:
    began_s = time.time()
    with telephones(office) as phones:
        call = phones.call_in()
        answered = time.monotonic()
        spans = [say(call.far, 1)]
        set_to(clock, _IN_1970)
        spans.append(say(call.far, 2))
        time.sleep(_LOOK_BACK_S)
        call.ask("pause")
        call.until(paused=True)
        unheard = say(call.far, 3)
        set_to(clock, _IN_2038)
        call.ask("resume")
        call.until(paused=False)
        spans.append(say(call.far, 4))
        call.hang_up()
        lasted_s = time.monotonic() - answered
        office.wait_until_quiet()
        later = phones.call_in()
        in_2038 = say(later.far, 5)
        later.hang_up()
        office.wait_until_quiet()
    clock.shift(0)

    newest, first = office.recordings()
    document, recording = office.record_of(first["id"]), office.opened(first["id"])
    assert abs(unix_s(document["started_at"]) - began_s) < 60
    assert document["duration_s"] == pytest.approx(lasted_s, abs=2)
    assert unix_s(document["ended_at"]) - unix_s(document["started_at"]) == pytest.approx(lasted_s, abs=2)
    (pause,) = document["pauses"]
    assert unix_s(pause["ended_at"]) - unix_s(pause["asked_at"]) == pytest.approx(_TALK_S + 0.2, abs=2)
    assert document["clock"]["stepped_ms"] > 11 * 365 * 86_400_000
    assert [share_kept(call.far, span, recording) > 0.9 for span in spans] == [True] * 3
    assert share_kept(call.far, unheard, recording) == 0

    assert unix_s(office.record_of(newest["id"])["started_at"]) > _IN_2038.timestamp()
    assert share_kept(later.far, in_2038, office.opened(newest["id"])) > 0.9
    verified = json.loads(office.earmark("verify", "--json", may_fail=True).stdout)
    assert verified["sound"], verified["findings"]
