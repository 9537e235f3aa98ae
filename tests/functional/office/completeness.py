"""Whether all that was said is in a recording."""

from __future__ import annotations

import re

from tests.functional.instruments.measure import Sent, aligned, holes
from tests.functional.office.office import Office

# Speech taken for a key by mistake is silent for a tenth of a second or two: that may reach into a second window.
_WINDOWS_A_KEY = 2


def missing_speech(office: Office, recording_id: str, far: Sent, near: Sent) -> list[float]:
    """Quarter seconds of speech, in seconds from the start, that the recording lacks and should have.

    What was taken for a touch-tone is masked; as many windows as that explains are left out.
    """
    recorded, said = office.opened_and_told(recording_id)
    missing = [start for was_sent, channel in aligned(recorded, far, near) for start in holes(was_sent, channel)]
    masked = re.search(r"^(\d+) touch-tones were taken out", said, re.M)
    return missing[_WINDOWS_A_KEY * (int(masked[1]) if masked else 0) :]
