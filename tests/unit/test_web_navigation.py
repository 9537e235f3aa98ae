"""What each role finds at the head of every page, and where."""

from __future__ import annotations

import pytest

from firmware.core.access_policy import Role
from webui.access.opener import Visitor
from webui.navigation import Navigation, navigation, pages_for


def visitor(role: Role, extension: str = "201") -> Visitor:
    return Visitor("a token", "somebody", role.value, 0, extension=extension)


def found(role: Role) -> Navigation:
    return navigation(pages_for(visitor(role), to_do=2))


@pytest.mark.parametrize(
    ("role", "row"),
    [
        (Role.DIRECTOR, ["Calls", "To do", "Requests", "Cases"]),
        (Role.SERVICES_MANAGER, ["Calls", "To do", "Requests", "Reports"]),
        (Role.DATA_PROTECTION_OFFICER, ["My calls", "To do", "Requests", "Cases"]),
        (Role.ADMINISTRATOR, ["In progress", "To do", "Health", "Settings"]),
        (Role.INSTALLER, ["In progress", "To do", "Fit lines", "Health"]),
        (Role.LINE_MANAGER, ["My calls", "To do", "Requests", "Help"]),
        (Role.HR_PANEL, ["My calls", "To do", "Requests", "Help"]),
        (Role.MEMBER_OF_STAFF, ["My calls", "To do", "Help"]),
    ],
)
def test_what_a_role_uses_daily_stands_in_the_row(role: Role, row: list[str]) -> None:
    assert [page.name for page in found(role).row] == row


def test_the_rest_stands_in_groups_with_help_at_the_end() -> None:
    assert [(group.name, [page.name for page in group.pages]) for group in found(Role.DIRECTOR).more] == [
        ("Calls", ["Reports", "Call log"]),
        ("By the law", ["Keeping", "Compliance", "Evidence"]),
        ("The office", ["People", "Desks"]),
        ("The box", ["Health", "Settings"]),
        ("", ["Help"]),
    ]


@pytest.mark.parametrize("role", Role)
def test_every_page_is_in_the_row_or_a_group_or_on_the_settings_once(role: Role) -> None:
    pages, shown = pages_for(visitor(role), to_do=2), found(role)
    heads = [*shown.row, *(page for group in shown.more for page in group.pages)]
    below = [page for page in pages if page not in heads]
    assert len(heads) == len(set(heads)) == len(pages) - len(below)
    assert {page.endpoint for page in below} <= {"programs.page", "certificate.page", "updates.page", "fitting.page"}
    assert not below or "settings.page" in {page.endpoint for page in heads}
    assert {shown.area_of(page.area) for page in below} <= {"settings"}


def test_pages_of_the_settings_stand_alone_for_whoever_has_no_settings() -> None:
    pages = [page for page in pages_for(visitor(Role.DIRECTOR)) if page.endpoint != "settings.page"]
    shown = navigation(pages)
    assert "Programs" in [page.name for group in shown.more for page in group.pages]
    assert shown.area_of("programs") == "programs"
