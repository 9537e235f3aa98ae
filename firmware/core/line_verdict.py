"""What the trial of a line has found, in words for whoever fits it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """One thing that was looked at. ``remedy`` says what to change; empty where all is well."""

    ok: bool
    what: str
    remedy: str = ""


@dataclass(frozen=True)
class SeenCall:
    """A call that was made for the trial. ``far`` is shortened."""

    direction: str
    far: str
    recorded: bool


def judged(ok: bool, good: str, bad: str, remedy: str) -> Verdict:
    return Verdict(True, good) if ok else Verdict(False, bad, remedy)


def was_recorded(call: SeenCall) -> Verdict:
    remedy = "See the line's mode and the rules: earmark policy explain."
    return judged(call.recorded, "it was recorded", "it was not recorded", remedy)


def recorder_there(connected: bool) -> Verdict:
    remedy = "Start it: systemctl start earmark-recorder."
    return judged(connected, "the recorder is there", "the recorder does not run", remedy)
