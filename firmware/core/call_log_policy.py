"""What the office's recording policy says of a call that the PBX logged.

A call of an exempt phone is dropped here, before its number has been kept anywhere. Where the policy meant to record
the call, whatever the dice say, a recording that is not there was missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo

from firmware.core.call_log import MOST_DIGITS, LoggedCall, LogRow, row_id
from firmware.core.call_record import Direction
from firmware.core.emergency import is_emergency
from firmware.core.local_time import local_time
from firmware.core.number_pattern import NumberForm
from firmware.core.recording_decision import CallFacts, Decision
from firmware.core.recording_policy import RecordingPolicy

_LONGEST_WORDS = 300


@dataclass(frozen=True)
class LogPolicy:
    """How one PBX's calls are judged.

    Attributes:
        source: the PBX's name in the settings.
        policies: of each line that its calls may be on, by the line's name.
        usual_line: on which its calls are where the trunk does not say; empty where that is not known.
        trunk_lines: the line of each trunk, by the PBX's name for it.
        shortest_ms: what is shorter is no missed recording.
    """

    source: str
    policies: Mapping[str, RecordingPolicy]
    number_form: NumberForm
    zone: tzinfo
    usual_line: str = ""
    trunk_lines: Mapping[str, str] | None = None
    outside_prefix: str = ""
    shortest_ms: int = 3000

    def consider(self, call: LoggedCall, text: str, received_at_ms: int) -> LogRow | None:
        """The row to keep of a line that read so; None where nothing of it may or need be kept."""
        if not call.concerns_recording:
            return None
        line = self._line_of(call)
        decisions = list(self._decisions(call, line))
        if not decisions or any(each.mode == "never" for each in decisions):
            return None
        meant = all(each.record for each in decisions) and call.duration_ms >= self.shortest_ms
        first = decisions[0]
        return LogRow(
            row_id=row_id(self.source, call.started_at_ms, text),
            source=self.source,
            line=line,
            call=replace(call, number=self._kept_number(call)),
            meant=meant,
            decided_by=first.decided_by[:_LONGEST_WORDS],
            retention_class=first.retention_class,
            received_at_ms=received_at_ms,
        )

    def _line_of(self, call: LoggedCall) -> str:
        return (self.trunk_lines or {}).get(call.trunk or "", self.usual_line)

    def _decisions(self, call: LoggedCall, line: str) -> Iterator[Decision]:
        """All that are possible: on each line and in each direction that it may have had, whatever chance says."""
        directions: tuple[Direction, ...] = ("inbound", "outbound")
        if call.direction == "inbound" or call.direction == "outbound":
            directions = (call.direction,)
        policies = [self.policies[line]] if line in self.policies else list(self.policies.values())
        for policy in policies:
            for direction in directions:
                facts = self._facts(call, policy.line, direction)
                yield from (each.decision for each in policy.outcomes(facts))

    def _facts(self, call: LoggedCall, line: str, direction: Direction) -> CallFacts:
        outbound = direction == "outbound"
        number = self._kept_number(call)
        return CallFacts(
            line=line,
            direction=direction,
            local=local_time(call.started_at_ms, self.zone),
            emergency=outbound and is_emergency(call.number, self.outside_prefix),
            extension=self.number_form(call.extension) if call.extension else None,
            far_number=number,
            far_presentation="available" if number else "unavailable",
        )

    def _kept_number(self, call: LoggedCall) -> str | None:
        if call.number is None:
            return None
        number = self.number_form(call.number, self.outside_prefix if call.direction != "inbound" else "")
        return number if len(number.removeprefix("+")) <= MOST_DIGITS else None
