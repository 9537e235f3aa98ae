"""What one recording lacks, and why: counted for the catalogue, and put in words that are sealed with the audio.

Two things are kept apart: what is *missing* though it should be there, and what was *left out* because it must not be.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from firmware.core.left_out import LeftOut, event_of, goes_on
from firmware.core.ring_layout import BOTH_CHANNELS, Marker, MarkerKind
from firmware.ports.audio_ring import AudioRingReader

_LOG = logging.getLogger(__name__)
_CAUSES = {MarkerKind.LOSS_NOT_TAKEN: "not_taken", MarkerKind.LOSS_NETWORK: "network"}


class MissingAudio:
    """Of one recording. ``gaps`` are pairs of first sample and samples that could not be stored; ``losses`` are totals
    of what never came out of the lines: "not_taken" in samples, "network" in packets. ``left_out`` is no loss.
    """

    def __init__(self, recording_id: str, sample_rate_hz: int) -> None:
        self.gaps: list[tuple[int, int]] = []
        self.losses = dict.fromkeys(_CAUSES.values(), 0)
        self.left_out = LeftOut()
        self.earlier_gap_samples = 0
        self._recording_id = recording_id
        self._rate = sample_rate_hz
        self._next_marker = 0

    @property
    def not_stored_ms(self) -> int:
        """Silence in place of audio that could not be stored, earlier segments included."""
        return self.gap_samples * 1000 // self._rate

    @property
    def gap_samples(self) -> int:
        """The same in samples."""
        return self.earlier_gap_samples + sum(samples for _, samples in self.gaps)

    @property
    def not_taken_ms(self) -> int:
        """Silence in place of audio that never came out of the lines."""
        return self.losses["not_taken"] * 1000 // self._rate

    def note_gap(self, start: int, samples: int) -> None:
        """So many samples from ``start`` on were written over before they could be stored; none is no gap."""
        if samples:
            self.gaps.append((start, samples))
            _LOG.error("recording %s has a gap of %.1f s", self._recording_id, samples / self._rate)

    def news(self, ring: AudioRingReader, segment_start: int) -> Iterator[dict[str, Any]]:
        """Count what the lines noted since the last time, and give the events to seal.

        What an earlier segment tells is counted again, for the ring still tells it, but not told again.
        """
        markers, self._next_marker = ring.markers_since(self._next_marker)
        for marker in markers:
            event = self._take(marker)
            if event and (goes_on(marker) or marker.start_sample + marker.length_samples > segment_start):
                yield event

    def _take(self, marker: Marker) -> dict[str, Any] | None:
        if event := event_of(marker):
            self.left_out.take(event)
            return event
        cause = _CAUSES.get(marker.kind)
        if cause is None:
            return None
        self.losses[cause] += marker.value if marker.kind is MarkerKind.LOSS_NETWORK else marker.length_samples
        return _loss_event(marker, cause)


def gap_event(start: int, samples: int) -> dict[str, Any]:
    """What is sealed where audio could not be stored."""
    return {"kind": "gap", "start_sample": start, "samples": samples, "cause": "could not be stored"}


def _loss_event(marker: Marker, cause: str) -> dict[str, Any]:
    event: dict[str, Any] = {
        "kind": "loss",
        "start_sample": marker.start_sample,
        "samples": marker.length_samples,
        "cause": cause,
    }
    if marker.channel != BOTH_CHANNELS:
        event["channel"] = marker.channel
    if marker.value:
        event["packets"] = marker.value
    return event
