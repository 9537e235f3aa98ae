"""A card number that is given while the recording is paused is nowhere afterwards: the promise that matters most.

PCI DSS 4.0.1, 3.3.1: sensitive authentication data is not kept. Three callers say and key a number, each another way,
while staff have paused the recording, each another way; a fourth call goes on beside them and is recorded whole, to
show that the searches find what is there.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
import pytest

from firmware.core.ring_layout import MAGIC
from tests.contract.touch_tones import at_level, decoded_by_multimon
from tests.functional.calls.keys import Way, touch_tone
from tests.functional.conftest import Note
from tests.functional.instruments.g711 import Pcm
from tests.functional.instruments.marks import Laid, marked, said_between, sent_between, strongest_share
from tests.functional.instruments.rtp import FRAME_S, RtpPhone
from tests.functional.instruments.speech import conversation, silence
from tests.functional.office.digit_search import made_up_card, runs_in, runs_in_memory
from tests.functional.office.driven_call import DrivenCall, Telephones, telephones
from tests.functional.office.office import Office, Stereo, unix_s
from tests.functional.office.processes import Processes, in_detail
from tests.functional.office.sound_search import Sounds, found_in_new_files, is_there, memory_files, octets_written

pytestmark = pytest.mark.functional

PROCESSES = ("recorder", "opener", "lines", "web")
LOOK_BACK_S = 0.5  # as shipped
FORGOTTEN_AFTER_S = 40
_TALK_S = 20
_BEFORE_S = 1.6
_PAUSED_S = 4
_REACH = 1600  # 200 ms: on a crowded machine phones are late, and a jitter buffer moves by as much
_ON_ITS_WAY_S = 0.2  # a jitter buffer holds as much; what it holds when a pause ends was said before
_PIECE = 2000  # a quarter of a second
_AT_A_TIME = 2
_SIDES = ("the far party", "the office")
By = Literal["a code in the call", "the control socket", "a code dialled while on hold"]


@dataclass(frozen=True)
class Giving:
    """How one caller keys the number, and how staff pause."""

    way: Way
    by: By
    seed: int


GIVINGS = (
    Giving("event", "a code in the call", 10),
    Giving("info: dtmf-relay", "the control socket", 20),
    Giving("audible", "a code dialled while on hold", 30),
)
RECORDED_WHOLE = 40


@dataclass
class Given:
    """One call in which a number was given. Times are monotonic; the box had paused by ``paused_at``."""

    call: DrivenCall
    card: str
    asked_at: float = 0.0
    paused_at: float = 0.0
    resume_asked_at: float = 0.0
    resumed_at: float = 0.0
    memory: dict[str, list[bytes]] = field(default_factory=dict, repr=False)

    def secret(self) -> dict[str, Pcm]:
        """What either party said, and sent, while the recording was paused, and in the half second before."""
        return self._said(self.paused_at - LOOK_BACK_S, self.resume_asked_at)

    def harmless(self) -> dict[str, Pcm]:
        """What either party said a while before."""
        return self._said(self.asked_at - LOOK_BACK_S - 1, self.asked_at - LOOK_BACK_S - 0.1)

    def held(self, block: Pcm) -> bool:
        """Was it in a live ring while the recording was paused?"""
        return any(is_there(block, content) for content in self.memory["while it is paused"])

    def _said(self, start: float, end: float) -> dict[str, Pcm]:
        phones = zip(_SIDES, (self.call.far, self.call.near), strict=True)
        return {side: said_between(phone.sent_packets(), start, end) for side, phone in phones}


@dataclass
class Afterwards:
    """Everything there is to look at when the calls are over and the processes still run.

    ``remembered`` was looked for before the calls ended: memory that a call holds is used again when it is over.
    """

    office: Office
    processes: Processes
    began: float
    given: list[Given]
    whole: DrivenCall
    recordings: dict[str, Stereo]
    records: dict[str, dict[str, Any]]
    remembered: dict[str, list[str]]


@pytest.fixture(scope="module")
def after() -> Iterator[Afterwards]:
    with TemporaryDirectory(prefix="em-") as name, Office.found(Path(name) / "home", "", mode="pausable") as office:
        began = time.time()
        processes = office.start(*PROCESSES, **in_detail(*PROCESSES))
        cards = _unheard_of(processes, len(GIVINGS))
        with telephones(office) as phones:
            given, whole = _give_numbers(phones, processes, cards)
            remembered = _remembered(processes, given)
            for call in (*(one.call for one in given), whole):
                call.hang_up()
        office.wait_until_quiet()
        ids = [whole.recording_id, *(one.call.recording_id for one in given)]
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            recordings = dict(zip(ids, pool.map(office.opened, ids), strict=True))
        records = {each: office.record_of(each) for each in ids}
        yield Afterwards(office, processes, began, given, whole, recordings, records, remembered)


def _unheard_of(processes: Processes, count: int) -> list[str]:
    """Made-up card numbers of which no run is in any process's memory by chance."""
    chance, cards = random.Random(), list[str]()
    while len(cards) < count:
        tried = made_up_card(chance)
        if not any(runs_in_memory(processes.pid(name), [tried]) for name in PROCESSES):
            cards.append(tried)
    return cards


def _give_numbers(phones: Telephones, processes: Processes, cards: list[str]) -> tuple[list[Given], DrivenCall]:
    calls = [phones.call_in() for _ in GIVINGS]
    whole = phones.call_in()
    for call, seed in zip((*calls, whole), (*(each.seed for each in GIVINGS), RECORDED_WHOLE), strict=True):
        _talk(call.far, seed)
        _talk(call.near, seed + 1)
    time.sleep(_BEFORE_S)
    # All at once, which they can be: one signals by the trunk, one by the office's exchange, and one by sound alone.
    with ThreadPoolExecutor(len(GIVINGS)) as pool:
        under_way = [
            pool.submit(_give, Given(call, card), giving, processes)
            for call, card, giving in zip(calls, cards, GIVINGS, strict=True)
        ]
        return [one.result() for one in under_way], whole


def _remembered(processes: Processes, given: list[Given]) -> dict[str, list[str]]:
    """The runs of digits that lie in each process's memory a while later, in calls that still go on.

    What is found is looked for once more: sound that happens to look so has passed then, and a number has not.
    """
    time.sleep(max(one.resumed_at for one in given) + FORGOTTEN_AFTER_S - time.monotonic())
    cards, found = [one.card for one in given], dict[str, list[str]]()
    for name in PROCESSES:
        found[name] = runs_in_memory(processes.pid(name), cards)
        if found[name]:
            time.sleep(1)
            again = runs_in_memory(processes.pid(name), cards)
            found[name] = [said for said in found[name] if said in again]
    return found


def _talk(phone: RtpPhone, seed: int) -> None:
    """Speech, and over it a sound that nobody else ever makes."""
    phone.speak(_sound(_TALK_S, seed))


def _sound(seconds: float, seed: int) -> Pcm:
    talk = conversation(seconds, seed)
    speech = talk.far if seed % 2 else talk.office
    return np.clip(marked(seconds, seed) + speech.astype(float) / 4, -32768, 32767).astype(np.int16)


def _give(given: Given, giving: Giving, processes: Processes) -> Given:
    """Pause; the caller gives the number while both talk; resume."""
    call = given.call
    given.asked_at = _steer(call, "pause", giving.by)
    given.paused_at = call.until(paused=True)
    if giving.by == "a code dialled while on hold":
        call.staff_hold(False)
    time.sleep(0.4)
    given.memory["while it is paused"] = _memory_files(processes)
    _key_card(call, given.card, giving)
    time.sleep(max(0.3, given.paused_at + _PAUSED_S - time.monotonic()))
    given.resume_asked_at = time.monotonic()
    _steer(call, "resume", giving.by)
    given.resumed_at = call.until(paused=False)
    if giving.by == "a code dialled while on hold":
        call.staff_hold(False)
    time.sleep(0.4)
    given.memory["after it went on"] = _memory_files(processes)
    return given


def _memory_files(processes: Processes) -> list[bytes]:
    return list(memory_files(map(processes.pid, PROCESSES)).values())


def _steer(call: DrivenCall, action: Literal["pause", "resume"], by: By) -> float:
    """Ask; the monotonic time of the asking itself."""
    code = {"pause": "*48", "resume": "*49"}[action]
    if by == "a code in the call":
        return call.staff_press("event", code)
    if by == "a code dialled while on hold":
        call.staff_hold(True)
        return call.staff_dial_code(code)
    asked_at = time.monotonic()
    call.ask(action)
    return asked_at


def _key_card(call: DrivenCall, card: str, giving: Giving) -> None:
    if giving.way != "audible":
        call.far_party_presses(giving.way, card)
        return
    gap = silence(0.1)
    tones = np.concatenate([part for key in card for part in (touch_tone(key), gap)])
    beneath = at_level(_sound(len(tones) / 8000, giving.seed + 2).astype(float), -35)
    call.far.speak(np.round(tones + beneath).astype(np.int16))
    time.sleep(len(tones) / 8000 + 0.1)
    _talk(call.far, giving.seed + 4)


@pytest.fixture(params=range(len(GIVINGS)), ids=[f"{each.way}, paused by {each.by}" for each in GIVINGS])
def given(request: pytest.FixtureRequest, after: Afterwards) -> Given:
    return after.given[int(request.param)]


def test_what_was_said_and_keyed_while_paused_is_not_in_the_recording(
    after: Afterwards, given: Given, note: Note
) -> None:
    recording = after.recordings[given.call.recording_id]
    # Backwards it is as loud, has the same pitches, and was never said.
    floor = max(
        strongest_share(secret[::-1], recording[:, channel]) for secret in given.secret().values() for channel in (0, 1)
    )
    for channel, (side, secret) in enumerate(given.secret().items()):
        assert len(secret) > 1.5 * 8000
        for heard_by in (0, 1):
            share = strongest_share(secret, recording[:, heard_by])
            note(f"of what {side} said while paused, in channel {heard_by}", f"{share:.4f} (by chance {floor:.4f})")
            assert share < max(1.5 * floor, 0.02)
        laid = Laid.over((given.call.far, given.call.near)[channel].sent_packets(), recording[:, channel])
        blocks = laid.blocks(_REACH)
        since, until = given.paused_at - LOOK_BACK_S, given.resume_asked_at - FRAME_S
        others = [one for one in blocks if one.said_at < since or one.sent_at >= until]
        alone = laid.without(others).blocks(_REACH)
        during = [one for one in alone if since <= one.said_at and one.sent_at < until]
        note(f"most of any 20 ms of these, {side}", f"{max(one.there for one in during):.3f} of {len(during)} blocks")
        assert not [one for one in during if one.kept]
        # What came in before is there: all that the ring held, for on a crowded machine sound may have come too late.
        came_in = [one for one in blocks if one.sent_at < given.asked_at - 0.6 and given.held(one.pcm)]
        note(f"blocks before that are there, {side}", f"{sum(one.kept for one in came_in)} of {len(came_in)}")
        assert len(came_in) > 20
        assert np.mean([one.kept for one in came_in]) > 0.9
    assert decoded_by_multimon(recording[:, 0]) == ""


def test_the_same_searches_find_a_call_that_nobody_paused(after: Afterwards, note: Note) -> None:
    call, given = after.whole, after.given[0]
    recording = after.recordings[call.recording_id]
    for channel, phone in enumerate((call.far, call.near)):
        said = sent_between(phone.sent_packets(), given.paused_at, given.resume_asked_at)
        # Piece by piece: on a crowded machine what lies between two of them may have grown or shrunk.
        shares = [strongest_share(said[at : at + _PIECE], recording[:, channel]) for at in range(0, len(said), _PIECE)]
        note(f"of what {_SIDES[channel]} said in the control, in its channel", f"{np.median(shares):.3f}")
        assert np.median(shares) > 0.4  # twenty times what the pauses may leave; a moved jitter buffer costs some
        assert strongest_share(said, recording[:, 1 - channel]) < 0.1


def test_the_numbers_sounded_as_telephones_send_them(after: Afterwards) -> None:
    """An independent decoder reads the number off the caller's wire: the tones would have been there to record."""
    audible = after.given[2]
    wire = sent_between(audible.call.far.sent_packets(), audible.paused_at, audible.resume_asked_at)
    assert audible.card in decoded_by_multimon(wire)


def test_the_record_says_what_was_left_out_and_who_asked(after: Afterwards) -> None:
    for given, how in zip(after.given, ("code", "api", "code"), strict=True):
        (pause,) = after.records[given.call.recording_id]["pauses"]
        assert (pause["how"], pause["resumed_how"]) == (how, how)
        asked_s, ended_s = (_monotonic(pause[name]) for name in ("asked_at", "ended_at"))
        assert given.asked_at - 0.05 <= asked_s <= given.paused_at + 0.05
        assert given.resume_asked_at - 0.05 <= ended_s <= given.resumed_at + 0.05 + _ON_ITS_WAY_S
        assert unix_s(pause["asked_at"]) - unix_s(pause["started_at"]) == pytest.approx(LOOK_BACK_S)
    assert after.records[after.whole.recording_id]["pauses"] == []


def _monotonic(told: str) -> float:
    return unix_s(told) - time.time() + time.monotonic()


def test_no_live_ring_holds_what_was_said_while_paused(after: Afterwards, given: Given, note: Note) -> None:
    secret, harmless = Sounds(given.secret()), Sounds(given.harmless())
    assert len(secret) > 4 * 100, "two seconds of sound"
    for when, contents in given.memory.items():
        assert sum(content.startswith(MAGIC) for content in contents) == len(GIVINGS) + 1
        found = [what for content in contents for what in secret.found_in(content)]
        there = [what for content in contents for what in harmless.found_in(content)]
        note(
            f"in {len(contents)} memory files {when}", f"{len(found)} finds of the pause; before it: {', '.join(there)}"
        )
        assert found == []
        assert {what.partition(" as ")[0] for what in there} == set(_SIDES), "the search itself does not work"


def test_no_file_holds_what_was_said_while_paused(after: Afterwards, note: Note) -> None:
    pieces = {
        f"{side}, call {number}": pcm
        for number, given in enumerate(after.given)
        for side, pcm in given.secret().items()
    }
    folders = [after.office.root, Path(tempfile.gettempdir()), Path("/dev/shm")]
    written = octets_written(map(after.processes.pid, PROCESSES))
    found, looked = found_in_new_files(folders, Sounds(pieces), after.began, written)
    note("files written since, all looked into", looked)
    assert looked > 10
    assert found == []


def test_no_log_holds_a_digit_of_it(after: Afterwards, note: Note) -> None:
    logs = {name: after.processes.log(name) for name in PROCESSES}
    assert "DEBUG" in logs["lines"].upper()
    note("log lines at debug level", sum(len(log.splitlines()) for log in logs.values()))
    for name, log in logs.items():
        octets = np.frombuffer(log.encode(), np.uint8)
        alone = "".join(word for word in log.replace("=", " ").replace("'", " ").split() if word in "123456789")
        for given in after.given:
            assert list(runs_in(octets, given.card)) == [], name
            assert not any(given.card[at : at + 8] in alone for at in range(9)), name
            assert not Sounds(given.secret()).found_in(log.encode())


def test_forty_seconds_later_no_process_remembers_six_digits_in_a_row(after: Afterwards, note: Note) -> None:
    note("runs of six digits or more", {name: len(runs) for name, runs in after.remembered.items()})
    assert after.remembered == {name: [] for name in PROCESSES}
