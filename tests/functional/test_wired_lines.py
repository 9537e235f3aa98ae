"""Lines that are heard on wires, through the whole product: from a sound card to what a listener hears."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from tests.contract.touch_tones import at_level, pcm, silence, tone
from tests.functional.instruments.speech import conversation
from tests.functional.office.office import Office
from tests.functional.office.processes import wait_until
from tests.functional.office.wired import CARD, WiredOffice, wired_office
from tests.integration.line_traffic import network_tone
from tests.integration.serial_modem import SerialModem

pytestmark = pytest.mark.functional
Pcm = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Wires:
    """An office of three lines on one card; the first has a modem, and of the third nothing outbound is recorded."""

    wired: WiredOffice
    modem: SerialModem


@pytest.fixture(scope="module")
def wires(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wires]:
    rule = {"name": "Private", "mode": "never", "lines": ["line-3"], "direction": "outbound"}
    with SerialModem() as modem:
        first = {"analogue": {"modem": {"port": modem.port}}}
        with wired_office(tmp_path_factory.mktemp("wired"), [first, {}, {}], rules=[rule]) as wired:
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
    installer = _Installer(wires.wired.office)
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


class _Installer:
    """Reads what ``earmark line test`` says, as it says it."""

    def __init__(self, office: Office) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", "firmware.cli.main", "line", "test", "line-1", "--patience", "40"],
            env=office.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.shown = ""

    def reads(self, words: str) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.shown += line
            if words in line:
                return
        raise AssertionError(f"it never said {words!r}: {self.shown}")

    def ends_with(self, status: int) -> str:
        rest, _ = self._process.communicate(timeout=60)
        assert self._process.returncode == status, self.shown + rest
        return self.shown + rest
