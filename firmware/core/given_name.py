"""What the office names its lines, rules, prompts and classes with."""

from __future__ import annotations

GIVEN_NAME = r"^[a-z0-9][a-z0-9_-]{0,31}$"
