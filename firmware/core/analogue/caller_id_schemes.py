"""How a modem is told to report who calls, by the way in which the network sends it.

Commands of ITU-T V.253 (+VCID) and V.250 (+GCI, country of installation by the code of ITU-T T.35: B4 is the United
Kingdom, B5 the United States). The country decides whether the modem listens for V.23 data before the first ring (ETSI
EN 300 659-1, BT SIN 242) or for Bell 202 data after it (Telcordia GR-30). Where the number comes as touch-tones, the
country's own code belongs into the line's ``setup``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

CallerIdScheme = Literal["v23-uk", "bellcore", "dtmf"]

SETUP: Mapping[CallerIdScheme, tuple[str, ...]] = {
    "v23-uk": ("ATZ", "AT+GCI=B4", "AT+VCID=1"),
    "bellcore": ("ATZ", "AT+GCI=B5", "AT+VCID=1"),
    "dtmf": ("ATZ", "AT+VCID=1"),
}
