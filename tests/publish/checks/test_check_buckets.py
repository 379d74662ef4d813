from __future__ import annotations

from pathlib import Path

import pytest

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.project.nodes import BucketSet
from segkit.publish.checks.check_buckets import check_buckets
from segkit.publish.checks.check_columns import Relation
from tests.publish.shops import fill, node, shop

YML = """\
buckets:
  - name: made
    from: customer_features
    key: customer_id
    columns:
      - {COLUMN}
"""


def problems(directory: Path, column: str, types: str, key: str = "customer_id") -> list[str]:
    project = shop(
        directory, YML.replace("{COLUMN}", column).replace("key: customer_id", f"key: {key}")
    )
    with DuckDBEngine() as engine:
        fill(engine, f"SELECT 1 AS customer_id, {types} WHERE FALSE")
        columns = engine.columns("customer_features")
        relation = Relation(project, engine, "customer_features", columns)
        found = check_buckets(relation, node(project, "made", BucketSet))
        return [f"{problem.code}: {problem.message}" for problem in found]


BANDS = "{name: band, column: age, edges: [30]}"
RULES = (
    "{name: s, rules: [{when: age < 30, label: a}, {when: age >= 30 AND incme > 1, label: b}], "
    "else: c}"
)
LABELLED = '{name: band, column: age, edges: [30, 40], labels: ["<30", "30-39", "40+"]}'


@pytest.mark.parametrize(
    ("column", "types", "said"),
    [
        (BANDS, "2 AS age", []),
        (BANDS, "2.5 AS age", []),
        (BANDS, "'x' AS age", ["SK105: column `age` is VARCHAR: edges and bands need a number"]),
        (BANDS, "2 AS income", ["SK104: column `age` is not in customer_features"]),
        (LABELLED, "2 AS age", []),
        (LABELLED, "CAST(2 AS DECIMAL(9,2)) AS age",
         ["SK203: labels of `band` leave out the values between whole numbers"]),
        ("{name: q, column: age, quantiles: 4}", "DATE '2026-01-01' AS age",
         ["SK105: column `age` is DATE: quantiles need a number"]),
        ("{name: rfm, rfm: {recency: r, frequency: f, monetary: m}}", "1 AS r, TRUE AS f, 2 AS m",
         ["SK105: column `f` is BOOLEAN: quantiles need a number"]),
        ('{name: rfm, rfm: {recency: r, frequency: f, monetary: m, not_scored: "n < 1"}}',
         "1 AS r, 1 AS f, 2 AS m", ["SK104: column `n` is not in customer_features"]),
        ('{name: rfm, rfm: {recency: r, frequency: f, monetary: m, not_scored: "RFM < 1"}}',
         "1 AS r, 1 AS f, 2 AS m, 3 AS rfm",
         ["SK102: `RFM` is a column of customer_features, and one that made makes"]),
        (RULES, "2 AS age, 3 AS income", ["SK104: column `incme` is not in customer_features"]),
    ],
)  # fmt: skip
def test_each_kind_of_bucket_asks_for_its_columns(
    tmp_path: Path, column: str, types: str, said: list[str]
) -> None:
    assert problems(tmp_path, column, types) == said


def test_rules_that_types_make_overlap_or_not(tmp_path: Path) -> None:
    """Between 29 and 30 there is no whole number; of a DOUBLE there is."""
    rules = "{name: s, rules: [{when: age <= 29, label: a}, {when: age >= 30, label: b}]}"
    assert problems(tmp_path, rules, "2 AS age") == []
    (gap,) = problems(tmp_path, rules, "CAST(2 AS DOUBLE) AS age")
    assert gap.startswith("SK202:")


def test_the_key_is_a_column(tmp_path: Path) -> None:
    assert problems(tmp_path, BANDS, "2 AS age", key="customer") == [
        "SK104: column `customer` is not in customer_features"
    ]
