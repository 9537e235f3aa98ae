"""One person hears one recording: keys from the opener, sealed files from the store, sound in memory only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from firmware.adapters.sealing.unsealer import Interval, SealedSegment, Unsealed, unseal
from firmware.core.errors import DamagedRecording, SignInRefused
from firmware.core.home import Home
from webui.access.opener import Opener, SegmentKey, Use, Visitor
from webui.recordings.catalogue import Catalogue
from webui.recordings.listening_room import Audio, ListeningRoom, NotOpened, Stretch
from webui.translation import gettext as _

_SIDES = {None: "", 0: "outside party", 1: "office"}


class Listening:
    """Opens recordings for visitors. Safe to use from any thread."""

    def __init__(self, home: Home, catalogue: Catalogue, opener: Opener, room: ListeningRoom) -> None:
        self._home = home
        self._catalogue = catalogue
        self._opener = opener
        self._room = room

    def begin(self, who: Visitor, recording_id: str, purpose: str, case: str = "") -> None:
        """Open a recording for a purpose given just now. The purpose holds for it until the session ends.

        Args:
            purpose: empty for that of the case which the visitor is working on.
            case: names a case, for whose calls the purpose shall hold for a while.

        Raises:
            NotAllowed, NoSuchRecording, KeyErased, DamagedRecording, ServiceAway: it cannot be opened; nothing is kept.
            SignInRefused: its visitor has signed out meanwhile; nothing is kept.
        """
        visit = self._room.arrive(who.session, who.expires_at_ms)
        audio = self._open(who, recording_id, purpose, "listen", case)
        given = purpose or (who.case.purpose if who.case else "")
        if not self._room.bring(visit, recording_id, given, audio):
            raise SignInRefused(_("You have signed out."), _("Sign in to open the recording."))

    def purpose(self, who: Visitor, recording_id: str) -> str | None:
        """What the visitor said they need the recording for, if they did in this session."""
        return self._room.purpose(who.session, recording_id)

    def audio(self, who: Visitor, recording_id: str) -> Audio | None:
        """The sound of a recording whose purpose was given (None: it was not), opened again if memory was short."""
        purpose = self.purpose(who, recording_id)
        if purpose is None or self._is_gone(recording_id):
            return None
        try:
            return self._room.audio(who.session, recording_id, lambda: self._open(who, recording_id, purpose, "listen"))
        except NotOpened:  # signed out meanwhile
            return None

    def copy(self, who: Visitor, recording_id: str) -> Audio | None:
        """The sound for a download, which is an opening of its own in the evidence; None when no purpose was given."""
        purpose = self.purpose(who, recording_id)
        if purpose is None:
            return None
        return self._open(who, recording_id, purpose, "download")

    def whole_copy(self, who: Visitor, recording_id: str) -> Unsealed | None:
        """The same with all that is told of it, for a copy that holds both."""
        purpose = self.purpose(who, recording_id)
        if purpose is None:
            return None
        return self.unsealed(recording_id, self._opener.open(who, recording_id, purpose, "download"))

    def end_case(self, who: Visitor) -> None:
        """From now on each call needs a purpose of its own again."""
        self._opener.end_case(who)

    def shut(self, who: Visitor, recording_id: str) -> None:
        """The recording is not, or no longer, open to the visitor: nothing of it is kept for them."""
        self._room.shut(who.session, recording_id)

    def forget(self, recording_id: str) -> None:
        """The recording is gone: nothing of it is kept for anybody."""
        self._room.forget(recording_id)

    def _is_gone(self, recording_id: str) -> bool:
        """Whether it was erased since it was opened: then nothing of it stays here either."""
        gone = self._catalogue.recording(recording_id) is None
        if gone:
            self._room.forget(recording_id)
        return gone

    def _open(self, who: Visitor, recording_id: str, purpose: str, use: Use, case: str = "") -> Audio:
        return _audio(self.unsealed(recording_id, self._opener.open(who, recording_id, purpose, use, case)))

    def unsealed(self, recording_id: str, given: Iterable[SegmentKey]) -> Unsealed:
        """A recording in clear, by the keys the opener gave.

        Raises:
            DamagedRecording, StorageError: it cannot be had.
        """
        keys = {each.segment: each.key for each in given}
        segments = []
        for row in self._catalogue.segments(recording_id):
            if row.n not in keys:
                raise DamagedRecording(
                    _("Part %(value)s of the recording has no key.") % {"value": row.n + 1},
                    _("Restore its keyslot from the latest backup; earmark verify names every part that lacks one."),
                )
            segments.append(SealedSegment(self._home.data / row.path, keys[row.n]))
        return unseal(segments)


def _audio(unsealed: Unsealed) -> Audio:
    tag = hashlib.sha256(unsealed.ogg).hexdigest()[:32]
    silent = (*unsealed.pauses, *unsealed.holds, *unsealed.redactions)
    left_out = sorted(silent, key=lambda interval: interval.start_sample)
    return Audio(
        unsealed.ogg,
        unsealed.duration_ms,
        tag,
        _stretches(unsealed.silences, unsealed.sample_rate_hz),
        _stretches(left_out, unsealed.sample_rate_hz),
        unsealed.touch_tones[0],
        unsealed.channels,
        _stretches(_near_ones_joined(unsealed.network_losses, unsealed.sample_rate_hz), unsealed.sample_rate_hz),
    )


def _near_ones_joined(losses: Iterable[Interval], within: int) -> list[Interval]:
    """In order, of each side those less than so many samples apart as one: lost packets come in swarms."""
    joined: dict[int | None, list[Interval]] = {}
    for each in sorted(losses, key=lambda interval: interval.start_sample):
        swarms = joined.setdefault(each.channel, [])
        if swarms and each.start_sample < swarms[-1].start_sample + swarms[-1].samples + within:
            end = max(swarms[-1].start_sample + swarms[-1].samples, each.start_sample + each.samples)
            swarms[-1] = replace(swarms[-1], samples=end - swarms[-1].start_sample)
        else:
            swarms.append(each)
    return sorted(chain.from_iterable(joined.values()), key=lambda interval: interval.start_sample)


def _stretches(intervals: Iterable[Interval], rate: int) -> tuple[Stretch, ...]:
    return tuple(
        Stretch(each.start_sample / rate, each.samples / rate, each.cause, _SIDES[each.channel]) for each in intervals
    )
