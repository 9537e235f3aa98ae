"""A leg's messages say when somebody else has come to the phone."""

from __future__ import annotations

from firmware.adapters.sip.connected_party import ConnectedParty
from firmware.adapters.sip.message import SipRequest
from firmware.core.party_number import far_party, office_party


def message(from_: str, asserted: str = "", to: str = "<sip:box@box>") -> SipRequest:
    vouched = [("p-asserted-identity", asserted)] if asserted else []
    return SipRequest("INVITE", "sip:box", (("from", from_), ("to", to), *vouched))


def test_a_refresh_by_the_same_party_says_nothing_new() -> None:
    leg = ConnectedParty(office_party, "201")
    leg.answers(message("<sip:01632960123@box>", "<sip:201@pbx>", to="<sip:201@pbx>"))
    assert leg.changed(message("<sip:201@pbx>", "<sip:201@pbx>")) is None
    assert leg.changed(message("<sip:201@pbx>")) is None


def test_a_transfer_inside_the_pbx_is_seen_by_its_asserted_identity() -> None:
    leg = ConnectedParty(office_party, "201")
    party = leg.changed(message('"Sam" <sip:201@pbx>', "<sip:202@pbx>"))
    assert party is not None
    assert (party.number, party.network_number) == ("202", "202")
    assert leg.changed(message("<sip:201@pbx>", "<sip:202@pbx>")) is None


def test_a_transfer_is_seen_by_a_changed_from_address() -> None:
    leg = ConnectedParty(office_party)
    leg.calls(message("<sip:201@pbx>"))
    party = leg.changed(message("<sip:202@pbx>"))
    assert party is not None
    assert party.number == "202"


def test_a_number_in_another_form_is_the_same_party() -> None:
    leg = ConnectedParty(far_party, "01632960123")
    assert leg.changed(message("<sip:01632960123@trunk>", "<sip:+441632960123@trunk>")) is None


def test_extensions_that_end_alike_are_different_parties() -> None:
    leg = ConnectedParty(office_party, "1201")
    assert leg.changed(message("<sip:201@pbx>")) is not None


def test_a_withheld_party_is_no_news() -> None:
    leg = ConnectedParty(far_party, "01632960123")
    assert leg.changed(message('"Anonymous" <sip:anonymous@anonymous.invalid>')) is None
