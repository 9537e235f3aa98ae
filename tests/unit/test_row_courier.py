"""Rows of the call log reach the recorder in order, however long it is away, and never pile up without bound."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from firmware.adapters.smdr import row_courier
from firmware.adapters.smdr.row_courier import RowCourier
from firmware.core.call_log import LoggedCall, LogRow
from firmware.core.errors import EarmarkError, ServiceAway


def _row(number: int) -> LogRow:
    call = LoggedCall(1_795_348_800_000 + number, 1000, "inbound")
    return LogRow(f"{number:032}", "pbx", "main", call, True, "line main", "standard", 1_795_348_900_000)


class _Desk:
    """A recorder that is away for a while, and will not take some rows at all."""

    def __init__(self, away: int = 0, never: int = -1) -> None:
        self.taken: list[str] = []
        self.all_there = threading.Event()
        self._away, self._never = away, never

    def bring(self, rows: Sequence[LogRow]) -> None:
        if self._away:
            self._away -= 1
            raise ServiceAway("The recorder does not answer.")
        if any(int(row.row_id) == self._never for row in rows):
            raise EarmarkError("A row is not as rows are.")
        self.taken += [row.row_id for row in rows]
        if self.taken and int(self.taken[-1]) == 249:
            self.all_there.set()


def test_rows_wait_in_order_while_the_recorder_is_away() -> None:
    desk = _Desk(away=3)
    courier = RowCourier(desk, again_after_s=0.01)
    for number in range(250):
        courier.hand_on(_row(number))
    courier.start()
    assert desk.all_there.wait(5)
    courier.stop()
    assert [int(each) for each in desk.taken] == list(range(250))
    assert courier.waiting == 0


def test_what_the_recorder_will_never_take_does_not_hold_up_the_rest() -> None:
    desk = _Desk(never=3)
    courier = RowCourier(desk, again_after_s=0.01)
    for number in range(250):
        courier.hand_on(_row(number))
    courier.start()
    assert desk.all_there.wait(5)
    courier.stop()
    assert len(desk.taken) == 150


def test_no_more_than_so_many_rows_wait_and_what_is_lost_is_told() -> None:
    courier = RowCourier(_Desk(away=10**9))
    most = row_courier._MOST_WAITING
    for number in range(most + 7):
        courier.hand_on(_row(number))
    assert courier.waiting == most
    assert "7 calls of the call log were lost" in courier.attention()[0]
