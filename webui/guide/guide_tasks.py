"""One task for a director of a new office: to go on with setting up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flask import url_for

from firmware.core.access_policy import Action
from webui.access.opener import Visitor
from webui.guide.guide_desk import GuideDesk
from webui.tasks.task import Task
from webui.tasks.to_do import Source
from webui.translation import gettext as _


def guide_source(desk: GuideDesk) -> Source:
    """Nothing once the guide is finished or put aside."""

    def tell(who: Visitor, today: date) -> Iterator[Task]:
        if desk.book(who).leads:
            yield Task(
                _("Set-up"),
                _("Go on with the set-up guide"),
                _("It finds out by itself what is left."),
                _("Go on"),
                url_for("guide.page"),
            )

    return Source(_("the set-up guide"), Action.CONFIRM_DUTIES, tell)
