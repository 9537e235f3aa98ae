"""Taking a call away as a sound file."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from firmware.core.call_record import CallRecord
from tests.integration.sealed_call import RATE_HZ, conversation, seal_call
from tests.integration.web_office import NUMBER, WebOffice, new_record, open_recording
from tests.integration.web_recordings.heard_calls import NOON, WITHHELD, decoded, download, likeness


@pytest.mark.parametrize("form", ["wav", "mp3", "opus"])
def test_a_download_is_the_whole_call_in_the_form_asked_for(
    office: WebOffice, heard: tuple[FlaskClient, CallRecord], form: str
) -> None:
    answer = download(heard, form)
    assert answer.status_code == 200
    name = f"20260701120000-{NUMBER}-201.{form}"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    left, right = decoded(answer.data)
    assert left.shape[0] / RATE_HZ == pytest.approx(12.0, abs=0.15)
    far, office_side = conversation(12.0)
    if form != "mp3":  # an MP3 begins with the encoder's delay
        assert likeness(left, far) > 0.88
        assert likeness(right, office_side) > 0.88
    [entry] = [entry for entry in office.recorder.evidence if entry["kind"] == "downloaded"]
    assert entry["detail"]["purpose"] == "complaint 4711"


def test_a_wav_is_exactly_as_long_as_its_head_says(heard: tuple[FlaskClient, CallRecord]) -> None:
    wav = download(heard, "wav").data
    assert int.from_bytes(wav[4:8], "little") == len(wav) - 8
    assert int.from_bytes(wav[40:44], "little") == len(wav) - 44 == 12 * RATE_HZ * 4


def test_a_withheld_caller_s_download_is_named_so(office: WebOffice) -> None:
    record = seal_call(office.home, new_record(NOON, far=WITHHELD), seconds=2)
    browser = office.signed_in()
    open_recording(browser, record.recording_id)
    answer = download((browser, record), "opus")
    assert "20260701120000-withheld-201.opus" in answer.headers["Content-Disposition"]


def test_a_form_that_does_not_exist_is_refused(heard: tuple[FlaskClient, CallRecord]) -> None:
    assert download(heard, "exe").status_code == 400
