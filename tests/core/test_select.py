"""The SQL of views, as files that a person can read. SEGKIT_UPDATE_GOLDEN=1 rewrites them."""

import os
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from segkit.core.bands import case_of_bands
from segkit.core.case import Case, Outcome
from segkit.core.columns import Column, parse_type
from segkit.core.rules import Interval
from segkit.core.select import CodedColumn, ViewSelect, expression_sql, select_sql
from segkit.core.tree import Below, Known, Leaf, Split

GOLDEN = Path(__file__).parents[1] / "golden"
TYPES = {
    "customer_id": "VARCHAR",
    "age": "INTEGER",
    "total spend ($)": "DOUBLE",
    "income": "DECIMAL(12,2)",
    "score": "FLOAT",
}
COLUMNS = {name: Column(name, parse_type(type_)) for name, type_ in TYPES.items()}


def _bands(*edges: str) -> list[Interval]:
    ends = [None, *map(Decimal, edges), None]
    return [Interval(low, high) for low, high in pairwise(ends)]


def bucket_view() -> ViewSelect:
    labelled = {
        "age": ("age_band", ["<25", "25-35", "35-55", "55+"], ["25", "35", "55"]),
        "total spend ($)": ("spend_tier", ["it's low", "high"], ["0.525"]),
        "income": ("income_band", ["<25", "25-50", "50+"], ["25", "50.005"]),
        "score": ("score_band", ["low", "high"], ["0.1"]),
    }
    coded = tuple(
        CodedColumn(
            f"{name}_order",
            case_of_bands(column, list(zip(labels, _bands(*edges), strict=True)), "Unknown"),
            name,
        )
        for column, (name, labels, edges) in labelled.items()
    )
    return ViewSelect("customer_id", (), coded, COLUMNS)


def segment_view(*, unassigned: bool) -> ViewSelect:
    tree = Split(
        "total spend ($)",
        Below(Decimal(61)),
        yes=Split(
            "age",
            Below(Decimal(42)),
            yes=Split("income", Below(Decimal(40)), Leaf(3), Leaf(2)),
            no=Split("score", Below(Decimal("0.5")), Leaf(3), Leaf(1), missing="yes"),
        ),
        no=Split("income", Below(Decimal("54.5")), Leaf(4), Leaf(2)),
        missing="yes",
    )
    if unassigned:
        for column in ("income", "age"):
            tree = Split(column, Known(), tree, Leaf(0))
    names = ("Older, mid spend", "High income", "Low income, low spend", "It's --odd")
    outcomes = [Outcome(0, "unassigned", "Unassigned")]
    outcomes += [Outcome(i, "ABCD"[i - 1], name) for i, name in enumerate(names, start=1)]
    coded = CodedColumn("segment_order", Case(tree, tuple(outcomes)), "segment_name", "segment_id")
    passed = ("age", "total spend ($)", "income", "score")
    return ViewSelect("customer_id", passed, (coded,), COLUMNS)


SQL = {
    "buckets": lambda: select_sql(bucket_view(), "customer_features"),
    "segments": lambda: select_sql(segment_view(unassigned=False), "customer_features"),
    "segments_unassigned": lambda: select_sql(segment_view(unassigned=True), "crm.customers"),
    "segments_expression": lambda: expression_sql(
        segment_view(unassigned=True).coded[0], segment_view(unassigned=True)
    ),
}


@pytest.mark.parametrize("name", SQL)
def test_golden(name: str) -> None:
    path, text = GOLDEN / f"{name}.sql", SQL[name]() + "\n"
    if os.environ.get("SEGKIT_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_a_guarded_twin_does_not_take_a_name_that_is_taken() -> None:
    columns = {n: Column(n, parse_type("DOUBLE")) for n in ("id", "x", "x_finite")}
    case = case_of_bands("x", list(zip("ab", _bands("1"), strict=True)), "?")
    view = ViewSelect("id", ("x_finite",), (CodedColumn("b_order", case, "b"),), columns)
    assert "AS x_finite_\n" in select_sql(view, "t")


def test_output_names_the_columns_of_the_contract() -> None:
    assert segment_view(unassigned=False).output[-3:] == (
        "segment_id",
        "segment_name",
        "segment_order",
    )
    assert bucket_view().output[:3] == ("customer_id", "age_band", "age_band_order")
