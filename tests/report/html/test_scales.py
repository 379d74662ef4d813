"""Where numbers lie, round numbers at an axis, and how wide a text is."""

from __future__ import annotations

import doctest
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.report.html import scales
from segkit.report.html.scales import Scale, clipped, even_ticks, log_ticks, padded, text_width

NUMBERS = st.floats(-1e9, 1e9)


def test_the_examples_are_true() -> None:
    assert doctest.testmod(scales).failed == 0


@given(NUMBERS, NUMBERS, NUMBERS, st.booleans())
def test_a_place_lies_between_the_ends(low: float, high: float, value: float, is_log: bool) -> None:
    scale = Scale(min(low, high), max(low, high), 10, 200, is_log)
    assert 10 <= scale(value) <= 200
    assert scale(value) <= scale(value + abs(value)) + 1e-9


def test_the_ends_lie_at_the_ends_also_where_up_is_less() -> None:
    assert [Scale(5, 10, 300, 20)(x) for x in (5, 7.5, 10, 99)] == [300, 160, 20, 20]
    assert Scale(7, 7, 0, 100)(7) == 50
    log = Scale(0, math.e**2 - 1, 0, 100, is_log=True)
    assert log(math.e - 1) == pytest.approx(50) and log(-4) == 0


@given(NUMBERS, st.floats(1e-3, 1e9), st.integers(2, 12))
def test_ticks_are_round_rising_and_few(low: float, width: float, most: int) -> None:
    high = low + width
    ticks = even_ticks(low, high, most)
    assert len(ticks) <= most
    room = 1e-6 * max(abs(low), abs(high), 1)
    assert all(low - room <= tick <= high + room for tick in ticks)
    assert all(a < b for a, b in pairwise(ticks))


@given(st.floats(0, 1e15), st.integers(3, 12))
def test_ticks_of_a_log_axis_begin_at_nothing(high: float, most: int) -> None:
    ticks = log_ticks(high, most)
    assert ticks[0] == 0 and len(ticks) <= most + 1
    assert all(a < b for a, b in pairwise(ticks)) and ticks[-1] <= max(high, 1)


def test_a_text_is_no_wider_than_it_is_said_to_be() -> None:
    # as Chromium draws them at 100 px in DejaVu Sans, the widest of the usual fonts
    drawn = {"Total spend": 569, "under $322": 579, "Lapsed": 358, "mmmm": 390, "0123456789": 636}
    drawn |= {"Days since last order": 1052, "abcdefghijklmnopqrstuvwxyz": 1465}
    for text, width in drawn.items():
        assert width <= text_width(text, 100) < 1.1 * width, text
    assert text_width("顧客", 10) > 20


@given(st.text(max_size=30), st.floats(12, 200))
def test_a_clipped_text_has_room(text: str, width: float) -> None:
    shown = clipped(text, 12, width)
    assert shown == text or shown.endswith("…")
    assert text_width(shown, 12) <= max(width, text_width("…", 12))


def test_room_is_left_around_values() -> None:
    assert padded([10, 20]) == (9.5, 20.5) and padded([0]) == (-1, 1)
