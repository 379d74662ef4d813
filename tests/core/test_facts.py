"""Facts have the figures that their codes have, and no others."""

from __future__ import annotations

import pytest

from segkit.core.facts import ASSUMPTIONS, REASONS, WARNINGS, Fact, mistakes


def test_a_fact_as_its_code_says_has_no_mistake() -> None:
    filled = Fact("filled_number", "age", 3, 36.0)
    assert list(mistakes(filled, ASSUMPTIONS, "a")) == []
    assert list(mistakes(Fact("filled_number", "age", 3, 36), ASSUMPTIONS, "a")) == []
    assert list(mistakes(Fact("knee", n=4, value=(2, 10, "none")), REASONS, "a")) == []


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (Fact("unheard_of"), ["`w.code` is no code that segkit knows"]),
        (Fact("two_values"), ["`w.column` is missing"]),
        (Fact("two_values", "age", 3), ["`w.n` is not a figure of its code"]),
        (Fact("rare_levels", "age", -1), ["`w.n` is -1, below 0"]),
        (Fact("skewed", "age"), ["`w.value` has 0 figures, its code has 1"]),
        (Fact("skewed", "age", value="8"), ["`w.value[0]` is not a number"]),
        (Fact("skewed", "age", value=True), ["`w.value[0]` is not a number"]),
        (Fact("small_leaf", n=3, value=(5, 2.5)), ["`w.value[1]` is not a whole number"]),
    ],
)
def test_a_fact_that_an_editor_broke_is_named(fact: Fact, said: list[str]) -> None:
    assert list(mistakes(fact, WARNINGS, "w")) == said


def test_a_single_figure_stands_alone() -> None:
    assert Fact("skewed", "age", value=8.0).figures == (8.0,)
    assert Fact("twins", "age", value=("height", 0.99)).figures == ("height", 0.99)
    assert Fact("two_values", "age").figures == ()
