"""How much of a recording a redaction may take, and of which recordings: more of it only by who may do more. Pure.

A redaction silences for good what a pause should have left out. It is no way to do away with a recording: so it takes a
few minutes and at most half of the call, however often it is done, and none from a call that is held or restricted,
unless a director has it so.
"""

from __future__ import annotations

from collections.abc import Iterable

from firmware.core.access_policy import Action, Role, may
from firmware.core.typed_spans import SpanMs, joined

MOST_SILENCED_MS = 600_000
#: Of the recording's length.
MOST_SILENCED_SHARE = 0.5


def why_not_redact(
    role: Role, spans: Iterable[SpanMs], duration_ms: int, *, held: bool, restricted: bool, before_ms: int = 0
) -> str:
    """Why this role may not silence these spans of a recording of that length; empty when it may. Ends with who can.

    Args:
        before_ms: how much was silenced by redactions before.
    """
    if restricted and not may(role, Action.OPEN_RESTRICTED):
        return f"Processing of this call is restricted: it is only kept. {_who(Action.OPEN_RESTRICTED)}"
    if held and not may(role, Action.REDACT_HELD):
        return f"It is under a legal hold. {_who(Action.REDACT_HELD)}"
    silenced = before_ms + silenced_ms(spans)
    before = ", with what was silenced before" if before_ms else ""
    if may(role, Action.REDACT_MUCH):
        return ""
    if silenced > MOST_SILENCED_MS:
        return f"That is more than {MOST_SILENCED_MS // 60_000} minutes{before}. {_who(Action.REDACT_MUCH)}"
    if silenced > duration_ms * MOST_SILENCED_SHARE:
        return f"That is more than half of the recording{before}. {_who(Action.REDACT_MUCH)}"
    return ""


def silenced_ms(spans: Iterable[SpanMs]) -> int:
    """How much that is; what lies in two of them counts once."""
    return sum(end - start for start, end in joined(spans))


def _who(action: Action) -> str:
    names = [role.shown for role in Role if may(role, action) and may(role, Action.REDACT)]
    return f"Ask somebody of the role {' or '.join(names)} to do it."
