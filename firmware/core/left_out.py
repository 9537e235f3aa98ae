"""What is not in a recording because it must not be: pauses, sides on hold, touch-tones. Silence stands for all of it.

Told by the ring's markers while the call is recorded, and by the recording's own events afterwards; in either case the
same interval may be told several times (by both channels, as begun and as over, by two recorders in turn).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from firmware.core.ring_layout import CHANNELS, GOES_ON, Marker, MarkerKind

EVENT: Final = "left_out"
PAUSED, BEFORE_PAUSE, HELD, TOUCH_TONE = "paused", "before_pause", "held", "touch_tone"
#: Silence that a listener put into the finished recording: a pause that was forgotten.
REDACTED: Final = "redacted"
_CAUSES: Final = {
    MarkerKind.PAUSED: PAUSED,
    MarkerKind.WIPED: BEFORE_PAUSE,
    MarkerKind.HELD: HELD,
    MarkerKind.TOUCH_TONE: TOUCH_TONE,
}

#: First sample, samples.
Span = tuple[int, int]


def event_of(marker: Marker) -> dict[str, Any] | None:
    """What is sealed for a marker; None for one that says nothing of this kind. No event says which key was pressed."""
    cause = _CAUSES.get(marker.kind)
    if cause is None:
        return None
    event: dict[str, Any] = {
        "kind": EVENT,
        "cause": cause,
        "start_sample": marker.start_sample,
        "samples": marker.length_samples,
        "channel": marker.channel,
    }
    return event | {"goes_on": True} if goes_on(marker) else event


def goes_on(marker: Marker) -> bool:
    """Whether the marker tells a beginning; another one will tell the end."""
    return marker.value == GOES_ON and not marker.length_samples


class LeftOut:
    """Of one recording. Feed it events, in any order; ask it with the sample up to which what goes on has lasted."""

    def __init__(self, events: Iterable[dict[str, Any]] = ()) -> None:
        # By cause, then by channel and first sample: so many samples, or None while it goes on.
        self._told: dict[str, dict[tuple[int, int], int | None]] = {
            cause: {} for cause in (*_CAUSES.values(), REDACTED)
        }
        #: Differs whenever something new was told of a pause.
        self.pause_news = 0
        for event in events:
            self.take(event)

    def take(self, event: dict[str, Any]) -> None:
        """Note an event; one of another kind, or of a cause that a newer recorder knows, is passed over."""
        told = self._told.get(str(event.get("cause"))) if event.get("kind") == EVENT else None
        if told is None:
            return
        place = (event["channel"], event["start_sample"])
        samples = None if event.get("goes_on") else event["samples"]
        before = told.get(place)
        # Two pauses may be told of that reach back to the same sample: of what has ended the longer one holds.
        if place not in told or (samples is not None and (before is None or before < samples)):
            told[place] = samples
            self.pause_news += event["cause"] in (PAUSED, BEFORE_PAUSE)

    def pauses(self, until: int) -> list[Span]:
        """Where at least one party was left out for a pause, what was dropped from before it included.

        Pauses that touch are one.
        """
        return _union(
            span
            for cause in (PAUSED, BEFORE_PAUSE)
            for channel in range(CHANNELS)
            for span in self._spans(cause, channel, until)
        )

    def paused_after(self, start: int, until: int) -> bool:
        """Whether anything from ``start`` on was left out for a pause."""
        return any(first + samples > start for first, samples in self.pauses(until))

    def holds(self, channel: int, until: int) -> list[Span]:
        """Where that side was on hold."""
        return _union(self._spans(HELD, channel, until))

    def touch_tones(self, until: int) -> list[Span]:
        """Where a touch-tone of either side was taken out, one for each."""
        return sorted(span for channel in range(CHANNELS) for span in self._spans(TOUCH_TONE, channel, until))

    def redactions(self, until: int) -> list[Span]:
        """Where silence was put in later."""
        return _union(span for channel in range(CHANNELS) for span in self._spans(REDACTED, channel, until))

    def totals(self, until: int) -> dict[str, Any]:
        """For the final frame: see ``sealed_format``."""
        tones = self.touch_tones(until)
        return {
            "pauses": self.pauses(until),
            "holds": [(channel, *span) for channel in range(CHANNELS) for span in self.holds(channel, until)],
            "touch_tones": {"count": len(tones), "samples": total(tones)},
        }

    def _spans(self, cause: str, wanted: int, until: int) -> Iterator[Span]:
        for (channel, start), samples in self._told[cause].items():
            if channel == wanted:
                yield start, max(0, until - start) if samples is None else samples


def total(spans: Iterable[Span]) -> int:
    return sum(samples for _, samples in spans)


def _union(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, samples in sorted(spans):
        if not samples:
            continue
        last = merged[-1] if merged else None
        if last and start <= last[0] + last[1]:
            merged[-1] = (last[0], max(last[1], start + samples - last[0]))
        else:
            merged.append((start, samples))
    return merged
