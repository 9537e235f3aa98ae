"""What decides about the calls of a line that only listens."""

from __future__ import annotations

from firmware.cli.lines.composition import pause_rules
from firmware.cli.lines.policy import recording_policy
from firmware.config.line_section import TappedLine
from firmware.config.settings_model import Settings
from firmware.core.line import Line
from firmware.core.notice_plan import LineNotices
from firmware.ports.numbering import Numbering


def tapped_rules(line: TappedLine, settings: Settings, numbering: Numbering) -> Line:
    """The rules of a line, by its capabilities: nothing can be announced on it."""
    return Line(
        name=line.name,
        policy=recording_policy(line, settings, numbering),
        notices=LineNotices(),
        outside_prefix=line.outside_prefix,
        number_form=numbering.normalise,
        extensions=frozenset(extension.number for extension in settings.extensions),
        codes=settings.codes.feature_codes(),
        pause=pause_rules(settings.pause, settings.retention_classes.regulated),
        capabilities=line.capabilities,
        notice_given_by=line.notice_given_by,
    )
