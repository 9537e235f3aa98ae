"""All sections with what their pages show, in the order of the first page."""

from __future__ import annotations

from webui.settings.fields import Section
from webui.settings.tables.box import ALERTS, NETWORK, PANEL, RECORDER, SIGN_IN, WEB
from webui.settings.tables.calls import CODES, EXTENSIONS, PAUSE, RULES
from webui.settings.tables.keeping import ARCHIVE, RECORDS, RETENTION, SPACE
from webui.settings.tables.lines import CALL_LOG, LINES
from webui.settings.tables.office import HOURS, OFFICE

#: Groups of the first page.
GROUPS: tuple[tuple[str, tuple[Section, ...]], ...] = (
    ("The office", (OFFICE, HOURS)),
    ("Calls", (LINES, RULES, EXTENSIONS, CODES, PAUSE, CALL_LOG)),
    ("Keeping", (RETENTION, RECORDS, SPACE, ARCHIVE)),
    ("The box", (ALERTS, PANEL, NETWORK, WEB, SIGN_IN, RECORDER)),
)
SECTIONS = {section.name: section for _, sections in GROUPS for section in sections}
