"""A recording that a listener has opened."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from firmware.core.call_record import CallRecord
from tests.integration.sealed_call import seal_call
from tests.integration.web_office import WebOffice, new_record, open_recording
from tests.integration.web_recordings.heard_calls import NOON


@pytest.fixture
def heard(office: WebOffice) -> tuple[FlaskClient, CallRecord]:
    """A listener who has opened a recording of twelve seconds."""
    record = seal_call(office.home, new_record(NOON))
    browser = office.signed_in()
    assert open_recording(browser, record.recording_id).status_code == 303
    return browser, record
