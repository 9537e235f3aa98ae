"""How tests of the page find, hear and take away calls."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import av
import numpy as np
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from firmware.core.call_record import CallRecord, Party
from tests.integration.sealed_call import RATE_HZ
from tests.integration.web_office import form_token

NOON = datetime(2026, 7, 1, 11, 0, tzinfo=UTC)  # 12:00 in London
WITHHELD = Party(presentation="withheld")


def listed(page: TestResponse) -> list[str]:
    return re.findall(r'data-recording="([0-9a-f]+)"', page.text)


def audio_of(heard: tuple[FlaskClient, CallRecord], **headers: str) -> TestResponse:
    browser, record = heard
    return browser.get(f"/calls/{record.recording_id}/audio", headers=headers)


def download(heard: tuple[FlaskClient, CallRecord], form: str) -> TestResponse:
    browser, record = heard
    token = form_token(browser.get(f"/calls/{record.recording_id}"))
    return browser.post(f"/calls/{record.recording_id}/download", data={"csrf_token": token, "format": form})


def decoded(sound: bytes) -> np.ndarray:
    """Two rows of samples at 8 kHz, -1 to 1."""
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE_HZ)
    with av.open(io.BytesIO(sound), "r") as source:
        frames = [part for frame in source.decode(audio=0) for part in resampler.resample(frame)]
    frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray() for frame in frames], axis=1)


def likeness(samples: np.ndarray, sent: bytes) -> float:
    """The greatest correlation within one millisecond either way."""
    said = np.frombuffer(sent, np.int16).astype(float)
    padded = np.pad(samples, (8, 8 + max(0, len(said) - len(samples))))
    return max(float(np.corrcoef(said, padded[lag : lag + len(said)])[0, 1]) for lag in range(17))
