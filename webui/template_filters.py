"""What templates say things with: times, lengths, names of states, in the language of whoever looks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flask import Flask

from firmware.core.call_record import LegReport
from firmware.core.packet_loss import network_loss_lines
from webui import wording
from webui.translation import from_the_box
from webui.translation import gettext as _


def add_filters(app: Flask, zone: ZoneInfo) -> None:
    """``zone``: the office's."""

    def today() -> date:
        return datetime.now(zone).date()

    def network_loss(legs: Sequence[LegReport], direction: str) -> list[str]:
        return [from_the_box(line) for line in network_loss_lines(legs, direction)]

    app.jinja_env.filters.update(
        local_time=lambda moment: wording.local_time(moment, zone),
        day_name=lambda moment: wording.day_heading(wording.local_day(moment, zone), today()),
        day_in_sentence=lambda moment: wording.day_in_sentence(wording.local_day(moment, zone), today()),
        plain_day=lambda moment: wording.plain_day(wording.local_day(moment, zone), today()),
        full_day=wording.full_day,
        day_and_month=wording.day_and_month,
        moment=lambda unix_ms: datetime.fromtimestamp(unix_ms / 1000, UTC),
        length_of=wording.length,
        spoken_length=lambda seconds: from_the_box(wording.spoken_length(seconds)),
        lost=wording.lost,
        network_loss=network_loss,
        prompt_name=lambda prompt: from_the_box(wording.prompt_name(prompt)),
        party_phrase=wording.party_phrase,
        sentence=wording.sentence,
        size=wording.size,
        translated=_,
        state_name=lambda state: _(wording.STATES.get(state, str(state))),
        state_meaning=lambda state: _(wording.STATE_MEANINGS[state]) if state in wording.STATE_MEANINGS else "",
        direction_name=lambda direction: _(wording.DIRECTIONS.get(direction, str(direction))),
    )
