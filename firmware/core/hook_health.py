"""What it means for whoever looks after the box that a web hook takes no messages."""

from __future__ import annotations

from collections.abc import Iterator

from firmware.core.health_check import Finding, Fix
from firmware.core.spoken_length import spoken_length

#: A machine that starts anew, or a network that is away for a while, is nobody's trouble.
FAILING_AFTER_S = 1800.0
_FIX = Fix("A director looks at it on the page Programs, where it is tried, or removed.", page="/programs")


def judge_web_hook(name: str, failing_s: float | None, why: str, given_up: int, gone: bool) -> Iterator[Finding]:
    """
    Args:
        failing_s: since it first took no message, and has taken none after; None: it took the last.
        why: of the last try, in words.
        given_up: how many messages it will never have.
        gone: whether it answered that it wants nothing any more.
    """
    lost = f" {given_up} {'message was' if given_up == 1 else 'messages were'} given up." if given_up else ""
    if gone:
        what = f"The web hook “{name}” wants no more news of calls: it answered so (410).{lost}"
    elif failing_s is not None and failing_s >= FAILING_AFTER_S:
        what = (
            f"The web hook “{name}” has taken no news of calls for {spoken_length(failing_s // 60 * 60)}. {why}{lost}"
        )
    else:
        return
    yield Finding("web-hooks", "attention", what, _FIX, name)
