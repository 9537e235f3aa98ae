"""What ``earmark doctor`` finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "attention", "wrong"]


@dataclass(frozen=True)
class Finding:
    """``what`` was found ``where``; ``remedy`` is empty when all is well."""

    check: str
    verdict: Verdict
    where: str
    what: str
    remedy: str = ""
