"""The settings that the opener goes by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from firmware.core.sign_in_attempts import LockOutRules
from firmware.services.opener_sessions import SessionRules

if TYPE_CHECKING:
    from firmware.config.settings_model import Settings


@dataclass(frozen=True)
class OpenerNeeds:
    """``second_factor_required``: of everybody to whom the office key is sealed."""

    office: str
    timezone: str
    sessions: SessionRules
    lock_out: LockOutRules
    second_factor_required: bool
    closed_cases_years: int
    evidence_details_years: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        sign_in, records = settings.sign_in, settings.records
        return cls(
            office=settings.office.name,
            timezone=settings.office.timezone,
            sessions=SessionRules(sign_in.idle_minutes * 60_000, sign_in.longest_hours * 3_600_000),
            lock_out=LockOutRules(sign_in.failures_allowed, sign_in.locked_minutes * 60_000),
            second_factor_required=sign_in.second_factor == "required",
            closed_cases_years=records.closed_cases_years,
            evidence_details_years=records.evidence_details_years,
        )
