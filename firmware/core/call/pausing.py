"""Pausing the recording and letting it go on, so that a card number is never there (PCI DSS 4.0.1, 3.3.1).

A pause takes a little of what came before the request with it, counted from when the request reached the box; where it
had to wait there for so long that not all of that can be dropped any more, the call says so. One that is forgotten is
told to staff by a tone (on the pages, where the line can make none), and ends by itself. One that is asked for before
the recording starts makes it start paused.
"""

from __future__ import annotations

from dataclasses import replace

from firmware.core.call.confirming import confirm
from firmware.core.call.effects import Obeyed, PausedTooLate, PauseRecording, ResumeRecording
from firmware.core.call.handlers import Feature
from firmware.core.call.making import Making
from firmware.core.call.state import Call
from firmware.core.call_record import PAUSED_TOO_LATE, Asker, Pause
from firmware.core.call_tones import STILL_PAUSED_TONE
from firmware.core.events import RecordingGoesOn
from firmware.core.ring_layout import LONGEST_LOOK_BACK_MS

PAUSED, RESUMED = "paused", "resumed"
BY_ITSELF = Asker("automatic")
#: What a pause is for of which nobody said so: it is what pauses, codes and buttons are there for.
USUAL_REASON = "card data"


def why_not_pause(call: Call) -> str:
    """Why the recording cannot be paused; empty when it can, or is already."""
    if call.plan.decision.mode == "always":
        return "This call is always recorded and may not be paused."
    return "" if call.on_record or _will_be_recorded(call) else "This call is not being recorded."


def why_not_resume(call: Call) -> str:
    """Why the recording cannot go on; empty when it can, or does."""
    return "" if call.open_pause is not None else why_not_pause(call)


def why_not_by(call: Call, asker: Asker) -> str:
    """Why that asker in particular may not let the recording go on; empty when they may."""
    lasting = call.open_pause
    by_itself = asker.how == "pbx" and lasting is not None and lasting.how != "pbx"
    return "A person paused the recording: the telephone system does not let it go on." if by_itself else ""


def _will_be_recorded(call: Call) -> bool:
    waiting = call.recording == "none" and call.phase != "connected"
    return waiting and call.plan.decision.record and call.plan.may_be_steered and not call.forbidden


def pause(making: Making, asker: Asker) -> None:
    """Keep nothing from a little before now on. A pause that lasts already begins its time anew.

    What the telephone system paused it ends itself; a person who asks for a pause meanwhile takes it over.
    """
    call = making.call
    lasting = call.open_pause
    if lasting is not None and asker.how == "pbx":
        return
    if lasting is not None and lasting.how == "pbx":
        taken = replace(lasting, how=asker.how, who=asker.who, why=_reason(call, asker))
        making.change(pauses=(*call.pauses[:-1], taken))
    if lasting is None:
        making.cut_pause_short()
        started = _start_of_look_back(making)
        if call.recording == "running":
            started = _drop_from(making, started)
        asked = Pause(started, making.at_ms, how=asker.how, who=asker.who, why=_reason(call, asker))
        making.change(pauses=(*making.call.pauses, asked))
    if asker.how != "pbx":
        _watch(making)
    confirm(making, PAUSED, asker)


def resume(making: Making, asker: Asker) -> None:
    """Keep again what is said from now on."""
    if making.call.recording == "paused":
        making.ask(ResumeRecording())
        making.end_pause(asker.how, asker.who)
        making.change(recording="running")
    else:
        making.end_pause(asker.how, asker.who)
    confirm(making, RESUMED, asker)


def _reason(call: Call, asker: Asker) -> str:
    """A code or a button cannot say why; where a regulator asks for a reason, the usual one is put down."""
    needed = call.plan.decision.retention_class in call.plan.pause.reasoned
    return asker.why or (USUAL_REASON if needed else "")


def _drop_from(making: Making, wanted_ms: int) -> int:
    """Pause the recording; gives from when on it is silent: ``wanted_ms``, or as far back as can be dropped."""
    look_back_ms = min(making.call.plan.pause.look_back_ms + making.late_ms, LONGEST_LOOK_BACK_MS)
    making.ask(PauseRecording(look_back_ms))
    making.change(recording="paused")
    dropped_from_ms = max(wanted_ms, making.at_ms + making.late_ms - look_back_ms)
    if dropped_from_ms > wanted_ms:
        making.tag(PAUSED_TOO_LATE)
        making.ask(PausedTooLate(dropped_from_ms - wanted_ms))
    return dropped_from_ms


def _start_of_look_back(making: Making) -> int:
    """Where the pause is to begin: not before the recording, nor inside the pause before."""
    call, asked_at_ms = making.call, making.at_ms
    earlier = [pause.ended_at_ms for pause in call.pauses if pause.ended_at_ms is not None]
    edge = max([call.recording_started_at_ms or asked_at_ms, *earlier[-1:]])
    return max(asked_at_ms - call.plan.pause.look_back_ms, edge)


def _recording_goes_on(making: Making, event: RecordingGoesOn) -> None:
    pause = making.call.pauses[-1] if making.call.pauses else None
    if pause is not None and pause.ended_at_ms is not None and making.call.recording == "running":
        over = replace(pause, ended_at_ms=pause.ended_at_ms + event.after_ms)
        making.change(pauses=(*making.call.pauses[:-1], over))


def _watch(making: Making) -> None:
    """Start anew what ends a forgotten pause."""
    rules = making.call.plan.pause
    if rules.reminder_ms:
        making.start_timer("reminder", rules.reminder_ms)
    if rules.resume_after_ms:
        making.start_timer("resume", rules.resume_after_ms)
        making.change(resumes_at_ms=making.at_ms + rules.resume_after_ms)


def _remind_staff(making: Making) -> None:
    if not making.call.plan.capabilities.announces:
        making.change(reminder_unheard=True)
    elif making.call.staff_listening is not None:
        making.beep(STILL_PAUSED_TONE, "office")
    making.start_timer("reminder", making.call.plan.pause.reminder_ms)


def _go_on(making: Making) -> None:
    resume(making, BY_ITSELF)
    making.ask(Obeyed("resume", BY_ITSELF))


PAUSING = Feature(events={RecordingGoesOn: _recording_goes_on}, timers={"reminder": _remind_staff, "resume": _go_on})
