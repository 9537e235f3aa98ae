"""A call that is transferred stays one call with one recording, whoever joins the parties and however."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import quote

import pytest

from tests.functional.calls.lines_alone import CaughtRing, wait_until
from tests.functional.calls.sip_phone import Dialog, Message, SipPhone, offer
from tests.functional.calls.stage import Stage, accept, refuse
from tests.functional.calls.tones import Pcm, has_tone, tone
from tests.functional.instruments.rtp import RtpPhone

pytestmark = pytest.mark.functional


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


def refer_to(stage: Stage, number: str, replaced: Dialog | None = None) -> tuple[str, str]:
    """A Refer-To at the office's exchange; ``replaced`` is a dialog of the phone that asks."""
    if replaced is None:
        return "Refer-To", f"<sip:{number}@127.0.0.1:{stage.office.port}>"
    return "Refer-To", f"<sip:{number}@127.0.0.1:{stage.office.port}?Replaces={quote(marks(replaced), safe='')}>"


def marks(dialog: Dialog) -> str:
    """A dialog as its far end knows it (RFC 3891 section 6.1)."""
    tag = re.compile(r"tag=([^;\s]+)")
    theirs, ours = tag.search(dialog.remote), tag.search(dialog.local)
    assert theirs is not None
    assert ours is not None
    return f"{dialog.call_id};to-tag={theirs[1]};from-tag={ours[1]}"


def asks_to_transfer(dialog: Dialog, refer: tuple[str, str]) -> Message:
    """A phone asks to have the other party sent elsewhere, and is told that it will be tried."""
    dialog.request("REFER", headers=[refer])
    return dialog.expect(202, method="REFER")


def picks_up(where: SipPhone, stack: ExitStack) -> tuple[Dialog, RtpPhone]:
    """The next call there is answered, by a phone of its own."""
    called, phone = where.expect_call(), stack.enter_context(RtpPhone())
    accept(called, phone)
    return called, phone


def progress(dialog: Dialog) -> int:
    """The status of the next NOTIFY about a transfer."""
    notify = dialog.expect_request("NOTIFY")
    dialog.reply(notify, 200)
    assert notify.get("event").startswith("refer")
    assert "message/sipfrag" in notify.get("content-type")
    return int(notify.body.split()[1])


def progress_to_the_end(dialog: Dialog) -> list[int]:
    told = [progress(dialog)]
    while told[-1] < 200:
        told.append(progress(dialog))
    return told


def heard_from_now(phone: RtpPhone, seconds: float) -> Pcm:
    start = len(phone.heard().pcm) if phone.arrivals else 0
    time.sleep(seconds)
    return phone.heard().pcm[start:]


def hear_each_other(one: RtpPhone, other: RtpPhone) -> None:
    time.sleep(0.3)
    one.speak(tone(700, 1))
    other.speak(tone(1100, 1))
    start_one, start_other = len(one.heard().pcm), len(other.heard().pcm) if other.arrivals else 0
    time.sleep(1.3)
    assert has_tone(one.heard().pcm[start_one:], 1100)
    assert has_tone(other.heard().pcm[start_other:], 700)


def the_recording(stage: Stage) -> CaughtRing:
    (ring,) = stage.rings.wait_for(closed=True)
    return ring


def test_a_blind_transfer_inside_the_office_keeps_call_and_recording(plain: Stage, stack: ExitStack) -> None:
    caller, called = plain.connect()
    plain.near.speak(tone(500, 0.6))
    time.sleep(0.8)
    assert asks_to_transfer(called, refer_to(plain, "202")).get("contact")
    second, phone = picks_up(plain.office, stack)
    assert second.invite is not None
    assert second.invite.start.startswith("INVITE sip:202@")
    assert "01632960123" in second.invite.get("from")
    assert progress_to_the_end(called)[-1] == 200
    called.expect_bye()
    hear_each_other(plain.far, phone)
    (call,) = plain.lines.calls()
    assert (call["state"], call["office_party"]) == ("connected", "202")
    caller.hang_up()
    second.expect_bye()
    ring = the_recording(plain)
    office = ring.channel(1)
    assert has_tone(office, 500)
    assert has_tone(office, 1100)
    assert has_tone(ring.channel(0), 700)
    assert [(change.side, change.party.number, change.how) for change in ring.record.parties] == [
        ("office", "202", "blind transfer")
    ]
    assert [leg.side for leg in ring.record.legs].count("office") == 2


def test_a_transferor_that_hangs_up_at_once_leaves_the_caller_with_a_ringing_tone(
    plain: Stage, stack: ExitStack
) -> None:
    caller, called = plain.connect()
    asks_to_transfer(called, refer_to(plain, "202"))
    called.hang_up()
    second = plain.office.expect_call()
    assert second.invite is not None
    second.reply(second.invite, 180)
    assert has_tone(heard_from_now(plain.far, 2.5), 400)
    phone = stack.enter_context(RtpPhone())
    accept(second, phone)
    hear_each_other(plain.far, phone)
    caller.hang_up()
    second.expect_bye()
    assert has_tone(the_recording(plain).channel(1), 1100)


def test_a_transfer_that_fails_gives_the_caller_back(plain: Stage) -> None:
    caller, called = plain.connect()
    asks_to_transfer(called, refer_to(plain, "202"))
    refuse(plain.office.expect_call(), 486)
    assert progress_to_the_end(called)[-1] == 486
    hear_each_other(plain.far, plain.near)
    caller.hang_up()
    called.expect_bye()
    assert the_recording(plain).record.parties == ()


def test_a_blind_transfer_to_an_outside_number_goes_by_the_trunk(plain: Stage, stack: ExitStack) -> None:
    caller, called = plain.connect()
    address = f"<sip:01632960777@127.0.0.1:{plain.lines.ports.box}>"
    asks_to_transfer(called, ("Refer-To", address))
    second, phone = picks_up(plain.trunk, stack)
    assert progress_to_the_end(called)[-1] == 200
    called.expect_bye()
    hear_each_other(plain.far, phone)
    caller.hang_up()
    second.expect_bye()
    assert [change.party.number for change in the_recording(plain).record.parties] == ["01632960777"]


def test_an_attended_transfer_of_two_calls_of_the_box_joins_them(plain: Stage, stack: ExitStack) -> None:
    """The office's phone holds the caller, asks somebody outside, and joins the two."""
    caller, called = plain.connect()
    near = stack.enter_context(RtpPhone())
    asking = plain.office.invite("01632960777", offer(near.port), calling="<sip:201@127.0.0.1>")
    asked, other = picks_up(plain.trunk, stack)
    asking.answered()
    wait_until(lambda: [call["state"] for call in plain.lines.calls()] == ["connected"] * 2, 15, "both calls")
    asks_to_transfer(called, refer_to(plain, "01632960777", asking))
    assert progress_to_the_end(called)[-1] == 200
    called.expect_bye()
    asking.expect_bye()
    hear_each_other(plain.far, other)
    (call,) = plain.lines.calls()
    assert (call["far_party"], call["office_party"]) == ("01632960123", "01632960777")
    # What the one that was asked does is this call's from now on.
    asked.request("INVITE", offer(other.port, version=2, direction="sendonly"))
    asked.answered()
    plain.lines.wait_for_state("held")
    caller.hang_up()
    asked.expect_bye()
    first = next(ring for ring in plain.rings.wait_for(2, closed=True) if ring.record.direction == "inbound")
    assert has_tone(first.channel(1), 1100)
    assert [(change.party.number, change.how) for change in first.record.parties] == [
        ("01632960777", "attended transfer")
    ]


def test_an_attended_transfer_inside_the_office_takes_the_replaces_to_the_exchange(
    plain: Stage, stack: ExitStack
) -> None:
    """The consultation was between two phones of the exchange; the box has only the exchange to ask."""
    caller, called = plain.connect()
    elsewhere = "inner@pbx;to-tag=b1;from-tag=a1"
    address = f"<sip:202@127.0.0.1:{plain.office.port}?Replaces={quote(elsewhere, safe='')}>"
    asks_to_transfer(called, ("Refer-To", address))
    second, phone = picks_up(plain.office, stack)
    assert second.invite is not None
    assert second.invite.get("replaces") == elsewhere
    assert progress_to_the_end(called)[-1] == 200
    called.expect_bye()
    hear_each_other(plain.far, phone)
    caller.hang_up()
    second.expect_bye()
    assert [change.how for change in the_recording(plain).record.parties] == ["attended transfer"]


def test_a_phone_takes_over_by_an_invite_with_replaces(plain: Stage, stack: ExitStack) -> None:
    caller, called = plain.connect()
    phone = stack.enter_context(RtpPhone())
    taking = plain.office.invite(
        "01632960001", offer(phone.port), calling="<sip:203@127.0.0.1>", headers=[("Replaces", marks(called))]
    )
    taking.answered()
    called.expect_bye()
    hear_each_other(plain.far, phone)
    caller.hang_up()
    taking.expect_bye()
    ring = the_recording(plain)
    assert has_tone(ring.channel(1), 1100)
    assert [(change.party.number, change.how) for change in ring.record.parties] == [("203", "taken over")]
    plain.lines.wait_until_quiet()


def test_an_invite_that_replaces_nothing_is_refused(plain: Stage) -> None:
    caller, called = plain.connect()
    for value, status in (("nobody@here;to-tag=x;from-tag=y", 481), ("nobody@here", 400)):
        asking = plain.office.invite("01632960001", offer(plain.near.port), headers=[("Replaces", value)])
        assert asking.failed() == status
    early = plain.office.invite(
        "01632960001", offer(plain.near.port), headers=[("Replaces", f"{marks(called)};early-only")]
    )
    assert early.failed() == 486
    caller.hang_up()
    called.expect_bye()


def test_nobody_outside_takes_the_place_of_the_office(plain: Stage) -> None:
    caller, called = plain.connect()
    taking = plain.trunk.invite("01632960001", offer(plain.far.port), headers=[("Replaces", marks(called))])
    assert taking.failed() == 481
    hear_each_other(plain.far, plain.near)
    caller.hang_up()
    called.expect_bye()


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_a_request_that_names_another_party_is_in_the_record(plain: Stage, method: str) -> None:
    """RFC 4916: the exchange has transferred the call by itself, and tells who is there now."""
    caller, called = plain.connect()
    named = [("P-Asserted-Identity", '"Sales" <sip:204@127.0.0.1>')]
    called.request(method, offer(plain.near.port, version=2), headers=named)
    if method == "INVITE":
        called.answered()
    else:
        called.expect(200, method="UPDATE")
    wait_until(lambda: plain.lines.calls()[0]["office_party"] == "204", 15, "the other party to be shown")
    caller.hang_up()
    called.expect_bye()
    assert [(change.party.number, change.how) for change in the_recording(plain).record.parties] == [("204", "renamed")]


def test_a_second_phone_at_the_exchange_may_transfer_a_call_it_made(plain: Stage, stack: ExitStack) -> None:
    """Outbound: the office is the caller, and sends the party called to a colleague."""
    caller, called = plain.connect_outbound()
    asks_to_transfer(caller, refer_to(plain, "202"))
    second, phone = picks_up(plain.office, stack)
    assert progress_to_the_end(caller)[-1] == 200
    caller.expect_bye()
    hear_each_other(plain.far, phone)
    called.hang_up()
    second.expect_bye()
    ring = the_recording(plain)
    assert has_tone(ring.channel(1), 1100)
    assert [change.party.number for change in ring.record.parties] == ["202"]
