from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.report.text import align_rows, clip, count_of, pad, percent, text_width, visible


@given(st.text())
def test_visible_text_is_one_line_without_control_characters(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert all(char.isprintable() or char.isspace() for char in shown)
    assert "\x1b" not in shown
    assert visible(shown) == shown


def test_visible_leaves_words_of_any_language_alone() -> None:
    assert visible("Zürich 東京 é\u00a0€") == "Zürich 東京 é\u00a0€"
    assert visible("a\tb\x07\u202e") == "a\\tb\\x07\\u202e"


@given(st.text(), st.integers(4, 40))
def test_a_clipped_text_fits(text: str, width: int) -> None:
    clipped = clip(text, width)
    assert text_width(clipped) <= width
    assert clipped == text or clipped.endswith("...")


@pytest.mark.parametrize(
    ("width", "clipped"),
    [
        (34, "(age under 42, spend $9 or..."),
        (38, "(age under 42, spend $9 or more) or..."),
        (50, "(age under 42, spend $9 or more) or..."),
        (63, "(age under 42, spend $9 or more) or (age 42+, spend under $4)"),
        (26, "(age under 42..."),
    ],
)
def test_a_condition_is_kept_whole_where_that_costs_less_than_half(
    width: int, clipped: str
) -> None:
    text = "(age under 42, spend $9 or more) or (age 42+, spend under $4)"
    assert clip(text, width) == clipped


def test_wide_characters_take_two_columns() -> None:
    assert text_width("東京a") == 5
    assert text_width("e\u0301") == 1
    assert pad("東京", 6) == "東京  "
    assert align_rows([["東京", "1"], ["abc", "22"]], "lr") == ["東京   1", "abc   22"]


def test_no_rows_are_no_lines() -> None:
    assert align_rows([], "l") == []


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0%"), (0.0001, "<1%"), (0.5, "50%"), (0.9999, ">99%"), (1.0, "100%")]
)
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text


def test_count_of_takes_an_odd_plural() -> None:
    assert count_of(2, "query", "queries") == "2 queries"
