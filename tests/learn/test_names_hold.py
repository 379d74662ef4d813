"""Every name, read again by its text alone: true of its members, and not of its siblings.

The reading here shares nothing with how names are made but the words themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from statistics import median
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segkit.core.fit import Fit, FittedFeature
from segkit.core.rules import rules_of
from segkit.core.tree import Below, Leaf, OneOf, Split, Tree
from segkit.learn.names.name_segments import Named, name_segments
from segkit.learn.numbers import Floats
from segkit.learn.trees.apply import codes_of
from tests.learn.conftest import MemoryEngine, load, segmentation
from tests.learn.test_learn import fit
from tests.learn.unweighted import counts_of

Value = float | str | None
Row = Mapping[str, Value]
IsTrue = Callable[[Any], bool]
LEVELS = ("east", "north", "west")


def meaning(text: str, rows: Sequence[Row]) -> tuple[str, IsTrue]:
    """The column that a part of a name is about, and what it says of a value."""
    for column in rows[0]:
        label = column.replace("_", " ")
        known: Any = sorted(row[column] for row in rows if row[column] is not None)
        if text == f"unknown {label}":
            return column, lambda v: v is None
        if text.startswith("region ") and column == "region":
            return column, lambda v: v in text.removeprefix("region ").split(" or ")
        for word in ("high", "low", "mid", "no", "with"):
            if text == f"{word} {label}":
                return column, of_all(word, known)
        if text.startswith(f"{label} "):
            return column, amount(text.removeprefix(f"{label} "))
    raise AssertionError(f"{text!r} is about no column")


def of_all(word: str, known: Sequence[float]) -> IsTrue:
    middle, low, high = median(known), fifth(known, 1), fifth(known, 4)
    says: dict[str, Callable[[float], bool]] = {
        "high": lambda v: v > middle or v == middle == known[-1],
        "low": lambda v: v < middle or v == middle == known[0],
        "mid": lambda v: low <= v <= high,
        "no": lambda v: v == 0,
        "with": lambda v: v > 0,
    }
    return lambda v: v is not None and says[word](v)


def amount(text: str) -> IsTrue:
    """ "under 3", "3+", "3-7.5", the last without its end."""
    number = r"(-?[\d.,]+)"
    if found := re.fullmatch(f"under {number}", text):
        return lambda v: v is not None and v < plain(found[1])
    if found := re.fullmatch(f"{number}\\+", text):
        return lambda v: v is not None and v >= plain(found[1])
    found = re.fullmatch(f"{number}-{number}", text)
    assert found, text
    return lambda v: v is not None and plain(found[1]) <= v < plain(found[2])


def plain(number: str) -> float:
    return float(number.replace(",", ""))


def fifth(known: Sequence[float], part: int) -> float:
    place, rest = divmod(len(known) * part, 5)
    return known[place] if rest else (known[place - 1] + known[place]) / 2


def check_names(names: Mapping[int, Named], rows: Sequence[Row], codes: Sequence[int]) -> int:
    """Assert that each name is as true as it says; return how many are said to be short."""
    assert len({named.text.lower() for named in names.values()}) == len(names), names
    for code, named in names.items():
        text = re.sub(r" \(\d+\)\Z", "", named.text)  # of segments that no name tells apart
        text = re.sub(r"\AMixed\b", "", text)
        said = [part for part in re.split(", ", text[:1].lower() + text[1:]) if part]
        read = [meaning(part, rows) for part in said]
        assert len({column for column, _ in read}) == len(read), named
        true = [all(says(row[column]) for column, says in read) for row in rows]
        shares = {
            other: np.mean([t for t, c in zip(true, codes, strict=True) if c == other])
            for other in names
        }
        assert named.naming is not None
        assert shares[code] == pytest.approx(named.naming.members), named
        precise = np.mean([c == code for t, c in zip(true, codes, strict=True) if t])
        assert precise == pytest.approx(named.naming.precision), named
        passes = all(share < 0.5 for other, share in shares.items() if other != code)
        assert named.is_short == (passes and precise >= 0.6 and bool(read)), named
        assert shares[code] >= 0.8
    return sum(named.is_short for named in names.values())


def check_fit(found: Fit, X: Floats, columns: Sequence[str]) -> int:
    rows = [dict(zip(columns, (none(v) for v in row), strict=True)) for row in X.tolist()]
    untold = {fact.figures[0] for fact in found.warnings if fact.code == "no_short_name"}
    names = {s.code: Named(s.name, s.naming, s.id not in untold) for s in found.segments}
    return check_names(names, rows, codes_of(found.tree, columns, X).tolist())


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
    rules = rules_of(tree)
    names = name_segments(counts_of(assigned, X, FEATURES, rules), (), {}, {})
    check_names(names, rows, assigned.tolist())

    order = draw.sample(range(len(X)), len(X))
    for again in (order, [*range(len(X))] * 2):
        same = counts_of(assigned[again], X[again], FEATURES, rules)
        assert name_segments(same, (), {}, {}) == names
