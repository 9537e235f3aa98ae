"""The way to a recording's keys without the office key: a grant, within its dates, by the person's own key."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from firmware.core.errors import NotAllowed
from firmware.core.grant import Grant, LatestTime
from firmware.ports.access_requests import AccessRequestStore, GrantShelf
from firmware.ports.clock import Clock
from firmware.ports.listening_keys import Keyslot
from firmware.services.opener_sessions import Session


@dataclass(frozen=True)
class WayIn:
    """How one recording is about to be opened. ``ids`` go into the evidence; ``key_of`` opens each of ``files``."""

    files: Sequence[Keyslot] = field(repr=False)
    key_of: Callable[[Keyslot], bytes] = field(repr=False)
    ids: Mapping[str, str] = field(default_factory=dict)


class KnownTime:
    """The time now, and the latest known to have been. Any thread.

    Args:
        known_ms: a moment written down before this process began; asked once.
    """

    def __init__(self, clock: Clock, known_ms: Callable[[], int]) -> None:
        self._clock = clock
        self._known_ms = known_ms
        self._lock = threading.Lock()
        self._last: LatestTime | None = None

    def now(self) -> LatestTime:
        """Raises whatever ``known_ms`` does; it is then asked again the next time."""
        with self._lock:
            shown_ms, at_s = self._clock.wall_ms(), self._clock.monotonic_s()
            if self._last is None:
                self._last = LatestTime.first(shown_ms, at_s, self._known_ms())
            else:
                self._last = self._last.then(shown_ms, at_s)
            return self._last


class GrantedKeys:
    """Grants as the opener uses them. Any thread."""

    def __init__(self, store: AccessRequestStore, shelf: GrantShelf, clock: Clock) -> None:
        self._store = store
        self._shelf = shelf
        self.time = KnownTime(clock, store.last_written_ms)

    def way_in(self, session: Session, recording_id: str) -> WayIn:
        """
        Raises:
            NotAllowed: there is no grant for this person, it has ended, or the clock is behind it.
            NoSuchRecording, KeyErased, StorageError, DamagedCatalogue: as they say.
        """
        grant = self.standing(session.person.person_id, recording_id)

        def key_of(slot: Keyslot) -> bytes:
            return session.keys.open_grant(slot.content, grant.terms(slot.segment))

        files = self._shelf.grants(recording_id, grant.person_id)
        return WayIn(files, key_of, {"request": grant.request_id})

    def standing(self, person_id: str, recording_id: str) -> Grant:
        """The grant by which this person may open this recording now. Raises as ``way_in``."""
        grant = self._store.grant(recording_id, person_id)
        request = self._store.request(grant.request_id) if grant else None
        if grant is None or request is None or not request.state.opens:
            raise NotAllowed("This call is not open to you.", "Ask for it; a director decides.")
        why_shut = grant.why_shut(self.time.now())
        if why_shut:
            raise NotAllowed(why_shut, "Ask for the call anew.")
        return grant

    def all_standing(self, person_id: str) -> list[Grant]:
        """Those that open something now, the first to end first."""
        now = self.time.now()
        found = [grant for grant in self._store.standing(person_id=person_id) if not grant.why_shut(now)]
        states = {each: self._store.request(each) for each in {grant.request_id for grant in found}}
        return [grant for grant in found if (request := states[grant.request_id]) and request.state.opens]
