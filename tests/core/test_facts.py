"""Figures of a fact: one stands alone, several in a row."""

from __future__ import annotations

from segkit.core.facts import Fact


def test_a_single_figure_stands_alone() -> None:
    assert Fact("skewed", "age", value=8.0).figures == (8.0,)
    assert Fact("twins", "age", value=("height", 0.99)).figures == ("height", 0.99)
    assert Fact("two_values", "age").figures == ()
