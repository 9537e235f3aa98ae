"""The two ends of a call's audio on its way from the lines to the recorder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from firmware.core.ring_layout import FilesSoFar, Marker, RingHeader, RingState


class AudioRingReader(Protocol):
    """The recorder's end. All methods may be called from one thread at a time; none of them waits."""

    @property
    def header(self) -> RingHeader: ...

    @property
    def start_monotonic_ns(self) -> int:
        """CLOCK_MONOTONIC at sample 0."""

    @property
    def start_wall_ns(self) -> int:
        """Unix time at sample 0."""

    def readable(self, channel_lag_limit: int) -> int:
        """Samples settled since the start on both channels; when the ring is closed, its final length."""

    def written(self) -> int:
        """How far the channel ahead is: where a recording ends whose writer died."""

    def block(self, channel: int, start_sample: int, samples: int) -> memoryview:
        """``samples`` 16-bit samples of one channel, valid until overrun.

        No copy when the block does not wrap (a block of 960 at a multiple of 960 never does) and was all written; what
        a channel did not write is silence. Ask ``overrun`` after using it.
        """

    def block_address(self, channel: int, start_sample: int, samples: int) -> int:
        """The address of the same block, for an encoder called through ctypes.

        Valid until overrun and until the next call for the same channel.
        """

    def overrun(self, start_sample: int) -> bool:
        """Has the writer begun to write over ``start_sample`` on either channel?"""

    def oldest_intact(self) -> int:
        """The first sample that the writer has not written over."""

    def markers_since(self, number: int) -> tuple[Sequence[Marker], int]:
        """Complete markers from the one with that number on, and the number to ask with next time.

        Markers written over before they were read are left out.
        """

    def generation(self) -> int:
        """Changes whenever what was already written is changed."""

    def writer_state(self) -> RingState: ...

    def heartbeat_monotonic_ns(self) -> int:
        """When the writer last wrote (CLOCK_MONOTONIC)."""

    def lost_samples(self) -> tuple[int, int]:
        """Samples per channel for which silence stands because the audio path stood still."""

    def acknowledge(self, samples: int) -> None:
        """Tell the writer that everything up to ``samples`` is safely on disk."""

    def acknowledged(self) -> int:
        """What was last acknowledged, by this recorder or by the one before it."""

    def note_files(self, files: FilesSoFar) -> None:
        """Leave word for a recorder that may not see the files in which the recording was begun."""

    def files_so_far(self) -> FilesSoFar | None:
        """What was last noted, by this recorder or by the one before it; None: there is no file yet."""

    def close(self) -> None:
        """Let go of the memory. What ``block`` gave is invalid afterwards."""


class AudioRingWriter(Protocol):
    """The lines' end, as call control sees it."""

    def add_marker(self, marker: Marker) -> None: ...

    def acknowledged(self) -> int:
        """Samples the recorder says are safely on disk; never more than was written, never going back."""

    def close(self, final_samples: int) -> None:
        """Nothing will be written beyond ``final_samples``; the reader may finish."""
