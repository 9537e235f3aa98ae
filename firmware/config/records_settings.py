"""How long what is written down beside recordings is kept: ``[records]``."""

from __future__ import annotations

from pydantic import Field

from firmware.config.section import Section


class RecordsSettings(Section):
    closed_cases_years: int = Field(default=6, ge=1, le=100, description="after closing: the case, its papers and list")
    evidence_details_years: int = Field(
        default=6, ge=1, le=100, description="names and reasons that evidence lines about no recording commit to"
    )
