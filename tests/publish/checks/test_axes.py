"""The grain of published numbers, whatever their type."""

from __future__ import annotations

from decimal import Decimal

import pytest

from segkit.core.columns import Column
from segkit.core.fit import Baseline, FeatureBaseline
from segkit.core.tree import Below, Leaf, OneOf, Split
from segkit.publish.checks.axes import read_axes
from tests.learn.conftest import MemoryEngine
from tests.report.samples import FIT, replace


def axis_of(type_: str, *values: str, usual: float = 1.0):  # type: ignore[no-untyped-def]
    """The axis of a table with these values, NULL among them."""
    engine = MemoryEngine()
    rows = ", ".join(f"(CAST('{value}' AS {type_}))" for value in values)
    engine.execute(f"CREATE TABLE t AS SELECT * FROM (VALUES {rows}, (NULL)) AS v(x)")
    known = FeatureBaseline("x", 9, 0, 0, 0.0, 1.0, (0.0, usual))
    tree = Split("x", Below(Decimal(1)), Leaf(1), Split("y", OneOf(("a",)), Leaf(1), Leaf(2)))
    fit = replace(FIT, tree=tree, baseline=Baseline(9, (known,), {}, None, 1.0))
    columns: dict[str, Column] = {column.name: column for column in engine.columns("t")}
    return read_axes(engine, "t", fit, columns | {"y": columns["x"]})["x"]


@pytest.mark.parametrize(
    ("type_", "values", "grain"),
    [
        ("DOUBLE", ("1", "2", "-40"), "1"),
        ("DOUBLE", ("1", "2.5"), "0.1"),
        ("DOUBLE", ("389.98999999999995", "1.1"), "0.01"),
        ("DOUBLE", ("0.1234567", "1"), None),
        ("DOUBLE", ("3e-9", "1e-9"), None),
        ("DOUBLE", ("nan", "inf", "-inf", "7"), "1"),
        ("DOUBLE", ("1e300", "7"), "1"),
        ("FLOAT", ("0.7", "123.4"), "0.1"),
        ("FLOAT", ("389.99",), "0.01"),
        ("FLOAT", ("0.123456", "0.1234567"), None),
        ("DECIMAL(18,2)", ("12.50", "3"), "0.1"),
        ("DECIMAL(18,2)", ("12.55", "3"), "0.01"),
        ("DECIMAL(38,10)", ("5", "6"), "1"),
        ("DECIMAL(38,10)", ("0.0000000001", "6"), "1E-10"),
        ("BIGINT", ("1000", "2000"), "1"),
        ("UHUGEINT", ("340282366920938463463374607431768211455",), "1"),
    ],
)
def test_the_grain_is_that_of_the_values(
    type_: str, values: tuple[str, ...], grain: str | None
) -> None:
    assert axis_of(type_, *values).grain == (None if grain is None else Decimal(grain))


def test_the_ends_are_those_of_the_finite_values() -> None:
    axis = axis_of("DOUBLE", "-2.5", "nan", "inf", "99")
    assert (axis.lowest, axis.highest) == (Decimal("-2.5"), Decimal(99))


def test_the_rows_after_the_first_thousand_count() -> None:
    assert axis_of("DOUBLE", *["1"] * 3000, "0.25").grain == Decimal("0.01")


def test_what_sums_lose_is_measured_by_what_is_usual() -> None:
    """A refund of what was bought leaves 5.6e-17: as good as 0 among hundreds of dollars."""
    assert axis_of("DOUBLE", "5.551115123125783e-17", "12.5", usual=400.0).grain == Decimal("0.1")
    assert axis_of("DOUBLE", "5.551115123125783e-17", "12.5", usual=1e-9).grain is None
    assert axis_of("FLOAT", "3.25", "8000000", usual=8e6).grain == Decimal("0.01")


def test_an_empty_table_has_the_grain_of_its_type() -> None:
    engine = MemoryEngine()
    for type_, grain in (("DOUBLE", None), ("INTEGER", Decimal(1)), ("DECIMAL(9,2)", "0.01")):
        engine.execute(f"CREATE OR REPLACE TABLE t (x {type_})")
        fit = replace(FIT, tree=Split("x", Below(Decimal(1)), Leaf(1), Leaf(2)))
        (axis,) = read_axes(engine, "t", fit, {"x": engine.columns("t")[0]}).values()
        assert axis.grain == (None if grain is None else Decimal(grain))
        assert (axis.lowest, axis.highest) == (None, None)


def test_a_tree_of_categories_alone_asks_for_nothing() -> None:
    fit = replace(FIT, tree=Split("y", OneOf(("a",)), Leaf(1), Leaf(2)))
    assert read_axes(MemoryEngine(), "nowhere", fit, {}) == {}
