"""How a call's record says that staff told the caller: by the reminder they had played, or in words of their own."""

from __future__ import annotations

#: The prompt, and the tag while it was not played in vain.
REMINDER = "reminder"
REMINDER_GIVEN = "reminder given"
#: What staff hear when they are taken at their word, and its tag.
TOLD_PROMPT = "told"
TOLD = "told caller"
