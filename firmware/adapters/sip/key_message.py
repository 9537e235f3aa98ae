"""Telephone keys sent as SIP INFO: ``application/dtmf-relay`` and ``application/dtmf``, which no RFC defines.

The first has lines ``Signal=5`` and ``Duration=160``; the second is the key alone, or the same lines. Some gateways
write the number of the RFC 4733 event in place of the key: 10 for *, 11 for #, 12 to 15 for A to D.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware.adapters.sip.message import SipRequest

_KINDS = frozenset({"application/dtmf-relay", "application/dtmf"})
_KEYS = "0123456789*#ABCD"
_USUAL_MS = 160
_LEAST_MS, _MOST_MS = 40, 6000
# Nobody presses a key for longer than this many digits of milliseconds say.
_MOST_DIGITS = 9


@dataclass(frozen=True)
class KeyMessage:
    """One key as INFO told it. ``key`` is empty where the body makes no sense."""

    key: str
    duration_ms: int = _USUAL_MS

    def __repr__(self) -> str:
        return "KeyMessage()"


def key_message(request: SipRequest) -> KeyMessage | None:
    """The key that an INFO tells of; None where it is about something else."""
    kind = request.first("content-type").partition(";")[0].strip().lower()
    if request.method != "INFO" or kind not in _KINDS:
        return None
    fields = _fields(request.body)
    key = _key(fields["signal"] if "signal" in fields else request.body.strip())
    duration = fields.get("duration", "")
    if not (duration.isascii() and duration.isdigit() and len(duration) <= _MOST_DIGITS):
        return KeyMessage(key)
    return KeyMessage(key, min(max(int(duration), _LEAST_MS), _MOST_MS))


def _fields(body: str) -> dict[str, str]:
    """The lines ``name=value``. Once through, whatever is in them: every call waits for as long as this takes."""
    pairs = (line.partition("=") for line in body.splitlines())
    return {name.strip().lower(): value.strip() for name, equals, value in pairs if equals and value.strip()}


def _key(text: str) -> str:
    if text.isascii() and text.isdigit() and len(text) == 2 and int(text) < len(_KEYS):
        return _KEYS[int(text)]
    return text.upper() if len(text) == 1 and text.upper() in _KEYS else ""
