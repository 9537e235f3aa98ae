"""A call taken away as a signed vCon, from the page and on the box, and checked by somebody else's library."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from joserfc.errors import BadSignatureError

from firmware.adapters.control.client import ControlClient
from firmware.core.errors import NotAllowed
from tests.integration.programs import DIRECTOR, with_director
from tests.integration.sealed_call import seal_call
from tests.integration.signed_vcon import read_signed_vcon
from tests.integration.web_office import (
    ADMINISTRATOR,
    LISTENER,
    NUMBER,
    WebOffice,
    form_token,
    new_record,
    open_recording,
)


def take(office: WebOffice, call: str, who: str = LISTENER, opened: bool = True) -> tuple[int, bytes]:
    browser = office.signed_in(who)
    if opened:
        assert open_recording(browser, call).status_code == 303
    token = form_token(browser.get("/help"))
    answer = browser.post(f"/calls/{call}/vcon", data={"csrf_token": token})
    return answer.status_code, answer.data


def test_a_call_is_taken_away_with_its_sound_signed_and_on_record(office: WebOffice) -> None:
    call = seal_call(office.home, new_record(datetime(2026, 3, 2, 9, tzinfo=UTC)), 4.0).recording_id
    status, content = take(office, call)
    assert status == 200
    vcon = read_signed_vcon(content)
    assert vcon.document["vcon"] == "0.4.0"
    assert vcon.sound.startswith(b"OggS")
    (dialog,) = vcon.document["dialog"]
    assert (dialog["mediatype"], dialog["parties"]) == ("audio/ogg", [0, 1])
    assert dialog["filename"].startswith("20260302090000-")
    assert vcon.document["parties"][0]["tel"].startswith("tel:")
    assert NUMBER in vcon.document["parties"][0]["tel"]
    kinds = office.recorder.kinds()
    assert kinds.index("downloaded") < kinds.index("signing-key-made") < kinds.index("vcon-signed")
    entry = office.recorder.evidence[kinds.index("vcon-signed")]
    form = json.loads(content)
    signed = f"{form['signatures'][0]['protected']}.{form['payload']}".encode()
    assert entry["subject"]["sha256"] == hashlib.sha256(signed).hexdigest()
    assert entry["subject"]["certificate"] == vcon.fingerprint
    assert "20260302" not in json.dumps(entry["subject"])
    _, again = take(office, call)
    assert read_signed_vcon(again).fingerprint == vcon.fingerprint
    assert office.recorder.kinds().count("signing-key-made") == 1


def test_one_letter_changed_is_seen(office: WebOffice) -> None:
    call = seal_call(office.home, new_record(), 1.0).recording_id
    form = json.loads(take(office, call)[1])
    at = len(form["payload"]) // 2
    other = "A" if form["payload"][at] != "A" else "B"
    form["payload"] = form["payload"][:at] + other + form["payload"][at + 1 :]
    with pytest.raises(BadSignatureError):
        read_signed_vcon(json.dumps(form).encode())


def test_nothing_is_signed_that_was_not_opened_for_it_in_the_same_sign_in(office: WebOffice) -> None:
    call, other = (seal_call(office.home, new_record(), 1.0).recording_id for _ in range(2))
    client = ControlClient(office.home.opener_socket, 30)
    who = {"user": LISTENER, "password": office.pass_phrases[LISTENER]}
    token, another = (str(client.post("/sign-in", who)["token"]) for _ in range(2))
    digest = {"digest": b64encode(bytes(32)).decode(), "vcon": "01234567-89ab-8cde-8f01-23456789abcd"}

    def sign(recording_id: str, by: str) -> None:
        client.post(f"/recordings/{recording_id}/sign", digest, token=by)

    wish = {"token": token, "recording_id": call, "purpose": "complaint 7"}
    client.post("/open", {**wish, "use": "listen"})
    for recording_id, by in ((call, token), (other, token), (call, another)):
        with pytest.raises(NotAllowed, match="opened to be taken away"):
            sign(recording_id, by)
        client.post("/open", {**wish, "use": "download"})
    sign(call, token)
    sign(call, token)
    sign(call, token)
    with pytest.raises(NotAllowed):
        sign(call, token)
    assert office.recorder.kinds().count("vcon-signed") == 3


def test_nobody_takes_one_away_who_may_not_or_gave_no_purpose(office: WebOffice) -> None:
    with_director(office)
    call = seal_call(office.home, new_record(), 1.0).recording_id
    assert take(office, call, ADMINISTRATOR, opened=False)[0] == 403
    assert take(office, call, DIRECTOR, opened=False)[0] == 403
    assert office.browser().post(f"/calls/{call}/vcon").status_code in (303, 400)
    assert "vcon-signed" not in office.recorder.kinds()
    assert not office.home.export_key.exists()
