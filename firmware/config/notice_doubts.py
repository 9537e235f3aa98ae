"""Lines on which calls are recorded and nobody can be told so, unless somebody else does."""

from __future__ import annotations

from collections.abc import Iterator

from firmware.config.line_section import TappedLine
from firmware.config.policy_settings import RuleSettings
from firmware.config.settings_model import Settings

_ASKED = (
    "Have the telephone system or staff say it, and name who does under notice_given_by. Under UK law all reasonable"
    " efforts must be made to tell people (SI 2018/356)."
)


def _untold(settings: Settings) -> Iterator[TappedLine]:
    """The lines that only listen, record calls of which a notice is wanted, and name nobody who gives it."""
    tapped = [line for line in settings.lines if isinstance(line, TappedLine)]
    for line in tapped:
        if not line.capabilities.announces and not line.notice_given_by and _wants_notice(line, settings):
            yield line


def _wants_notice(line: TappedLine, settings: Settings) -> bool:
    """Whether any call of the line may be recorded that people are to be told of."""
    extensions = settings.extensions if line.capabilities.knows_extension else ()
    by_extension = any(each.mode != "never" and each.notice for each in extensions)
    return line.mode != "never" or by_extension or any(_may_record(rule, line) for rule in settings.rules)


def notice_doubts(settings: Settings) -> Iterator[tuple[str, str]]:
    """What to tell people of such lines: each one's name, and in words what is the matter and what to do."""
    for line in _untold(settings):
        yield line.name, f"Line {line.name!r} only listens: it can tell nobody that calls are recorded. {_ASKED}"


def _may_record(rule: RuleSettings, line: TappedLine) -> bool:
    return rule.mode != "never" and rule.notice and (not rule.lines or line.name in rule.lines)
