"""Metadata of recording clients: every dialect, whatever is damaged in it, and nothing that XML can be made to do."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.adapters.siprec.kept_metadata import LEFT_OUT, MOST_BYTES, WITHHELD_TOO, KeptMetadata
from firmware.adapters.siprec.metadata_xml import LONGEST_DOCUMENT, BadMetadata, read_metadata
from firmware.core.call_record import Side
from firmware.core.recording_metadata import is_another_call, is_same_call, joined, numbered_label
from firmware.core.tapped_parties import heard_on, tapped_parties
from tests.unit.siprec_dialects import BROADWORKS_MIXED, CISCO, DIALECTS, INTRADO, WEBEX, Dialect

_SAYING = [dialect for dialect in DIALECTS if dialect.metadata]


def is_office(number: str) -> bool:
    return number.startswith("2") and len(number) == 3


@pytest.mark.parametrize("dialect", [dialect for dialect in _SAYING if dialect.office_number], ids=str)
def test_each_dialect_says_who_calls_whom_and_whose_stream_is_whose(dialect: Dialect) -> None:
    metadata = read_metadata(dialect.metadata.encode())
    parties = tapped_parties(metadata, is_office, "inbound")
    assert parties.direction == dialect.direction
    assert parties.party("far_party").number == dialect.far_number
    assert parties.party("office").number == dialect.office_number
    heard: list[set[Side]] = [{"far_party"}, {"office"}] if len(dialect.labels) == 2 else [{"far_party", "office"}]
    assert heard_on(dialect.labels, metadata, parties) == dict(zip(dialect.labels, heard, strict=True))


def test_one_stream_carries_both_where_the_client_names_the_caller_alone() -> None:
    parties = tapped_parties(read_metadata(INTRADO.metadata.encode()), is_office, "outbound")
    assert heard_on(("1",), read_metadata(INTRADO.metadata.encode()), parties) == {"1": {"far_party", "office"}}


def test_a_user_who_is_named_by_an_id_has_the_number_that_was_called() -> None:
    """A rule for an extension counts for it. One who is named by a number keeps it, whatever was dialled."""
    named = read_metadata(WEBEX.metadata.replace("kq7vw2xhd@44.example.net", "203@44.example.net").encode())
    assert named.participants[0].aor == "sip:203@44.example.net"
    unknown = read_metadata(WEBEX.metadata.replace("<userID>kq7vw2xhd", "<userID>somebody").encode())
    assert unknown.participants[0].aor == "sip:kq7vw2xhd@44.example.net"


@pytest.mark.parametrize("dialect", [WEBEX, BROADWORKS_MIXED], ids=str)
def test_a_recorded_user_who_is_named_first_is_not_taken_to_call(dialect: Dialect) -> None:
    """Not even where the box knows none of the office's numbers."""
    parties = tapped_parties(read_metadata(dialect.metadata.encode()), lambda number: False, "outbound")
    assert parties.direction == "inbound"
    assert parties.party("far_party").number == "+441632960123"


@pytest.mark.parametrize("dialect", _SAYING, ids=str)
def test_no_damage_to_a_document_does_harm(dialect: Dialect) -> None:
    """Thousands of damaged documents in all: cut, doubled, with bytes changed, parts swapped."""
    dice = random.Random(dialect.name)
    whole = dialect.metadata.encode()
    began = time.monotonic()
    for _ in range(600):
        try:
            metadata = read_metadata(_damaged(whole, dice))
        except BadMetadata:
            continue
        parties = tapped_parties(metadata, is_office, "inbound")
        heard_on(dialect.labels, metadata, parties)
        joined([metadata, metadata])
        is_same_call(metadata, metadata)
    assert time.monotonic() - began < 20


def _damaged(document: bytes, dice: random.Random) -> bytes:
    made = bytearray(document)
    for _ in range(dice.randint(1, 4)):
        start, end = sorted((dice.randrange(len(made) + 1), dice.randrange(len(made) + 1)))
        match dice.randrange(6):
            case 0:
                del made[start : min(end, start + 60)]
            case 1:
                made[start:start] = made[start : min(end, start + 200)]
            case 2 if made:
                made[dice.randrange(len(made))] = dice.randrange(256)
            case 3:
                made[start:start] = dice.choice(
                    [b"&", b"<", b"]]>", b"<![CDATA[", b"&#x0;", b"\xff\xfe", b"<!--", b"&lol;"]
                )
            case 4:
                del made[max(start, 1) :]
            case _:
                part = bytes(made[start : min(end, start + 300)])
                made = bytearray(made.replace(part, part[::-1], 1)) if part else made
    return bytes(made)


@given(st.binary(max_size=2000) | st.text(max_size=2000).map(str.encode))
@settings(max_examples=300, deadline=None)
def test_what_is_no_metadata_is_refused_and_nothing_else_happens(document: bytes) -> None:
    with pytest.raises(BadMetadata):
        read_metadata(document)


_BOMBS = {
    "billion laughs": '<!DOCTYPE r [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><recording>&i;</recording>",
    "quadratic blow-up": f'<!DOCTYPE r [<!ENTITY a "{"x" * 20_000}">]><recording>{"&a;" * 5000}</recording>',
    "a file": '<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]><recording>&f;</recording>',
    "a server": '<!DOCTYPE r SYSTEM "http://192.0.2.1/evil.dtd"><recording/>',
    "a parameter": '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://192.0.2.1/x"> %p;]><recording/>',
    "very long": f"<recording>{'<participant/>' * 20_000}</recording>",
    "very deep": "<recording>" + "<a>" * 15_000 + "</a>" * 15_000 + "</recording>",
}


@pytest.mark.parametrize("bomb", _BOMBS)
def test_nothing_is_expanded_fetched_or_followed(bomb: str) -> None:
    began = time.monotonic()
    with pytest.raises(BadMetadata):
        read_metadata(_BOMBS[bomb].encode())
    assert time.monotonic() - began < 1


def test_a_document_may_be_as_long_as_a_message_and_no_longer() -> None:
    filled = CISCO.metadata.replace("</recording>", f"<x>{'x' * 40_000}</x></recording>")
    assert len(read_metadata(filled.encode()).participants) == 2
    with pytest.raises(BadMetadata, match="too long"):
        read_metadata(filled.encode() + b" " * LONGEST_DOCUMENT)


def test_a_partial_update_changes_only_what_it_names_and_a_complete_one_everything() -> None:
    known = read_metadata(CISCO.metadata.encode())
    leaves = """<recording xmlns="urn:ietf:params:xml:ns:recording:1"><datamode>partial</datamode>
      <participant participant_id="new"><nameID aor="sip:202@192.0.2.20"/></participant>
      <participantsessionassoc participant_id="b2ZmaWNlIHBhcnR5" session_id="6a5f0c7e-2f4b-4a0e-9d3c-5d1b7e8f9a01">
        <disassociate-time>2026-01-05T09:01:00Z</disassociate-time></participantsessionassoc>
      <participantstreamassoc participant_id="new"><send>c3RyZWFtIHR3bw==</send></participantstreamassoc></recording>"""
    before = tapped_parties(known, is_office, "inbound")
    after = known.updated(read_metadata(leaves.encode()))
    parties = tapped_parties(after, is_office, "inbound", before)
    assert [parties.party(side).number for side in ("far_party", "office")] == ["+441632960123", "202"]
    assert heard_on(("1", "2"), after, parties) == {"1": {"far_party"}, "2": {"office"}}
    alone = read_metadata(CISCO.metadata.replace("201@", "203@").replace("b2ZmaWNlIHBhcnR5", "third").encode())
    parties = tapped_parties(after.updated(alone), is_office, "inbound", parties)
    assert parties.party("office").number == "203"


def test_ids_made_anew_with_every_update_change_no_sides() -> None:
    known = read_metadata(CISCO.metadata.encode())
    before = tapped_parties(known, lambda number: False, "outbound")
    renamed = CISCO.metadata.replace("aGFyIHBhcnR5IG9uZQ==", "x1").replace("b2ZmaWNlIHBhcnR5", "x2")
    after = tapped_parties(known.updated(read_metadata(renamed.encode())), lambda number: False, "outbound", before)
    assert after.party("far_party") == before.party("far_party")
    assert after.party("office") == before.party("office")


def test_sessions_of_one_call_are_known_by_its_ids_and_by_who_takes_part() -> None:
    one = read_metadata(CISCO.metadata.encode())
    seen_from_there = CISCO.metadata.replace(
        "db248b6cbdc547bbc6c6fdfb6916eeb1;remote=9a3c2b1d4e5f60718293a4b5c6d7e8f9",
        "9a3c2b1d4e5f60718293a4b5c6d7e8f9;remote=db248b6cbdc547bbc6c6fdfb6916eeb1",
    ).replace("6a5f0c7e-2f4b-4a0e-9d3c-5d1b7e8f9a01", "another-id-of-the-session")
    other = read_metadata(seen_from_there.encode())
    assert is_same_call(one, other)
    assert not is_another_call(one, other)
    strangers = read_metadata(CISCO.metadata.replace("+441632960123", "+441632960777").replace("201@", "209@").encode())
    assert not is_same_call(one, strangers)
    nobody_known = read_metadata(
        CISCO.metadata.replace("db248b6c", "00000000").replace("9a3c2b1d", "11111111").encode()
    )
    assert is_same_call(one, nobody_known)
    both = joined([one, other])
    assert len(both.participants) == 2
    assert both.speakers(numbered_label(1, "1")) == both.speakers(numbered_label(0, "1"))


@pytest.mark.parametrize("number", ["anonymous@anonymous.invalid", "restricted@192.0.2.1"])
def test_a_withheld_caller_is_withheld(number: str) -> None:
    metadata = read_metadata(CISCO.metadata.replace("+441632960123@192.0.2.10", number).encode())
    party = tapped_parties(metadata, is_office, "inbound").party("far_party")
    assert (party.presentation, party.number, party.display_name) == ("withheld", None, None)


@given(
    st.lists(st.text(st.characters(exclude_characters="<>", exclude_categories=("C", "Z")), min_size=1), max_size=60)
)
@settings(max_examples=60, deadline=None)
def test_what_is_kept_of_the_clients_words_is_bounded_and_begins_with_the_first(documents: list[str]) -> None:
    kept = KeptMetadata()
    long = [document * 400 for document in documents]
    for document in long:
        kept.add([document])
    texts = kept.texts(withheld=False)
    assert sum(len(text.encode(errors="replace")) for text in texts) < MOST_BYTES * 1.5
    if long:
        assert long[0].startswith(texts[0].removesuffix(LEFT_OUT))
        assert long[-1] in texts or LEFT_OUT in "".join(texts) or long[-1] in long[:-1]
        assert kept.texts(withheld=True) == (WITHHELD_TOO,)
