"""Lines that are heard on wires, through the whole product: from a sound card to what a listener hears."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from tests.contract.touch_tones import at_level, pcm, silence, tone
from tests.functional.instruments.speech import conversation
from tests.functional.office.installer import Installer
from tests.functional.office.processes import wait_until
from tests.functional.office.secrets import writable_memory
from tests.functional.office.sound_search import Sounds
from tests.functional.office.wired import CARD, WiredOffice, wired_office
from tests.integration.line_traffic import network_tone
from tests.integration.serial_modem import SerialModem

pytestmark = pytest.mark.functional
Pcm = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Wires:
    """An office of three lines on one card; the first has a modem, and of the third nothing outbound is recorded.

    Only the first makes voices louder or softer.
    """

    wired: WiredOffice
    modem: SerialModem


@pytest.fixture(scope="module")
def wires(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wires]:
    rule = {"name": "Private", "mode": "never", "lines": ["line-3"], "direction": "outbound"}
    with SerialModem() as modem:
        first = {"analogue": {"modem": {"port": modem.port}}}
        as_it_is = {"analogue": {"gain": {"least_db": 0, "most_db": 0}, "silence_ends_s": 120}}
        with wired_office(tmp_path_factory.mktemp("wired"), [first, as_it_is, as_it_is], rules=[rule]) as wired:
            yield Wires(wired, modem)


def spoken(seconds: float) -> Pcm:
    return pcm(at_level(conversation(seconds).far.astype(np.float64), -22.0))


def dialled(number: str) -> Pcm:
    """From lifting the phone to the answer."""
    keys = [part for key in number for part in (tone(key, 80, level_dbm0=-9), silence(80))]
    return pcm(network_tone("dial", 1.2), *keys, silence(300), network_tone("ringing", 1.2), silence(300))


ENGAGED = pcm(silence(300), network_tone("busy", 4.0))


def test_a_call_heard_on_wires_is_sealed_found_and_played(wires: Wires) -> None:
    """An outbound call on one line, and on one that a rule keeps private. Both parties are on one channel."""
    wired, office, said = wires.wired, wires.wired.office, spoken(5.0)
    for channel in (1, 2):
        wired.wires.sources[CARD].play(channel, np.concatenate([dialled("01632960555"), said, ENGAGED]))
    wired.wait_for_calls(2)
    ear = wired.lines.get("/lines/line-2/ear")
    assert (ear["state"], ear["call"], ear["caller"]) == ("talking", True, None)
    wired.wait_for_calls(0)
    wait_until(lambda: {"line-2", "line-3"} <= {row["line"] for row in office.recordings()}, 20, "both to be listed")
    office.wait_until_settled()
    rows = {row["line"]: row for row in office.recordings()}
    kept = office.record_of(rows["line-2"]["id"])
    assert (kept["direction"], kept["far_party"], kept["end_cause"]) == ("outbound", "01632960555", "engaged tone")
    assert rows["line-3"]["state"] == "not_recorded"
    heard = wired.mono(kept["id"])
    spectrum = np.fft.rfft(heard.astype(float), 1 << 18) * np.conj(np.fft.rfft(said.astype(float), 1 << 18))
    begin = int(np.argmax(np.fft.irfft(spectrum)))
    assert begin >= 8000  # a little ringing is kept from before the answer
    assert np.corrcoef(heard[begin : begin + len(said)].astype(float), said.astype(float))[0, 1] > 0.85
    assert office.verify().returncode == 0


def test_an_installer_is_walked_through_the_trial_of_a_line(wires: Wires) -> None:
    """What a person would do at each step, done by a sound card and a modem that were told."""
    card, said = wires.wired.wires.sources[CARD], spoken(3.0)
    installer = Installer(wires.wired.office)
    installer.reads("2 of 4: pick up the phone now")
    card.play(0, pcm(network_tone("dial", 2.0)))
    installer.reads("3 of 4: dial your mobile")
    card.play(0, np.concatenate([pcm(silence(1000)), dialled("01632960555"), said, ENGAGED]))
    installer.reads("4 of 4: call this line")
    wait_until(lambda: not card.left_s(0), 20, "the phone to be put down")
    wires.modem.say("RING", "NMBR=01632960123", "NAME=J SMITH")
    card.play(0, np.concatenate([pcm(silence(1000)), said, ENGAGED]))
    shown = installer.ends_with(0)
    for words in ("it is quiet: -", "dial tone is heard", "an outbound call to …555", "an inbound call from …123"):
        assert words in shown
    assert shown.count("it was recorded") == 2
    assert "the modem told of the ring" in shown
    assert "960" not in shown


def test_what_is_said_while_paused_or_not_recorded_is_in_no_process_any_more(wires: Wires) -> None:
    """A line's last seconds wait in memory until it is known whether they may be recorded: on line-3 they may not."""
    wired, card = wires.wired, wires.wired.wires.sources[CARD]
    recorded, private, paused = (voice(seed) for seed in (31, 32, 33))
    sounds = Sounds({"said before": recorded, "not recorded": private, "said while paused": paused})

    def in_memory(process: str) -> set[str]:
        pieces = writable_memory(wired.processes.pid(process))
        return {what.partition(" as ")[0] for piece in pieces for what in sounds.found_in(piece)}

    for channel, said in ((1, recorded), (2, private)):
        card.play(channel, dialled("01632960555"))
        card.play(channel, said, clean=True)
    card.play(2, ENGAGED)
    wired.wait_for_calls(2)
    (call,) = [each["call_id"] for each in wired.calls() if each["line"] == "line-2"]
    wait_until(lambda: not card.left_s(1), 20, "the first words to be said")
    wait_until(lambda: "said before" in in_memory("analogue"), 60, "what is recorded to be found")
    wired.lines.post(f"/calls/{call}/pause", {"how": "page", "who": "test"})
    card.play(1, paused, clean=True)
    wait_until(lambda: not card.left_s(1) and len(wired.calls()) == 1, 20, "the private call to be over")
    card.play(1, ENGAGED)
    wired.wait_for_calls(0)
    assert in_memory("analogue") | in_memory("recorder") <= {"said before"}


def voice(seed: int) -> Pcm:
    """Speech that is nowhere else."""
    return pcm(at_level(conversation(4.0, seed).far.astype(np.float64), -20.0))
