"""Calls whose both ends are our own phones, and what they say around the product's notice."""

from __future__ import annotations

import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np

from tests.functional.instruments.g711 import Law, Pcm
from tests.functional.instruments.impairment import ImpairedRelay
from tests.functional.instruments.measure import Sent
from tests.functional.instruments.rtp import RtpPhone
from tests.functional.instruments.sipp import Sipp, SpeaksElsewhere
from tests.functional.instruments.speech import Conversation, silence
from tests.functional.office.office import Office


def notice_s() -> float:
    """How long the shipped inbound notice lasts."""
    with as_file(files("firmware.prompts") / "call-recorded.wav") as path, wave.open(str(path)) as file:
        return float(file.getnframes() / file.getframerate())


def said(after_s: float, pcm: Pcm) -> Pcm:
    """Silence first, then speech."""
    return np.concatenate([silence(after_s), pcm])


@dataclass(frozen=True)
class LiveCall:
    """A connected, recorded call. Both phones speak on one clock."""

    far: RtpPhone
    office: RtpPhone
    caller: Sipp
    call_id: str
    recording_id: str

    def say(self, talk: Conversation, after_s: float = 0.2) -> float:
        """Both parties speak; returns the monotonic time of the first sample."""
        starts = time.monotonic() + after_s
        self.far.speak(talk.far, starts)
        self.office.speak(talk.office, starts)
        return starts

    def sent(self) -> tuple[Sent, Sent]:
        """What each party has sent so far."""
        far, office = self.far.spoken(), self.office.spoken()
        return Sent(far.pcm, far.starts_at), Sent(office.pcm, office.starts_at)

    def longest_gap_s(self, since: float) -> float:
        return max(self.far.longest_gap_s(since), self.office.longest_gap_s(since))


@contextmanager
def live_call(
    office: Office,
    folder: Path,
    seconds: float,
    law: Law = "PCMA",
    relay: ImpairedRelay | None = None,
    office_relay: ImpairedRelay | None = None,
) -> Iterator[LiveCall]:
    """A call in from the trunk, up to ``seconds`` long from its answer; yields once both parties are through.

    With ``relay``, the far party's media goes through it, with ``office_relay`` the office's; ``phone`` is set here.
    """
    ports, box = office.ports, ("127.0.0.1", office.ports.box)
    with RtpPhone(law) as far, RtpPhone("PCMA") as near:
        far_port, near_port = _reached_by(far, relay), _reached_by(near, office_relay)
        answerer = Sipp.answerer(folder, ports.office, SpeaksElsewhere(near_port))
        caller = Sipp.caller(folder, box, ports.trunk, SpeaksElsewhere(far_port), law=law, seconds=seconds)
        with answerer, caller:
            call = office.wait_for_connected_call()
            for phone in (far, near):
                phone.wait_for_media(10)
            yield LiveCall(far, near, caller, str(call["call_id"]), str(call["recording_id"]))


def _reached_by(phone: RtpPhone, relay: ImpairedRelay | None) -> int:
    """The port that a phone's session description names."""
    if relay is None:
        return phone.port
    relay.phone = ("127.0.0.1", phone.port)
    return relay.outer_port
