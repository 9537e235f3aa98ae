"""Who of a tapped call's participants is the office's and who is outside, who calls whom, and whose stream is whose.

A copy of a call comes without a direction: a PBX sees a call from above. Which numbers are the office's is a setting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from firmware.core.call_record import Direction, Party, Side
from firmware.core.name_address import uri_user, whole_uri
from firmware.core.party_number import WITHHELD, CallerHeaders, far_party, office_party
from firmware.core.recording_metadata import Participant, RecordingMetadata

IsOffice = Callable[[str], bool]
#: Whose voice a stream carries; both sides' where they come mixed.
Heard = frozenset[Side]
BOTH: Heard = frozenset({"far_party", "office"})
_OTHER: Mapping[Side, Side] = {"far_party": "office", "office": "far_party"}


@dataclass(frozen=True)
class TappedParties:
    """The sides of everybody who has taken part, by participant id, and who stands for each side now.

    ``others`` are further participants of each side, of a conference: recorded with it, and told of. ``addresses`` are
    the sides by address: some clients make up new ids with every update.
    """

    direction: Direction
    sides: Mapping[str, Side]
    first: Mapping[Side, Participant]
    others: Mapping[Side, tuple[Participant, ...]]
    addresses: Mapping[str, Side]

    def party(self, side: Side) -> Party:
        """Who stands for a side; unavailable where nobody is known."""
        participant = self.first.get(side)
        return party_of(participant, side) if participant is not None else Party(presentation="unavailable")

    @property
    def calling_side(self) -> Side:
        return "far_party" if self.direction == "inbound" else "office"


def tapped_parties(
    metadata: RecordingMetadata, is_office: IsOffice, otherwise: Direction, before: TappedParties | None = None
) -> TappedParties:
    """Sort a call's participants.

    Args:
        metadata: what is known now.
        is_office: whether a number (or word) is one of the office's own.
        otherwise: the direction of a call where no number tells.
        before: what was found before an update: the direction stays, and everybody on their side.
    """
    direction = before.direction if before is not None else _direction(metadata, is_office, otherwise)
    sides = _sides(metadata, is_office, direction, before)
    first: dict[Side, Participant] = {}
    others: dict[Side, tuple[Participant, ...]] = {"far_party": (), "office": ()}
    for side in others:
        stood = before.first.get(side) if before is not None else None
        theirs = [each for each in metadata.present if sides[each.participant_id] == side]
        same = [each for each in theirs if stood is not None and _same(each, stood)]
        if theirs:
            first[side] = (same or theirs)[0]
            others[side] = tuple(each for each in theirs if each is not first[side])
    addresses = dict(before.addresses) if before is not None else {}
    addresses.update({each.aor: sides[each.participant_id] for each in metadata.participants if each.aor})
    return TappedParties(direction, sides, first, others, addresses)


def heard_on(labels: Sequence[str], metadata: RecordingMetadata, parties: TappedParties) -> dict[str, Heard]:
    """Whose voices each stream carries, by its label, the streams being in the order in which they are offered.

    Where it is not said, two streams are the caller's and the called party's, in that order, as every known client
    sends them; one stream alone carries both, also where the client names nobody but one party.
    """
    heard: dict[str, Heard] = {}
    for label in labels:
        speakers = metadata.speakers(label)
        if speakers:
            heard[label] = frozenset(parties.sides[each.participant_id] for each in speakers)
    unsaid = [label for label in labels if label not in heard]
    if len(labels) == 1:
        named = {parties.sides[each.participant_id] for each in metadata.present}
        return heard if heard and named == BOTH else {label: BOTH for label in labels}
    taken = frozenset[Side]().union(*heard.values())
    in_turn: tuple[Side, Side] = (parties.calling_side, _OTHER[parties.calling_side])
    free = [side for side in in_turn if side not in taken] or list(in_turn)
    for place, label in enumerate(unsaid):
        heard[label] = frozenset({free[min(place, len(free) - 1)]})
    return heard


def party_of(participant: Participant, side: Side) -> Party:
    """A participant as a party of the call: withheld and unavailable numbers stay so."""
    if participant.withheld:
        return WITHHELD
    aor = participant.aor.strip()
    uri = whole_uri(aor)
    name = participant.name.replace("\\", "").replace('"', "")
    read = office_party if side == "office" else far_party
    named = "" if name == (uri_user(uri) or "") else f'"{name}" '
    return read(CallerHeaders(from_=f"{named}<{uri.replace('>', '')}>" if aor else ""))


def number_of(participant: Participant) -> str:
    """The number, or word, in a participant's address; empty where there is none."""
    return party_of(participant, "office").number or ""


def _is_office(participant: Participant, is_office: IsOffice) -> bool:
    number = number_of(participant)
    return bool(number) and is_office(number)


def _caller(metadata: RecordingMetadata) -> Participant | None:
    """Who made the call: whom the client names as the caller, else whom it names first."""
    participants = metadata.participants
    said = next((each for each in participants if each.calling), None)
    denied = [each for each in participants if each.calling is not False]
    return said or (denied[0] if denied else None)


def _direction(metadata: RecordingMetadata, is_office: IsOffice, otherwise: Direction) -> Direction:
    """Within the office a call goes out, to whoever is called."""
    caller = _caller(metadata)
    if caller is not None and _is_office(caller, is_office):
        return "outbound"
    if any(_is_office(each, is_office) for each in metadata.participants):
        return "inbound"
    if metadata.recorded_user_calls is not None:
        return "outbound" if metadata.recorded_user_calls else "inbound"
    return otherwise


def _same(one: Participant, other: Participant) -> bool:
    return one.participant_id == other.participant_id or (bool(one.aor) and one.aor == other.aor)


def _sides(
    metadata: RecordingMetadata, is_office: IsOffice, direction: Direction, before: TappedParties | None
) -> dict[str, Side]:
    """Everybody's side. Who has one keeps it; who comes while a side stands empty takes it, as after a transfer."""
    first = _first_sides(metadata, is_office, direction)
    if before is None:
        return first
    sides: dict[str, Side] = dict(before.sides)
    for each in metadata.participants:
        if each.participant_id not in sides and each.aor in before.addresses:
            sides[each.participant_id] = before.addresses[each.aor]
    occupied = {sides[each.participant_id] for each in metadata.present if each.participant_id in sides}
    for each in metadata.participants:
        if each.participant_id in sides:
            continue
        if not occupied:
            sides[each.participant_id] = first[each.participant_id]
        elif len(occupied) == 1 and each in metadata.present:
            sides[each.participant_id] = _OTHER[next(iter(occupied))]
            occupied = {"far_party", "office"}
        else:
            sides[each.participant_id] = "office" if _is_office(each, is_office) else "far_party"
    return sides


def _first_sides(metadata: RecordingMetadata, is_office: IsOffice, direction: Direction) -> dict[str, Side]:
    """Everybody's side by their number; where that tells nobody apart, the caller stands against all others."""
    caller = _caller(metadata)
    calling: Side = "far_party" if direction == "inbound" else "office"
    known = {each.participant_id: _is_office(each, is_office) for each in metadata.participants}
    if len(set(known.values())) == 2:
        return {identity: "office" if theirs else "far_party" for identity, theirs in known.items()}
    return {each.participant_id: calling if each is caller else _OTHER[calling] for each in metadata.participants}
