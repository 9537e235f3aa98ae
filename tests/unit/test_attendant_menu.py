"""The attendant's menu: every caller gets somewhere, whatever they press or do not press."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firmware.core.attendant_menu import AttendantMenu, Choice, GoodBye, PutThrough, SayAgain

MENU = AttendantMenu(
    prompt="attendant-choices",
    choices=(Choice("1", "201"), Choice("2", "202")),
    invalid_prompt="attendant-invalid",
    repeats=2,
    otherwise="200",
)

keys = st.sampled_from("0123456789*#")
menus = st.builds(
    AttendantMenu,
    prompt=st.just("attendant-choices"),
    choices=st.dictionaries(keys, st.just("201"), min_size=1).map(
        lambda chosen: tuple(Choice(key, number) for key, number in chosen.items())
    ),
    invalid_prompt=st.sampled_from(["", "attendant-invalid"]),
    repeats=st.integers(0, 5),
    otherwise=st.sampled_from(["", "200"]),
    hang_up=st.booleans(),
)


def test_a_choice_puts_through_to_the_number_behind_it_whenever_it_is_made() -> None:
    assert [MENU.answer("2", times) for times in (1, 2, 3)] == [PutThrough("202", "2")] * 3


def test_a_caller_who_says_nothing_hears_the_choices_again_and_is_then_put_through() -> None:
    assert [MENU.answer(None, times) for times in (1, 2, 3)] == [SayAgain(), SayAgain(), PutThrough("200")]


def test_a_key_that_the_menu_does_not_have_is_answered_with_words_before_the_choices() -> None:
    assert MENU.answer("5", 1) == SayAgain(after="attendant-invalid")
    assert MENU.answer("5", 3) == PutThrough("200")


@given(menus, st.lists(st.none() | keys, min_size=6, max_size=6))
def test_no_caller_is_kept_in_the_menu_for_ever(menu: AttendantMenu, heard: list[str | None]) -> None:
    moves = [menu.answer(key, times_said) for times_said, key in enumerate(heard, start=1)]
    ends = [move for move in moves if not isinstance(move, SayAgain)]
    assert ends
    assert moves.index(ends[0]) <= menu.repeats


@given(menus, st.none() | keys, st.integers(1, 9))
def test_only_a_caller_who_chose_nothing_is_turned_away_and_only_where_the_office_wants_it(
    menu: AttendantMenu, key: str | None, times_said: int
) -> None:
    move = menu.answer(key, times_said)
    chosen = {choice.key: choice.number for choice in menu.choices}
    if key in chosen:
        assert move == PutThrough(chosen[key], key)
    elif isinstance(move, GoodBye):
        assert menu.hang_up
    elif isinstance(move, PutThrough):
        assert (move.number, move.key, menu.hang_up) == (menu.otherwise, "", False)
