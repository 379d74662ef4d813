"""Texts that fit, places that keep apart, small paths."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from segkit.report.html.drawing import (
    SMALL,
    fixed,
    kept_apart,
    line,
    marks,
    scrolled,
    svg,
    text,
    wrapped,
)
from segkit.report.html.markup import tag
from segkit.report.html.scales import text_width
from tests.report.html.figures.drawn import parsed, shown

WORDS = st.text("ab ilW", min_size=1, max_size=40)


def test_a_coordinate_has_one_decimal_at_most() -> None:
    assert [fixed(x) for x in (3.14159, 2.0, -0.04, -7.25, 1000.0)] == [
        "3.1",
        "2",
        "0",
        "-7.2",
        "1000",
    ]


def test_what_has_no_room_stands_in_the_title() -> None:
    long = text(0, 0, "Days since last order", "x", width=60)
    element = parsed(long)[0]
    assert shown(element).endswith("…") and text_width(shown(element), SMALL) <= 60
    title = element.find("title")
    assert title is not None and title.text == "Days since last order"
    assert parsed(text(0, 0, "Days", "x", width=60))[0].find("title") is None


def test_a_text_is_turned_about_its_own_place() -> None:
    assert 'transform="rotate(-35 10 20.5)"' in text(10, 20.5, "a", turned=-35)


@given(WORDS, st.integers(20, 200), st.integers(1, 3))
def test_lines_are_no_wider_and_hold_all_words_or_end_in_an_ellipsis(
    content: str, width: int, most: int
) -> None:
    lines = wrapped(content, 10, width, most)
    assert len(lines) <= most
    assert all(text_width(each, 10) <= width or each == "…" for each in lines)
    # a word that is longer than a line is broken
    is_whole = "".join(lines).replace(" ", "") == "".join(content.split())
    assert is_whole or any(each.endswith("…") for each in lines)


@given(st.lists(st.floats(-50, 150), max_size=20), st.floats(1, 40))
def test_places_keep_apart_in_their_order_between_the_ends(wanted: list[float], gap: float) -> None:
    found = kept_apart(wanted, gap, 0, 100)
    room = min(gap, 100 / max(len(wanted) - 1, 1))
    in_order = [found[i] for i in sorted(range(len(wanted)), key=lambda i: wanted[i])]
    assert all(b - a >= room - 1e-6 for a, b in pairwise(in_order))
    assert all(-1e-6 <= place <= 100 + 1e-6 for place in found)


def test_places_that_are_apart_stay_where_they_are() -> None:
    assert kept_apart([80, 10, 45], 15, 0, 100) == [80, 10, 45]
    assert kept_apart([50, 50], 10, 0, 100) == [45, 55]


def test_customers_of_a_segment_are_one_path_even_one_alone() -> None:
    assert marks(2, [(1.2, 3.7), (10, 20)]) == '<path class="mk s1" d="m1 4 9 16h0"/>'
    assert marks(2, [(1, 2)]) == '<path class="mk s1" d="m1 2h0"/>'
    assert marks(2, []) == ""


def test_a_drawing_says_what_it_shows_and_is_no_wider_than_it_was_made() -> None:
    drawn = svg("k", (200, 99.96), "what <is> seen", line((0, 0), (1, 1)), data_s="A")
    assert 'viewBox="0 0 200 100"' in drawn and 'style="max-width:200px"' in drawn
    assert 'aria-label="what &lt;is&gt; seen"' in drawn and 'data-s="A"' in drawn


def test_what_is_too_wide_is_moved_by_keys() -> None:
    around = scrolled("Values", tag("table"))
    assert 'tabindex="0"' in around and 'role="group" aria-label="Values"' in around
