"""How callers are told that they are recorded, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from firmware.core.compliance.office_facts import LineFacts
from webui.compliance.verdicts import listed
from webui.translation import gettext as _


def how_told(lines: Sequence[LineFacts]) -> Iterator[str]:
    """``lines``: all that record callers. Of those whose callers are not told, nothing is said."""
    told = [line for line in lines if line.callers_told]
    first = [line.name for line in told if line.callers_told_first]
    on_demand = [line.name for line in told if line.speaks and not line.callers_told_first]
    by_others = [_("%(line)s: %(by)s") % {"line": line.name, "by": line.told_by} for line in told if not line.speaks]
    if len(first) == len(lines):
        yield _("Every recorded line plays a notice to callers before they are put through.")
    elif first:
        yield _("These lines play a notice to callers before they are put through: %(lines)s.") % listed(first)
    if on_demand:
        yield _(
            "On these, callers whose recording starts on demand are told when it starts, all others before they are "
            "put through: %(lines)s."
        ) % listed(on_demand)
    if by_others:
        yield _("Told by others: %(lines)s.") % listed(by_others)
