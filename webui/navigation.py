"""Which pages somebody finds at the head of every page: the few they use daily in a row, the others in groups under
"More". What is set up once and left alone is found on the settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from firmware.core.access_policy import Action
from firmware.core.settings_rights import LOOKING
from webui.access.gatekeeper import allowed
from webui.access.opener import Visitor
from webui.translation import gettext as _

#: More than these in a row would not fit a phone's two lines.
MOST_IN_A_ROW = 5
_ROW_BESIDE_MORE = 4
_SETTINGS = "settings.page"
#: What people open a browser for, the most used first. Calls in progress stand above the list of calls, for whoever has
#: one of these.
_DAILY = (
    "recordings.list_calls",
    "own_calls.page",
    "tasks.page",
    "requests.page",
    "cases.page",
    "reports.page",
    "fitting.page",
    "live_calls.page",
    "health.page",
    _SETTINGS,
)


@dataclass(frozen=True)
class Page:
    """One entry of the navigation.

    Attributes:
        group: under which heading it stands among the less used ones; empty: below all of these.
        waiting: how many things there wait for this visitor.
        on_settings: the settings lead to it, for whoever has these.
    """

    name: str
    endpoint: str
    group: str = ""
    waiting: int = 0
    on_settings: bool = False

    @property
    def area(self) -> str:
        """The blueprint: a page and those below it."""
        return self.endpoint.partition(".")[0]


@dataclass(frozen=True)
class Group:
    """Less used pages that belong together. One without a name stands at the end."""

    name: str
    pages: tuple[Page, ...]


@dataclass(frozen=True)
class Navigation:
    """``within``: to which shown page somebody belongs who is on one of that area."""

    row: tuple[Page, ...]
    more: tuple[Group, ...] = ()
    within: tuple[tuple[str, str], ...] = ()

    def area_of(self, blueprint: str | None) -> str:
        """Of the entry that is marked while a page of that blueprint is looked at."""
        return dict(self.within).get(blueprint or "", blueprint or "")

    @property
    def areas_in_more(self) -> frozenset[str]:
        return frozenset(page.area for group in self.more for page in group.pages)


def pages_for(who: Visitor, to_do: int | None = None) -> list[Page]:
    """The pages this visitor may have; the first is where they land when nothing waits for them.

    Args:
        to_do: how many things wait for them; None where nothing ever could.
    """

    def any_of(*actions: Action) -> bool:
        return any(allowed(who, action) for action in actions)

    calls, law, office, box = _("Calls"), _("By the law"), _("The office"), _("The box")
    sees_recordings = any_of(Action.SEE_RECORDINGS)
    wanted = (
        (sees_recordings, Page(_("Calls"), "recordings.list_calls", calls)),
        (not sees_recordings and any_of(Action.SEE_OWN_CALLS), Page(_("My calls"), "own_calls.page", calls)),
        (not sees_recordings and any_of(Action.SEE_HEALTH), Page(_("In progress"), "live_calls.page", calls)),
        (any_of(Action.REQUEST_ACCESS, Action.SEE_REQUESTS), Page(_("Requests"), "requests.page", law)),
        (any_of(Action.WORK_ON_CASES), Page(_("Cases"), "cases.page", law)),
        (any_of(Action.SEE_REPORTS), Page(_("Reports"), "reports.page", calls)),
        (any_of(Action.SEE_CALL_LOG), Page(_("Call log"), "call_log.page", calls)),
        (
            not any_of(Action.SEE_CALL_LOG) and any_of(Action.TEST_LINES),
            Page(_("Call log"), "call_log.try_form", calls),
        ),
        (any_of(Action.SEE_HOLDS, Action.SEE_RETENTION), Page(_("Keeping"), "holds.page", law)),
        (any_of(Action.SEE_COMPLIANCE), Page(_("Compliance"), "compliance.page", law)),
        (any_of(Action.READ_EVIDENCE, Action.READ_AUDIT), Page(_("Evidence"), "audit.page", law)),
        (any_of(Action.SEE_PEOPLE), Page(_("People"), "people.page", office)),
        (any_of(Action.PAIR_DESKS), Page(_("Desks"), "desks.page", office)),
        (any_of(Action.CONNECT_PROGRAMS), Page(_("Programs"), "programs.page", office, on_settings=True)),
        (any_of(Action.TEST_LINES), Page(_("Fit lines"), "fitting.page", box, on_settings=True)),
        (any_of(Action.SEE_HEALTH), Page(_("Health"), "health.page", box)),
        (any_of(*LOOKING), Page(_("Settings"), _SETTINGS, box)),
        (any_of(Action.CHANGE_SETTINGS), Page(_("Certificate"), "certificate.page", box, on_settings=True)),
        (any_of(Action.UPDATE), Page(_("Updates"), "updates.page", box, on_settings=True)),
        (True, Page(_("Help"), "help.page")),
    )
    pages = [page for may_have, page in wanted if may_have]
    if any_of(Action.REQUEST_ACCESS) and not who.extension:
        # They have no calls of their own to see: what they come for is asking, and hearing what was opened to them.
        pages.sort(key=lambda page: page.endpoint != "requests.page")
    if to_do is not None:
        pages.insert(1, Page(_("To do"), "tasks.page", waiting=to_do))
    return pages


def navigation(pages: Sequence[Page]) -> Navigation:
    """The same pages, as they are shown."""
    has_settings = any(page.endpoint == _SETTINGS for page in pages)
    hidden = {page.endpoint for page in pages if page.on_settings and has_settings}
    within = tuple((page.area, "settings") for page in pages if page.endpoint in hidden)
    shown = [page for page in pages if page.endpoint not in hidden]
    if len(shown) <= MOST_IN_A_ROW:
        return Navigation(tuple(shown), (), within)
    daily = sorted((page for page in shown if page.endpoint in _DAILY), key=lambda page: _DAILY.index(page.endpoint))
    in_row = {page.endpoint for page in daily[:_ROW_BESIDE_MORE]}
    row = tuple(page for page in shown if page.endpoint in in_row)
    return Navigation(row, tuple(_grouped(page for page in shown if page.endpoint not in in_row)), within)


def _grouped(pages: Iterable[Page]) -> list[Group]:
    """In the order of the pages; what has no group at the end."""
    found: dict[str, list[Page]] = {}
    for page in pages:
        found.setdefault(page.group, []).append(page)
    return [Group(name, tuple(found[name])) for name in sorted(found, key=lambda name: not name)]
