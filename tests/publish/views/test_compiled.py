"""The profile's figures on an engine, counted by hand; and the words above a view."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from pathlib import Path

import pytest

from segkit.core.columns import Column, parse_type
from segkit.core.fit import FittedSegment, Lineage
from segkit.core.rules import Condition, Interval, Rule
from segkit.core.tree import Below, Leaf, Split
from segkit.dialects.table import DIALECTS, DUCKDB
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.project.nodes import Segmentation
from segkit.publish.subject import given_names
from segkit.publish.views.compiled import (
    Described,
    ViewText,
    Words,
    profile_outputs,
    profile_select,
    segment_header,
    segment_rule_sql,
    segment_rules,
    segment_view,
)
from tests.publish.shops import node, shop
from tests.publish.stored.test_fits import FIT
from tests.subjects import subject_of

YML = """\
segments:
  - name: shoppers
    from: customer_features
    key: customer_id
    features: [age, {column: region, kind: category}]
    metrics: [income, came]
    about: {A: {name: Youths}}
"""
TYPES = {
    "customer_id": "INTEGER",
    "age": "DOUBLE",
    "region": "VARCHAR",
    "income": "DOUBLE",
    "came": "BOOLEAN",
}
COLUMNS = {name: Column(name, parse_type(type_)) for name, type_ in TYPES.items()}
ROWS = """\
  (1, '20', 'north', '10', TRUE, 'A'), (2, '30', 'north', '30', FALSE, 'A'),
  (3, 'inf', NULL, NULL, NULL, 'A'), (4, '40', 'south', 'inf', TRUE, 'A'),
  (5, '70', 'south', '80', FALSE, 'B')"""


@pytest.fixture
def segmentation(tmp_path: Path) -> Segmentation:
    return node(shop(tmp_path, YML), "shoppers", Segmentation)


def profile(
    segmentation: Segmentation, rows: str = ROWS, age: str = "DOUBLE"
) -> list[dict[str, object]]:
    words = [
        Words(id_, name, order, f"in {id_}", f"{id_}?")
        for order, (id_, name) in enumerate((("B", "Old"), ("A", "Young"), ("C", "Nobody")), 1)
    ]
    columns = tuple((COLUMNS | {"age": Column("age", parse_type(age))}).values())
    sql = profile_select(subject_of(segmentation, FIT, columns), words)
    with DuckDBEngine() as engine:
        engine.execute(
            f"CREATE TABLE both_of_them AS SELECT customer_id, CAST(age AS {age}) AS age, region, "
            f"CAST(income AS DOUBLE) AS income, came, segment_id FROM (VALUES {rows}) AS "
            "t(customer_id, age, region, income, came, segment_id)"
        )
        engine.execute("CREATE TABLE customer_features AS FROM both_of_them")
        engine.execute("CREATE TABLE shoppers AS FROM both_of_them")
        names = [column.name for column in engine.columns_of_query(sql)]
        return [dict(zip(names, row, strict=True)) for row in engine.query(sql)]


def test_a_row_for_each_segment_in_order_and_for_empty_ones(segmentation: Segmentation) -> None:
    b, a, c = profile(segmentation)
    assert [row["segment_id"] for row in (b, a, c)] == ["B", "A", "C"]
    assert (a["segment_name"], a["description"], a["rule"]) == ("Young", "in A", "A?")
    assert [(row["n"], row["share"]) for row in (b, a, c)] == [(1, 0.2), (4, 0.8), (0, 0.0)]


def test_figures_of_features_leave_out_what_is_missing(segmentation: Segmentation) -> None:
    _, a, c = profile(segmentation)
    assert (a["age_mean"], a["age_median"]) == (30, 30)  # 20, 30, 40, and one that is infinite
    assert a["region_mode"] == "north"
    assert a["region_mode_share"] == pytest.approx(2 / 3)  # of three whose region is known
    assert (c["age_mean"], c["region_mode"]) == (None, None)


@pytest.mark.parametrize("type_", ["DECIMAL(9,2)", "DECIMAL(38,2)"])
def test_a_median_has_as_many_digits_as_it_needs(segmentation: Segmentation, type_: str) -> None:
    rows = "(1, 664.28, 'b', 1, TRUE, 'A'), (2, 664.29, 'a', 1, TRUE, 'A')"
    assert profile(segmentation, rows, type_)[1]["age_median"] == 664.285


def test_of_levels_as_frequent_the_first_is_the_mode(segmentation: Segmentation) -> None:
    rows = "(1, 20, 'b', 1, TRUE, 'A'), (2, 20, 'a', 1, TRUE, 'A')"
    a = profile(segmentation, rows)[1]
    assert (a["region_mode"], a["region_mode_share"]) == ("a", 0.5)


def test_metrics(segmentation: Segmentation) -> None:
    """Known incomes are 10, 30 and 80: their mean is 40, and A's is 20."""
    b, a, c = profile(segmentation)
    assert (a["income_sum"], a["income_mean"], a["income_lift"]) == (40, 20, 0.5)
    assert (b["income_share"], b["income_lift"]) == (pytest.approx(2 / 3), 2)
    assert (a["came_sum"], a["came_mean"]) == (2, pytest.approx(2 / 3))  # a flag counts as 0 and 1
    assert (c["income_sum"], c["income_lift"]) == (None, None)


@pytest.mark.parametrize(("income", "lift"), [(-30, None), (-10, None), (-9, 10.0)])
def test_no_lift_over_a_mean_that_is_not_above_0(
    segmentation: Segmentation, income: int, lift: float | None
) -> None:
    """Of losses, or of nothing, a ratio would lie."""
    rows = f"(1, 20, 'a', 10, TRUE, 'A'), (2, 20, 'a', {income}, TRUE, 'B')"
    a = profile(segmentation, rows)[1]
    assert a["income_lift"] == (None if lift is None else pytest.approx(20.0))


def test_what_a_profile_says_of_a_feature() -> None:
    assert profile_outputs(COLUMNS["region"], DUCKDB, category=True) == (
        ("region_mode", "VARCHAR"),
        ("region_mode_share", "DOUBLE"),
    )
    assert profile_outputs(COLUMNS["age"], DUCKDB, category=False) == (
        ("age_mean", "DOUBLE"),
        ("age_median", "DOUBLE"),
    )


def test_the_header(segmentation: Segmentation) -> None:
    fit = replace(FIT, quality=replace(FIT.quality, moved=1200))
    assert segment_header(segmentation, fit) == (
        "-- shoppers: which of 2 segments a customer is in\n"
        "-- fit v0001 on 200 rows | loss 3.1% against K-Means | cuts snapped, 1,200 rows moved"
    )
    one = replace(FIT, quality=replace(FIT.quality, moved=1))
    assert segment_header(segmentation, one).endswith("cuts snapped, 1 row moved")
    by_hand = replace(FIT, lineage=Lineage(1, ("age < 42 -> 40", "line\nbreak")))
    assert segment_header(segmentation, by_hand).endswith("| by hand: age < 42 -> 40; line break")


def test_names_that_people_gave_win(segmentation: Segmentation) -> None:
    assert given_names(segmentation) == {"A": "Youths"}
    columns = list(COLUMNS.values())
    view = segment_view(subject_of(segmentation, FIT, columns))
    (coded,) = view.coded
    assert [(o.id, o.name) for o in coded.case.outcomes] == [
        ("unassigned", "Unassigned"),
        ("A", "Youths"),
        ("B", 'Größe "x"'),
    ]
    published = ("segment_id", "segment_name", "segment_order")
    assert view.output == ("customer_id", "age", "region", *published)


def test_rules_of_a_segment_are_one_condition() -> None:
    tree = Split("age", Below(D(30)), Leaf(1), Split("age", Below(D(60)), Leaf(2), Leaf(1)))
    rules = segment_rules(replace(FIT, tree=tree))
    assert [(code, len(found)) for code, found in rules.items()] == [(1, 2), (2, 1)]
    columns = {"age": Column("age", parse_type("INTEGER"))}
    assert segment_rule_sql(rules[2], columns, DUCKDB) == "age >= 30 AND age < 60"
    assert segment_rule_sql(rules[1], columns, DUCKDB) == "(age < 30) OR (age >= 60 OR age IS NULL)"
    alone = Rule(3, (Condition("age", Interval(lower=D(1))),))
    assert segment_rule_sql([alone], columns, DUCKDB) == "age >= 1"


def test_comments_of_a_view_and_of_its_columns() -> None:
    described = Described("it's a view", {"age": "Age", "order": "Order"})
    assert described.statements("v", DUCKDB) == (
        "COMMENT ON VIEW v IS 'it''s a view'",
        "COMMENT ON COLUMN v.age IS 'Age'",
        "COMMENT ON COLUMN v.\"order\" IS 'Order'",
    )
    assert described.statements("t", DUCKDB, "TABLE")[0].startswith("COMMENT ON TABLE t IS")


def test_a_file_says_where_it_was_not_run(segmentation: Segmentation) -> None:
    fit = replace(FIT, segments=(*FIT.segments, FittedSegment(3, "C", "Third", 1)))
    view = segment_view(subject_of(segmentation, fit, tuple(COLUMNS.values())))
    text = ViewText(view, "-- head", Described("a view", {}), "\n-- proved")
    assert text.file("v", "t", DUCKDB).startswith("-- head\n-- proved\n")
    certified = DIALECTS["postgres"]
    other = next(d for d in DIALECTS.values() if not d.is_certified)
    assert text.file("v", "t", certified).startswith(f"-- head\n-- for {certified.title}\n")
    assert "where segkit has not been run" in text.file("v", "t", other)
