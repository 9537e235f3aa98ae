"""What the next page says of a change."""

from __future__ import annotations

from flask import flash

from webui.settings.settings_desk import Judged
from webui.translation import gettext as _


def say_what_became(done: Judged) -> None:
    if not done.saved:
        flash(_("Nothing was different from what it was."), "note")
    elif done.by_hand:
        flash(_("Saved. Start these again for it to take effect: ") + ", ".join(done.by_hand) + ".", "note warn")
    else:
        flash(_("Saved. It takes effect as soon as that disturbs nobody."), "note")
