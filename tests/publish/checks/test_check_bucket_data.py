from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.errors import DataError, Problem
from segkit.project.nodes import BucketSet
from segkit.publish.checks.check_bucket_data import (
    bucket_figures,
    check_rules_in_data,
    crowded_buckets,
    strange_values,
)
from segkit.publish.proof.one_scan import scan_view
from segkit.publish.views.bucket_view import bucket_text
from tests.publish.shops import fill, node, shop

BANDS = """\
buckets:
  - {name: bands, from: customer_features, key: customer_id,
     columns: [{name: age_band, column: age, edges: [30]}]}
"""
RULES = """\
buckets:
  - name: bands
    from: customer_features
    key: customer_id
    columns:
      - name: stage
        rules:
          - {when: "round(age) >= 30", label: older}
          - {when: "income < 10", label: poor}
        else: rest
"""


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as scratch:
        yield scratch


def crowded(engine: DuckDBEngine, directory: Path, ages: dict[float | None, int]) -> list[Problem]:
    listed = [("NULL" if age is None else str(age)) for age, n in ages.items() for _ in range(n)]
    fill(
        engine,
        f"SELECT unnest(range({len(listed)})) AS customer_id, unnest([{', '.join(listed)}]) AS age",
    )
    buckets = node(shop(directory, BANDS), "bands", BucketSet)
    view = bucket_text(buckets, engine.columns("customer_features"), None).view
    return crowded_buckets(buckets, view, scan_view(engine, view, "customer_features"))


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ({20: 95, 40: 5}, 0),  # more than 95 %, and not just that
        ({20: 96, 40: 4}, 1),
        ({20: 19}, 0),  # too few rows
        ({20: 20}, 1),
    ],
)
def test_a_bucket_that_holds_nearly_everybody(
    engine: DuckDBEngine, tmp_path: Path, counts: dict[float | None, int], says: int
) -> None:
    found = crowded(engine, tmp_path, counts)
    assert [problem.code for problem in found] == ["SK209"] * says
    if 40 in counts and says:
        assert found[0].message == '96 of 100 rows are in one bucket of `age_band`: "<30"'
        assert "does the unit of the column fit its edges?" in (found[0].help or "")


def test_where_null_goes_it_is_asked_of_the_model(engine: DuckDBEngine, tmp_path: Path) -> None:
    (found,) = crowded(engine, tmp_path, {None: 30, 20: 1})
    assert "that is where NULL goes" in (found.help or "")


def test_rows_on_which_two_rules_hold_are_counted(engine: DuckDBEngine, tmp_path: Path) -> None:
    """Of six rows two are in both; rows with a NULL are not."""
    buckets = node(shop(tmp_path, RULES), "bands", BucketSet)
    fill(
        engine,
        "FROM (VALUES (1, 29.4, 5), (2, 29.5, 5), (3, 40, 9.5), (4, 40, 10), (5, NULL, 5), "
        "(6, 40, NULL)) AS t(customer_id, age, income)",
    )
    columns = engine.columns("customer_features")
    with pytest.raises(DataError) as raised:
        check_rules_in_data(engine, buckets, "customer_features", columns)
    (problem,) = raised.value.problems
    assert problem.message == (
        "rules of `stage` overlap: 2 of 6 rows of customer_features are in two of them"
    )
    assert [label.text for label in problem.labels] == ["older", "poor"]
    assert problem.help == 'add to "poor" what tells it apart: `AND NOT (round(age) >= 30)`'
    engine.execute("DELETE FROM customer_features WHERE customer_id IN (2, 3)")
    check_rules_in_data(engine, buckets, "customer_features", columns)


def test_codes_and_values_for_unknown(engine: DuckDBEngine, tmp_path: Path) -> None:
    yml = BANDS.replace("edges: [30]}", "edges: [30]}, {name: z, column: zip_code, edges: [5]}")
    buckets = node(shop(tmp_path, yml), "bands", BucketSet)
    fill(
        engine,
        "SELECT i AS customer_id, CASE WHEN i < 3 THEN 999 ELSE 20 + i % 40 END AS age, "
        "i AS zip_code FROM range(100) AS t(i)",
    )
    columns = engine.columns("customer_features")

    def strange(rows: str) -> list[Problem]:
        view = bucket_text(buckets, columns, None).view
        scan = scan_view(engine, view, rows, bucket_figures(buckets, engine.dialect))
        return strange_values(engine, buckets, rows, columns, scan)

    found = strange("customer_features")
    assert [(problem.code, problem.message) for problem in found] == [
        ("SK210", "age is 999 in 3 of 100 rows, and 59 is the next"),
        ("SK211", "`zip_code` is cut as a number, and looks like a code"),
    ]
    some = "(SELECT * FROM customer_features WHERE customer_id > 2)"
    assert [p.code for p in strange(some)] == ["SK211"]
