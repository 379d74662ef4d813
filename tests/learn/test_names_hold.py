"""Every word of every name, read again: true of four members in five, possible under each rule.

The reading here shares nothing with how names are made but the words themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from operator import eq
from statistics import median
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.core.fit import Fit, FittedFeature
from segkit.core.rules import Interval, Levels, rules_of
from segkit.core.tree import Below, Leaf, OneOf, Split, Tree
from segkit.learn.numbers import Floats
from segkit.learn.trees.apply import codes_of
from tests.learn.conftest import MemoryEngine, load, segmentation
from tests.learn.test_learn import fit
from tests.learn.unweighted import name_segments

Value = float | str | None
Row = Mapping[str, Value]
IsTrue = Callable[[Any], bool]
LEVELS = ("east", "north", "west")


class Reading:
    """Names beside the customers who have them. ``rows`` have None where missing."""

    def __init__(self, names: Mapping[str, str], rows: Sequence[Row], ids: Sequence[str]) -> None:
        self.names = names
        self.members = {id: [r for r, i in zip(rows, ids, strict=True) if i == id] for id in names}
        self.rows = rows

    def meaning(self, id: str, text: str, features: Sequence[FittedFeature]) -> tuple[str, IsTrue]:
        """The column that a phrase is about, and what it says of a value."""
        for f in features:
            label = f.label.lower()
            if f.is_category and text.startswith(f"{label} "):
                return f.column, partial(eq, text.removeprefix(f"{label} "))
            if not f.is_category and text.endswith(f" {label}"):
                word = text.removesuffix(f" {label}")
                return f.column, self.of_all(word, f.column) or self.compared(id, text, f.column)
        raise AssertionError(f"{text!r} is about no column")

    def of_all(self, word: str, column: str) -> IsTrue | None:
        """High, low and mid are meant against all customers."""
        known = sorted(self.known(self.rows, column))
        middle = median(known)
        if word == "high":
            return lambda v: v > middle or v == middle == known[-1]
        if word == "low":
            return lambda v: v < middle or v == middle == known[0]
        low, high = fifth(known, 1), fifth(known, 4)
        return (lambda v: low <= v <= high) if word == "mid" else None

    def compared(self, id: str, text: str, column: str) -> IsTrue:
        """ "Higher" and "very high" are meant against those who are called the same but for it."""
        plain = text.removeprefix("very ")
        said = phrases(self.names[id])
        before = said[: said.index(text)]
        namesakes = [
            member
            for other, name in self.names.items()
            if (plain in phrases(name) if plain != text else phrases(name)[: len(before)] == before)
            and text not in phrases(name)
            for member in self.members[other]
        ]
        if not before or not namesakes:  # no trait but beside all others
            assert all(re.match("higher|lower", p) for p in before), (id, self.names)
            others = [other for other in self.names if other != id]
            namesakes = [member for other in others for member in self.members[other]]
        end = median(self.known(namesakes, column))
        if text.startswith(("higher ", "very high ")):
            return lambda v: v > end
        assert text.startswith(("lower ", "very low ")), text
        return lambda v: v < end

    @staticmethod
    def known(rows: Sequence[Row], column: str) -> list[Any]:
        return [row[column] for row in rows if row[column] is not None]


def phrases(name: str) -> list[str]:
    """The name without its number, in parts."""
    return re.sub(r" \d+\Z", "", name[:1].lower() + name[1:]).split(", ")


def fifth(known: Sequence[float], part: int) -> float:
    place, rest = divmod(len(known) * part, 5)
    return known[place] if rest else (known[place - 1] + known[place]) / 2


def is_at_odds(condition: Any, rows: Sequence[Row], column: str, is_true: IsTrue) -> bool:
    """Whether none of the values that the rule allows is what the word says."""
    asked = condition.values
    for row in rows:
        value: Any = row[column]
        if value is None or not is_true(value):
            continue
        if isinstance(asked, Levels) and (value in asked.listed) != asked.excluded:
            return False
        if isinstance(asked, Interval):
            here = Interval(Decimal(value), Decimal(value), upper_closed=True)
            if not asked.intersect(here).is_empty:
                return False
    return True


def check_names(
    names: Mapping[str, str],
    rows: Sequence[Row],
    ids: Sequence[str],
    tree: Tree,
    codes: Mapping[str, int],
    features: Sequence[FittedFeature],
) -> int:
    """Assert that every word holds; return how many there are."""
    assert len({name.lower() for name in names.values()}) == len(names), names
    reading, words = Reading(names, rows, ids), 0
    for id, name in names.items():
        said = [text for text in phrases(name) if text != "typical"]
        about = []
        for text in said:
            column, is_true = reading.meaning(id, text, features)
            members = [row[column] for row in reading.members[id]]
            share = sum(v is not None and is_true(v) for v in members) / len(members)
            assert share >= 0.8, f"{text!r} of {name!r} is true for {share:.0%} ({names})"
            for rule in rules_of(tree):
                for condition in rule.conditions:
                    if rule.code == codes[id] and condition.column == column:
                        assert not is_at_odds(condition, rows, column, is_true), (name, rule)
            about.append(column)
        assert len(set(about)) == len(about), f"{name!r} says two things of one column"
        words += len(said)
    return words


def check_fit(found: Fit, X: Floats, columns: Sequence[str]) -> int:
    rows = [dict(zip(columns, (none(v) for v in row), strict=True)) for row in X.tolist()]
    codes = {s.id: s.code for s in found.segments}
    ids = {s.code: s.id for s in found.segments}
    assigned = [ids[c] for c in codes_of(found.tree, columns, X).tolist()]
    names = {s.id: s.name for s in found.segments}
    return check_names(names, rows, assigned, found.tree, codes, found.features)


def none(value: float) -> float | None:
    return None if np.isnan(value) else value


@pytest.mark.parametrize(
    ("name", "k"),
    [
        ("iris", 2),
        pytest.param("iris", 8, marks=pytest.mark.slow),
        ("wine", 3),
        pytest.param("wine", 7, marks=pytest.mark.slow),
        pytest.param("breast_cancer", 5, marks=pytest.mark.slow),
    ],
)
def test_names_of_real_data(engine: MemoryEngine, name: str, k: int) -> None:
    import sklearn.datasets

    data = getattr(sklearn.datasets, f"load_{name}")()
    columns = [re.sub(r" \(.*|\W", " ", c).strip() for c in data.feature_names]
    check_data(engine, data.data, columns, k)


@pytest.mark.parametrize("k", [2, 6, pytest.param(9, marks=pytest.mark.slow)])
def test_names_of_the_mall(engine: MemoryEngine, mall: Floats, k: int) -> None:
    check_data(engine, mall, ["years_of_age", "score", "income"], k)


@pytest.mark.parametrize("k", [3, 5, pytest.param(7, marks=pytest.mark.slow)])
def test_names_along_one_column(engine: MemoryEngine, k: int) -> None:
    x = np.random.default_rng(5).gamma(2.0, 10.0, (300, 1))
    check_data(engine, x, ["x"], k)


def check_data(engine: MemoryEngine, X: Floats, columns: Sequence[str], k: int) -> None:
    load(engine, X, columns)
    assert check_fit(fit(engine, segmentation(*columns, k=k)), X, columns) >= k - 1


NUMBERS = st.one_of(st.none(), st.integers(0, 6).map(float))


@st.composite
def trees(draw: Any, codes: int, depth: int = 3) -> Tree:
    """Any tree over x, y and region; a segment may have several leaves."""
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return Leaf(draw(st.integers(1, codes)))
    column = draw(st.sampled_from(["x", "y", "region"]))
    test: Any = OneOf(tuple(sorted(draw(st.sets(st.sampled_from(LEVELS), min_size=1)))))
    if column != "region":
        test = Below(Decimal(draw(st.integers(1, 12))) / 2, draw(st.booleans()))
    side = draw(st.sampled_from(["yes", "no"]))
    below = [draw(trees(codes, depth - 1)) for _ in range(2)]
    return Split(column, test, below[0], below[1], side)


@st.composite
def tables(draw: Any) -> list[tuple[Value, Value, Value]]:
    """Customers in a few groups, so that segments have traits."""
    rows: list[tuple[Value, Value, Value]] = []
    for _ in range(draw(st.integers(1, 5))):
        x, y, region = draw(NUMBERS), draw(NUMBERS), draw(st.sampled_from([*LEVELS, None]))
        rows += [(x, y, region)] * draw(st.integers(1, 12))
    return rows + draw(
        st.lists(st.tuples(NUMBERS, NUMBERS, st.sampled_from([*LEVELS, None])), max_size=12)
    )


FEATURES = (
    FittedFeature("x", "X", "", "standard", "DOUBLE", 0, 1, 0),
    FittedFeature("y", "Y", "", "standard", "DOUBLE", 0, 1, 0),
    FittedFeature("region", "Region", "", "category", "VARCHAR", 0, 1, 0, 1.0, LEVELS, "east"),
)


@pytest.mark.slow
@settings(max_examples=400)
@given(tables(), trees(6), st.randoms(use_true_random=False))
def test_words_hold_for_any_rules(
    table: list[tuple[Value, Value, Value]], tree: Tree, draw: Any
) -> None:
    columns = ("x", "y", "region")
    rows: list[Row] = [dict(zip(columns, row, strict=True)) for row in table]
    X = np.array(
        [
            [LEVELS.index(v) if isinstance(v, str) else np.nan if v is None else v for v in row]
            for row in table
        ],
        dtype=float,
    )
    assigned = codes_of(tree, columns, X, {"region": LEVELS})
    names = name_segments(assigned, X, FEATURES, rules_of(tree), {})
    codes = {str(code): code for code in names}
    ids = [str(code) for code in assigned.tolist()]
    by_id = {str(code): name for code, name in names.items()}
    check_names(by_id, rows, ids, tree, codes, FEATURES)

    order = draw.sample(range(len(X)), len(X))
    for again in (order, [*range(len(X))] * 2):
        same = name_segments(assigned[again], X[again], FEATURES, rules_of(tree), {})
        assert same == names
