"""The best one-to-one assignment where many pairs are impossible: Hungarian method on a sparse table.

Successive shortest paths with potentials (Jonker and Volgenant, 1987, without their start): each row in turn finds
the cheapest way to a column, also by having others move on. Every row may stay without a column, at no gain.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence


def best_assignment(gains: Sequence[Mapping[int, int]]) -> list[int | None]:
    """For each row its column, or None, so that no two rows share one and the sum of gains is the greatest possible.

    Args:
        gains: for each row what each column that is possible for it would gain, above 0.
    """
    most = max((gain for row in gains for gain in row.values()), default=0)
    chosen: list[int | None] = [None] * len(gains)
    owner: dict[int, int] = {}
    of_row, of_column = [0] * len(gains), dict[int, int]()
    for start in range(len(gains)):
        path = _Path(gains, most, of_row, of_column, owner)
        path.walk_from(start)
        path.settle(chosen)
    return chosen


class _Path:
    """One search for the cheapest way, and what it leaves behind."""

    def __init__(
        self,
        gains: Sequence[Mapping[int, int]],
        most: int,
        of_row: list[int],
        of_column: dict[int, int],
        owner: dict[int, int],
    ) -> None:
        self._gains, self._most = gains, most
        self._of_row, self._of_column, self._owner = of_row, of_column, owner
        self._rows: dict[int, int] = {}
        self._columns: dict[int, int] = {}
        self._came_from: dict[int, int] = {}
        self._own_column: dict[int, int | None] = {}
        self._end: tuple[int, int | None] = (0, None)
        self._length = 0

    def walk_from(self, start: int) -> None:
        """Dijkstra: to a column that is nobody's, or to a row that can best do without one."""
        best: dict[int, int] = {}
        queue: list[tuple[int, int, int, int]] = []  # distance, 0 a column or 1 doing without, which, from which row
        self._reach(start, None, 0, best, queue)
        while True:
            distance, without, which, row = heapq.heappop(queue)
            if without:
                self._end, self._length = (row, None), distance
                return
            if which in self._columns:
                continue
            self._columns[which], self._came_from[which] = distance, row
            if which not in self._owner:
                self._end, self._length = (row, which), distance
                return
            self._reach(self._owner[which], which, distance, best, queue)

    def _reach(
        self, row: int, column: int | None, at: int, best: dict[int, int], queue: list[tuple[int, int, int, int]]
    ) -> None:
        self._rows[row], self._own_column[row] = at, column
        heapq.heappush(queue, (at + self._most - self._of_row[row], 1, row, row))
        for each, gain in sorted(self._gains[row].items()):
            distance = at + self._most - gain - self._of_row[row] - self._of_column.get(each, 0)
            if each not in self._columns and distance < best.get(each, distance + 1):
                best[each] = distance
                heapq.heappush(queue, (distance, 0, each, row))

    def settle(self, chosen: list[int | None]) -> None:
        for row, distance in self._rows.items():
            self._of_row[row] += self._length - distance
        for column, distance in self._columns.items():
            if distance < self._length:
                self._of_column[column] = self._of_column.get(column, 0) - (self._length - distance)
        row, place = self._end
        while True:
            given_up = self._own_column[row]
            chosen[row] = place
            if place is not None:
                self._owner[place] = row
            if given_up is None:
                return
            place, row = given_up, self._came_from[given_up]
