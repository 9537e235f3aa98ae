"""Lines that are heard on wires, through the whole product: from a sound card to what a listener hears."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.contract.touch_tones import at_level, pcm, silence, tone
from tests.functional.instruments.speech import conversation
from tests.functional.office.office import Office
from tests.functional.office.processes import wait_until
from tests.functional.office.wired import CARD, wired_office
from tests.integration.line_traffic import network_tone
from tests.integration.serial_modem import SerialModem

pytestmark = pytest.mark.functional


def test_a_call_heard_on_wires_is_sealed_found_and_played(tmp_path: Path) -> None:
    """An outbound call on one line; on another one that a rule keeps private. Both parties are on one channel."""
    said = pcm(at_level(conversation(6.0).far.astype(np.float64), -22.0))
    dialled = [part for key in "01632960555" for part in (tone(key, 80, level_dbm0=-9), silence(80))]
    begins = pcm(network_tone("dial", 1.2), *dialled, silence(300), network_tone("ringing", 1.2), silence(300))
    ends = pcm(silence(300), network_tone("busy", 4.0))
    rule = {"name": "Private", "mode": "never", "lines": ["line-2"], "direction": "outbound"}
    with wired_office(tmp_path, [{}, {}], rules=[rule]) as wired:
        for channel in (0, 1):
            wired.wires.sources[CARD].play(channel, np.concatenate([begins, said, ends]))
        wired.wait_for_calls(2)
        ear = wired.lines.get("/lines/line-1/ear")
        assert (ear["state"], ear["call"], ear["caller"]) == ("talking", True, None)
        wired.wait_for_calls(0)
        wait_until(lambda: len(wired.office.recordings()) == 2, 20, "both calls to be listed")
        wired.office.wait_until_settled()
        rows = {row["line"]: row for row in wired.office.recordings()}
        kept = wired.office.record_of(rows["line-1"]["id"])
        heard = wired.mono(kept["id"])
        assert wired.office.verify().returncode == 0
    assert (kept["direction"], kept["far_party"], kept["end_cause"]) == (
        "outbound",
        "01632960555",
        "engaged tone",
    )
    assert rows["line-2"]["state"] == "not_recorded"
    spectrum = np.fft.rfft(heard.astype(float), 1 << 18) * np.conj(np.fft.rfft(said.astype(float), 1 << 18))
    begin = int(np.argmax(np.fft.irfft(spectrum)))
    assert begin >= 8000  # a little ringing is kept from before the answer
    assert np.corrcoef(heard[begin : begin + len(said)].astype(float), said.astype(float))[0, 1] > 0.85


def test_an_installer_is_walked_through_the_trial_of_a_line(tmp_path: Path) -> None:
    """What a person would do at each step, done by a sound card and a modem that were told."""
    said = pcm(at_level(conversation(3.0).far.astype(np.float64), -22.0))
    dialled = [part for key in "01632960555" for part in (tone(key, 80, level_dbm0=-9), silence(80))]
    busy = pcm(silence(300), network_tone("busy", 4.0))
    with SerialModem() as modem, wired_office(tmp_path, [_with_modem(modem.port)]) as wired:
        card = wired.wires.sources[CARD]
        installer = _Installer(wired.office)
        installer.reads("2 of 4: pick up the phone now")
        card.play(0, pcm(network_tone("dial", 2.0)))
        installer.reads("3 of 4: dial your mobile")
        out = pcm(silence(1000), network_tone("dial", 1.2), *dialled, silence(300), network_tone("ringing", 1.2))
        card.play(0, np.concatenate([out, said, busy]))
        installer.reads("4 of 4: call this line")
        wait_until(lambda: not card.left_s(0), 20, "the phone to be put down")
        modem.say("RING", "NMBR=01632960123", "NAME=J SMITH")
        card.play(0, np.concatenate([pcm(silence(1000)), said, busy]))
        shown = installer.ends_with(0)
    for words in ("it is quiet: -", "dial tone is heard", "an outbound call to …555", "an inbound call from …123"):
        assert words in shown
    assert shown.count("it was recorded") == 2
    assert "the modem told of the ring" in shown
    assert "960" not in shown


def _with_modem(port: str) -> dict[str, object]:
    return {"analogue": {"modem": {"port": port}, "pre_roll_ms": 400}}


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
