"""Whatever becomes of a call - hold, consultation, transfer - it is one row and one recording, with all who took part.

Every sound has marks of its own, so that who is in the sealed recording, and who is not, is measured block by block.
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.functional.calls.sip_phone import Dialog, offer
from tests.functional.calls.stage import accept
from tests.functional.conftest import Note
from tests.functional.instruments.marks import Laid, marked
from tests.functional.instruments.rtp import RtpPhone
from tests.functional.office.driven_call import STAFF, DrivenCall, Telephones, telephones
from tests.functional.office.office import Office, Stereo
from tests.functional.office.processes import wait_until

pytestmark = pytest.mark.functional

_TALK_S = 1.5


def say(phone: RtpPhone, seed: int) -> tuple[float, float]:
    """Talk with marks of that seed; from when to when (monotonic)."""
    starts = time.monotonic()
    phone.speak(marked(_TALK_S, seed))
    time.sleep(_TALK_S + 0.2)
    return starts + 0.1, starts + _TALK_S - 0.1


def share_kept(phone: RtpPhone, span: tuple[float, float], recording: Stereo, channel: int) -> float:
    """Of the blocks that a phone sent in that time, how many are in a channel of the recording, wherever they lie."""
    chosen = [one for one in phone.sent_packets() if span[0] <= one.at < span[1]]
    kept = [block.kept for block in Laid.over(chosen, recording[:, channel]).blocks()]
    return sum(kept) / len(kept)


def the_record(office: Office) -> tuple[dict[str, Any], Stereo]:
    office.wait_until_quiet()
    (row,) = office.recordings()
    return office.record_of(row["id"]), office.opened(row["id"])


def refer(dialog: Dialog, target: str) -> None:
    dialog.request("REFER", headers=[("Refer-To", target)])
    dialog.expect(202, method="REFER")
    status = 100
    while status < 200:
        notify = dialog.expect_request("NOTIFY")
        dialog.reply(notify, 200)
        status = int(notify.body.split()[1])
    assert status == 200
    dialog.expect_bye()


def replaces(dialog: Dialog) -> str:
    """A dialog as its far end knows it (RFC 3891 section 6.1), for a Refer-To."""
    tags = [re.findall(r"tag=([^;\s]+)", side)[0] for side in (dialog.remote, dialog.local)]
    return quote(f"{dialog.call_id};to-tag={tags[0]};from-tag={tags[1]}", safe="")


def test_hold_music_is_not_the_offices_voice_and_a_blind_transfer_keeps_one_recording(folder: Path, note: Note) -> None:
    with Office.found(folder / "home", "", mode="pausable") as office:
        office.start()
        with telephones(office) as phones:
            call = phones.call_in()
            first = say(call.near, 1)
            call.staff_hold(True)
            call.until(state="held")
            music, waiting = say(call.near, 2), say(call.far, 3)
            call.staff_hold(False)
            call.until(state="connected")
            back = say(call.near, 4)
            colleague, talked = _blind_transfer(phones, call)
        document, recording = the_record(office)
    shares = {
        "the office, before hold": share_kept(call.near, first, recording, 1),
        "the office, after hold": share_kept(call.near, back, recording, 1),
        "the far party, waiting": share_kept(call.far, waiting, recording, 0),
        "the colleague": share_kept(colleague, talked, recording, 1),
        "hold music, as the office": share_kept(call.near, music, recording, 1),
        "hold music, as the far party": share_kept(call.near, music, recording, 0),
    }
    for name, share in shares.items():
        note(f"kept of {name}", f"{share:.2f}")
        assert share == 0 if "music" in name else share > 0.9
    assert [hold["side"] for hold in document["holds"]] == ["office"]
    assert [(one["party"], one["how"]) for one in document["parties"]] == [("202", "blind transfer")]
    assert len([leg for leg in document["legs"] if leg["side"] == "office"]) == 2


def _blind_transfer(phones: Telephones, call: DrivenCall) -> tuple[RtpPhone, tuple[float, float]]:
    colleague = phones.phone()
    call.near_dialog.request("REFER", headers=[("Refer-To", f"<sip:202@127.0.0.1:{phones.office.ports.office}>")])
    call.near_dialog.expect(202, method="REFER")
    joining = phones.staff.expect_call()
    accept(joining, colleague)
    call.near_dialog.expect_bye()
    call.until(office_party="202")
    colleague.wait_for_media(15)
    talked = say(colleague, 5)
    call.far_dialog.hang_up()
    joining.expect_bye()
    return colleague, talked


def test_an_attended_transfer_keeps_the_callers_recording_with_everybody_who_joined(folder: Path, note: Note) -> None:
    with Office.found(folder / "home", "", mode="pausable") as office:
        office.start()
        with telephones(office) as phones:
            call = phones.call_in()
            first = say(call.near, 1)
            call.staff_hold(True)
            expert, asking_phone = phones.phone(), phones.phone()
            asking = phones.staff.invite("01632960777", offer(asking_phone.port), calling=STAFF)
            asked = phones.trunk.expect_call()
            accept(asked, expert)
            asking.answered()
            wait_until(lambda: sum(one["state"] == "connected" for one in office.calls()) == 1, 15, "the consultation")
            expert.wait_for_media(15)
            consulted = say(expert, 2)
            refer(call.near_dialog, f"<sip:01632960777@127.0.0.1:{office.ports.office}?Replaces={replaces(asking)}>")
            asking.expect_bye()
            call.until(office_party="01632960777")
            joined = say(expert, 3)
            call.far_dialog.hang_up()
            asked.expect_bye()
        office.wait_until_quiet()
        rows = {row["direction"]: row["id"] for row in office.recordings()}
        assert set(rows) == {"inbound", "outbound"}, "the consultation was a call of its own"
        document = office.record_of(rows["inbound"])
        recording = office.opened(rows["inbound"])
    shares = {
        "the office, first": share_kept(call.near, first, recording, 1),
        "the expert, joined": share_kept(expert, joined, recording, 1),
        "the consultation, in the caller's recording": share_kept(expert, consulted, recording, 1),
    }
    for name, share in shares.items():
        note(f"kept of {name}", f"{share:.2f}")
        assert share == 0 if "consultation" in name else share > 0.9
    assert [(one["party"], one["how"]) for one in document["parties"]] == [("01632960777", "attended transfer")]
