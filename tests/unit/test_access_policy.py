"""The table of roles against actions, cell by cell."""

from __future__ import annotations

import pytest

from firmware.core.access_policy import (
    TABLE,
    WITHOUT_NUMBERS,
    Action,
    Role,
    check,
    check_another,
    may,
    role_may_open,
)
from firmware.core.errors import NotAllowed

# Columns: Director, Support Services Manager, Line manager, HR or panel, Data protection officer, Administrator,
# Installer, Member of staff.
EXPECTED = """
see recordings                                     D M . . . . . .
see their own calls                                D M L H P . . S
search recordings                                  D M . . . . . .
listen                                             D M . . . . . .
listen to calls opened to them                     . . L H P . . .
download                                           D M . . . . . .
export                                             D M . . . . . .
write notes                                        D M . . . . . .
redact a forgotten pause                           D M . . . . . .
silence much of a recording                        D . . . . . . .
redact a recording under a legal hold              D . . . . . . .
open calls whose processing is restricted          D . . . . . . .
give a recording another retention class           D M . . P . . .
see calls in progress                              D M . . . . . .
end a call                                         D M . . . . . .
pause, resume and start recordings                 D M . . . . . .
pair desks                                         D M . . . A . .
connect other programs                             D . . . . . . .
see the PBX's call log                             D M . . . . . .
explain a missed recording                         D M . . . . . .
ask for access to calls                            . . L H P . . .
see all requests for access                        D M . . P . . .
approve or refuse requests for access              D . . . . . . .
end access that was approved                       D . . . . . . .
see legal holds                                    D M . . P . . .
place and review legal holds                       D M . . P . . .
release legal holds                                D . . . P . . .
order an erasure                                   D . . . P . . .
work on people's requests about their data         D . . . P . . .
search calls for a case                            D . . . P . . .
make a bundle for disclosure                       D . . . P . . .
record requests of the police and other authorities D . . . P . . .
see what is due to be erased                       D M . . P A . .
change retention                                   D . . . . . . .
choose what happens when the disk is nearly full   D M . . . . . .
see reports                                        D M . . P . . .
have reports sent by e-mail                        D . . . . . . .
see what the law asks and what is in place         D M . . P A . .
confirm what only a person can know                D . . . . . . .
record breaches of people's data                   D . . . P . . .
read the evidence without names                    D M . . P A . .
read the evidence with names and reasons           D . . . P . . .
see who has a sign-in                              D M . . P A . .
invite people                                      D M . . . A . .
confirm people and seal the office key to them     D M . . . . . .
change people's roles and extensions               D M . . . . . .
make and unmake directors and data protection officers D . . . . . . .
vouch for somebody who is locked out               D M . . . . . .
end a leaver's sign-in                             D M . . . A . .
see health                                         D M . . P A I .
say that they know of something wrong              D M . . . A . .
choose where alerts go, and try it                 D . . . . A . .
say how people sign in                             D . . . . . . .
change settings                                    . . . . . A . .
fit and test lines                                 . . . . . A I .
update the box                                     D . . . . . . .
unlock and lock the data disk                      D M . . . A . .
archive and back up                                D . . . . A . .
restore from a backup                              D . . . . A . .
make a new office key                              D . . . . . . .
make a new recovery key                            D . . . . . . .
"""


def cells() -> dict[tuple[Role, Action], bool]:
    found = {}
    for line in EXPECTED.strip().splitlines():
        *words, d, m, li, h, p, a, i, s = line.split()
        for role, mark in zip(Role, (d, m, li, h, p, a, i, s), strict=True):
            found[role, Action(" ".join(words))] = mark != "."
    return found


CELLS = cells()


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_each_role_may_do_what_the_table_says_and_nothing_else(role: Role, action: Action) -> None:
    assert may(role, action) == CELLS[role, action]


def test_the_office_key_is_sealed_to_directors_and_the_services_manager_alone() -> None:
    assert [role for role in Role if role_may_open(role)] == [Role.DIRECTOR, Role.SERVICES_MANAGER]


@pytest.mark.parametrize("role", sorted(WITHOUT_NUMBERS))
def test_who_looks_after_the_box_sees_no_numbers_or_notes_and_hears_nothing(role: Role) -> None:
    numbers = {
        Action.SEE_RECORDINGS,
        Action.SEE_OWN_CALLS,
        Action.SEARCH,
        Action.SEARCH_FOR_CASES,
        Action.LISTEN,
        Action.LISTEN_GRANTED,
        Action.DOWNLOAD,
        Action.EXPORT,
        Action.WRITE_NOTES,
        Action.SEE_CALLS,
        Action.SEE_CALL_LOG,
        Action.SEE_REQUESTS,
        Action.READ_AUDIT,
        Action.SEE_REPORTS,
    }
    assert not [action for action in numbers if may(role, action)]


@pytest.mark.parametrize("action", [Action.CONFIRM_PEOPLE, Action.VOUCH, Action.CHANGE_PEOPLE])
def test_only_holders_of_the_office_key_may_open_the_door_to_others(action: Action) -> None:
    assert [role for role in Role if may(role, action)] == [role for role in Role if role_may_open(role)]


@pytest.mark.parametrize("action", Action)
def test_every_action_says_in_a_sentence_what_is_meant(action: Action) -> None:
    assert TABLE[action].meaning.endswith(".")


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_name_and_a_meaning(role: Role) -> None:
    assert role.shown[0].isupper()
    assert role.meaning.endswith(".")


def test_a_refusal_names_the_role_the_action_and_whom_to_ask() -> None:
    check(Role.DIRECTOR, Action.DECIDE_REQUESTS)
    with pytest.raises(NotAllowed, match=r"Line manager may not approve .* Ask somebody of the role Director\."):
        check(Role.LINE_MANAGER, Action.DECIDE_REQUESTS)


def test_nobody_approves_their_own_request() -> None:
    check_another("one", "other", Action.DECIDE_REQUESTS)
    with pytest.raises(NotAllowed, match="for themselves"):
        check_another("one", "one", Action.DECIDE_REQUESTS)


def test_what_used_to_be_a_listener_is_read_as_the_services_manager() -> None:
    assert Role.read("listener") is Role.SERVICES_MANAGER
    assert Role.read("director") is Role.DIRECTOR
    with pytest.raises(ValueError):
        Role.read("king")
