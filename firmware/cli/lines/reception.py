"""From the office's settings to how its lines receive callers."""

from __future__ import annotations

from firmware.config.line_settings import SipLine
from firmware.config.reception_settings import HoursSettings, MenuSettings, NoticeSettings, WarningToneSettings
from firmware.core.attendant_menu import AttendantMenu, Choice
from firmware.core.call_tones import WarningTone, recorder_warning
from firmware.core.notice_plan import LineNotices, OptOut, OptOutNotices
from firmware.core.office_hours import Holiday, OfficeHours, OpenSpan
from firmware.core.reception import LineReception, OutsideHours


def line_notices(notice: NoticeSettings, regulated: frozenset[str] = frozenset()) -> LineNotices:
    """The notices that a line plays. Calls of a ``regulated`` class are offered no opt-out, whatever is set."""
    opting_out = notice.opt_out
    if not opting_out.key:
        return LineNotices(notice.inbound, notice.outbound)
    how = OptOut(opting_out.key, round(opting_out.wait_s * 1000), opting_out.confirmation)
    offered = OptOutNotices(how, opting_out.inbound, opting_out.outbound, regulated | {*opting_out.not_for})
    return LineNotices(notice.inbound, notice.outbound, offered)


def line_reception(line: SipLine, hours: HoursSettings) -> LineReception:
    """What callers of a line meet, in office hours and outside."""
    outside = line.outside_hours
    return LineReception(
        greeting=line.notice.greeting,
        menu=_menu(line.menu) if line.menu.prompt else None,
        hours=office_hours(hours) if hours.given else None,
        outside=OutsideHours(outside.greeting, outside.target, not outside.hang_up, outside.menu),
    )


def warning_tone(tone: WarningToneSettings) -> WarningTone | None:
    """None: both parties hear none."""
    if not tone.every_s:
        return None
    return WarningTone(recorder_warning(tone.pitch_hz, tone.level_dbm0), tone.every_s * 1000)


def office_hours(hours: HoursSettings) -> OfficeHours:
    """When the office is open."""
    holidays = {
        day: Holiday(holiday.name, _spans(holiday.hours)) for holiday in hours.holidays for day in holiday.days()
    }
    return OfficeHours(tuple(_spans(day) for day in hours.week), holidays)


def _spans(texts: tuple[str, ...]) -> tuple[OpenSpan, ...]:
    return tuple(OpenSpan.parse(text) for text in texts)


def _menu(menu: MenuSettings) -> AttendantMenu:
    return AttendantMenu(
        prompt=menu.prompt,
        choices=tuple(Choice(key, number) for key, number in menu.choices.items()),
        invalid_prompt=menu.invalid,
        timeout_ms=round(menu.timeout_s * 1000),
        repeats=menu.repeats,
        otherwise=menu.otherwise,
        hang_up=menu.hang_up,
    )
