"""Which pages somebody finds at the head of every page: the few they use daily in a row, the others under "More"."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.core.access_policy import Action
from webui.access.gatekeeper import allowed
from webui.access.opener import Visitor

#: More than these in a row would not fit a phone's two lines.
MOST_IN_A_ROW = 5
_ROW_BESIDE_MORE = 4


@dataclass(frozen=True)
class Page:
    """One entry of the navigation. ``waiting``: how many things there wait for this visitor."""

    name: str
    endpoint: str
    waiting: int = 0

    @property
    def area(self) -> str:
        """The blueprint: a page and those below it."""
        return self.endpoint.partition(".")[0]


@dataclass(frozen=True)
class Navigation:
    row: tuple[Page, ...]
    more: tuple[Page, ...] = ()


def pages_for(who: Visitor, requests_waiting: int = 0) -> list[Page]:
    """The pages this visitor may have; the first is where they land."""

    def any_of(*actions: Action) -> bool:
        return any(allowed(who, action) for action in actions)

    sees_recordings = any_of(Action.SEE_RECORDINGS)
    wanted = (
        (sees_recordings, Page("Calls", "recordings.list_calls")),
        (not sees_recordings and any_of(Action.SEE_OWN_CALLS), Page("My calls", "own_calls.page")),
        (not sees_recordings and any_of(Action.SEE_HEALTH), Page("In progress", "live_calls.page")),
        (any_of(Action.REQUEST_ACCESS, Action.SEE_REQUESTS), Page("Requests", "requests.page", requests_waiting)),
        (any_of(Action.WORK_ON_CASES), Page("Cases", "cases.page")),
        (any_of(Action.SEE_PEOPLE), Page("People", "people.page")),
        (any_of(Action.SEE_HOLDS, Action.SEE_RETENTION), Page("Keeping", "holds.page")),
        (any_of(Action.READ_EVIDENCE, Action.READ_AUDIT), Page("Evidence", "audit.page")),
        (any_of(Action.SEE_CALL_LOG), Page("Call log", "call_log.page")),
        (not any_of(Action.SEE_CALL_LOG) and any_of(Action.TEST_LINES), Page("Call log", "call_log.try_form")),
        (any_of(Action.SEE_HEALTH), Page("Health", "health.page")),
        (any_of(Action.PAIR_DESKS), Page("Desks", "desks.page")),
        (any_of(Action.CHANGE_SETTINGS), Page("Certificate", "certificate.page")),
        (any_of(Action.UPDATE), Page("Updates", "updates.page")),
        (True, Page("Help", "help.page")),
    )
    pages = [page for may_have, page in wanted if may_have]
    if any_of(Action.REQUEST_ACCESS) and not who.extension:
        # They have no calls of their own to see: what they come for is asking, and hearing what was opened to them.
        pages.sort(key=lambda page: page.endpoint != "requests.page")
    return pages


def navigation(pages: list[Page]) -> Navigation:
    """The same pages, as they are shown."""
    if len(pages) <= MOST_IN_A_ROW:
        return Navigation(tuple(pages))
    return Navigation(tuple(pages[:_ROW_BESIDE_MORE]), tuple(pages[_ROW_BESIDE_MORE:]))
