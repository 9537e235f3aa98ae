"""The notice: it plays, it ends, and the call goes through whatever became of it."""

from __future__ import annotations

from firmware.core.call.handlers import Feature
from firmware.core.call.making import NOTICE_GRACE_MS, Making
from firmware.core.events import MediaReady, NoticeEnded, NoticeStarted
from firmware.core.leg import CALLER


def _media_ready(making: Making, event: MediaReady) -> None:
    call, attempt = making.call, making.call.attempt
    if call.phase == "notice" and event.leg == CALLER:
        making.start_notice(CALLER)
    elif call.phase == "telling" and attempt is not None and event.leg == attempt.number:
        making.start_notice(attempt.number, overheard_by=(CALLER,))


def _notice_started(making: Making, event: NoticeStarted) -> None:
    if making.call.phase in ("notice", "telling"):
        making.start_timer("notice", event.duration_ms + NOTICE_GRACE_MS)


def _notice_ended(making: Making, event: NoticeEnded) -> None:
    if making.call.notice is not None:
        _notice_over(making, event.completed)


def _notice_over(making: Making, completed: bool) -> None:
    """Put the call through, whatever became of the notice: a call that was told nothing is merely not recorded."""
    if making.call.phase not in ("notice", "telling"):
        return
    making.cancel_timers(("notice",))
    making.end_notice(completed)
    making.stop_playing(*making.call.playing_to)
    if making.call.phase == "notice":
        making.dial_next(404)
    else:
        making.connect()


def _never_ended(making: Making) -> None:
    _notice_over(making, completed=False)


NOTICES = Feature(
    events={MediaReady: _media_ready, NoticeStarted: _notice_started, NoticeEnded: _notice_ended},
    timers={"notice": _never_ended},
)
