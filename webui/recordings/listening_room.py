"""What signed-in people are listening to: the purposes they gave, and unsealed audio, in memory only.

Nothing here touches a disk. Audio goes when its person signs out, when their session ends, when it has not been heard
for a while, and when there is too much of it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from webui.recordings.peaks import Peaks

MOST_BYTES = 96 * 1024 * 1024
UNHEARD_FOR_S = 15 * 60
_SWEEP_EVERY_S = 20


@dataclass(frozen=True)
class Stretch:
    """A stretch of a recording that is silent, and why. ``side`` is empty for both parties."""

    start_s: float
    length_s: float
    cause: str
    side: str = ""


@dataclass(frozen=True)
class Audio:
    """One unsealed recording: a whole Ogg Opus file, and a tag that changes when its bytes do.

    ``missing`` is silent though somebody may have spoken; ``left_out`` (pauses and holds) because it had to be. Where
    there is one of ``channels``, both parties are mixed on it. ``lost_on_the_way`` sounds as it did in the call: the
    network lost some of it.
    """

    ogg: bytes = field(repr=False)
    duration_ms: int
    tag: str
    missing: tuple[Stretch, ...] = ()
    left_out: tuple[Stretch, ...] = ()
    touch_tones: int = 0
    channels: int = 2
    lost_on_the_way: tuple[Stretch, ...] = ()
    peaks: Peaks = field(default_factory=Peaks, repr=False, compare=False)


class NotOpened(LookupError):
    """In this visit no purpose was given for the recording, or the visit is over."""


@dataclass(eq=False)
class Visit:
    """One session's time here: its purposes, by recording. Once it was left, nothing is kept for it any more."""

    session: str
    expires_at_ms: int
    purposes: dict[str, str] = field(default_factory=dict)
    unsealing: dict[str, threading.Lock] = field(default_factory=dict)


class ListeningRoom:
    """Purposes and audio by session. Safe to call from any thread.

    Args:
        clock_ms: Unix time in milliseconds, as sessions' ends are given.
        most_bytes: audio kept in all; the recording heard longest ago goes first. One recording is always let in.
    """

    def __init__(self, clock_ms: Callable[[], int], most_bytes: int = MOST_BYTES) -> None:
        self._clock_ms = clock_ms
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._visits: dict[str, Visit] = {}
        self._audio: OrderedDict[tuple[str, str], tuple[Audio, int]] = OrderedDict()
        self._closed = threading.Event()
        self._sweeper: threading.Thread | None = None

    def seen(self, session: str, expires_at_ms: int) -> None:
        """The opener has just vouched for the session until then."""
        with self._lock:
            visit = self._visits.get(session)
            if visit is not None:
                visit.expires_at_ms = expires_at_ms

    def arrive(self, session: str, expires_at_ms: int) -> Visit:
        """The visit for which something is about to be opened: ask for it before asking the opener.

        Who signs out meanwhile leaves it, and what the opener then still gives finds nobody to be kept for.
        """
        with self._lock:
            visit = self._visits.setdefault(session, Visit(session, expires_at_ms))
            visit.expires_at_ms = expires_at_ms
        self._start_sweeping()
        return visit

    def bring(self, visit: Visit, recording_id: str, purpose: str, audio: Audio) -> bool:
        """Keep a recording just opened, and why, until the session ends. False: the visit is over; nothing is kept."""
        with self._lock:
            if self._visits.get(visit.session) is not visit:
                return False
            visit.purposes[recording_id] = purpose
            self._keep(visit, recording_id, audio)
            return True

    def purpose(self, session: str, recording_id: str) -> str | None:
        """The purpose given for the recording in this session, if any."""
        with self._lock:
            visit = self._visits.get(session)
            return visit.purposes.get(recording_id) if visit else None

    def audio(self, session: str, recording_id: str, unseal: Callable[[], Audio]) -> Audio:
        """The recording's audio, unsealed at most once however many requests ask for it together.

        Raises:
            NotOpened: no purpose was given for the recording in this session.
            Whatever ``unseal`` raises; nothing is then kept.
        """
        with self._lock:
            visit = self._visits.get(session)
            if visit is None or recording_id not in visit.purposes:
                raise NotOpened(recording_id)
            one_at_a_time = visit.unsealing.setdefault(recording_id, threading.Lock())
        with one_at_a_time:
            kept = self._kept(session, recording_id)
            if kept is None:
                kept = unseal()
                with self._lock:
                    self._keep(visit, recording_id, kept)
            return kept

    def shut(self, session: str, recording_id: str) -> None:
        """Forget one recording in a session: it is no longer open there."""
        with self._lock:
            self._audio.pop((session, recording_id), None)
            visit = self._visits.get(session)
            if visit is not None:
                visit.purposes.pop(recording_id, None)

    def forget(self, recording_id: str) -> None:
        """Forget one recording in every session: it is gone."""
        with self._lock:
            for key in [key for key in self._audio if key[1] == recording_id]:
                del self._audio[key]
            for visit in self._visits.values():
                visit.purposes.pop(recording_id, None)

    def leave(self, session: str) -> None:
        """Forget a session: its purposes and its audio."""
        with self._lock:
            self._forget(session)

    def sweep(self) -> None:
        """Drop sessions past their end and audio not heard for a while."""
        now = self._clock_ms()
        with self._lock:
            for session in [name for name, visit in self._visits.items() if visit.expires_at_ms <= now]:
                self._forget(session)
            for key in [key for key, (_, heard) in self._audio.items() if now - heard > UNHEARD_FOR_S * 1000]:
                del self._audio[key]

    def close(self) -> None:
        """Drop everything."""
        self._closed.set()
        with self._lock:
            self._visits.clear()
            self._audio.clear()

    @property
    def bytes_held(self) -> int:
        """Bytes of audio in memory now."""
        with self._lock:
            return self._bytes_held()

    def _kept(self, session: str, recording_id: str) -> Audio | None:
        with self._lock:
            entry = self._audio.get((session, recording_id))
            if entry is None:
                return None
            self._audio[session, recording_id] = (entry[0], self._clock_ms())
            self._audio.move_to_end((session, recording_id))
            return entry[0]

    def _keep(self, visit: Visit, recording_id: str, audio: Audio) -> None:
        if self._visits.get(visit.session) is not visit:
            return  # signed out while it was being unsealed
        self._audio[visit.session, recording_id] = (audio, self._clock_ms())
        self._audio.move_to_end((visit.session, recording_id))
        while len(self._audio) > 1 and self._bytes_held() > self._most_bytes:
            self._audio.popitem(last=False)

    def _bytes_held(self) -> int:
        return sum(len(audio.ogg) for audio, _ in self._audio.values())

    def _forget(self, session: str) -> None:
        self._visits.pop(session, None)
        for key in [key for key in self._audio if key[0] == session]:
            del self._audio[key]

    def _start_sweeping(self) -> None:
        with self._lock:
            if self._sweeper is None and not self._closed.is_set():
                self._sweeper = threading.Thread(target=self._keep_sweeping, name="listening-room", daemon=True)
                self._sweeper.start()

    def _keep_sweeping(self) -> None:
        while not self._closed.wait(_SWEEP_EVERY_S):
            self.sweep()
