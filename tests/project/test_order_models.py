"""Models on order lines: texts that people read, and rows that are what they say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from segkit.engines.open import open_bench
from segkit.errors import Place
from segkit.project.load import load_project
from segkit.project.new_project import DataOrigin, TrialProject
from segkit.project.nodes import Feature, Model
from segkit.project.order_models import REASONS, OrderModels

MODELS = OrderModels("shop", '"Client"', "day", "pieces * price", '"No"', ("\"No\" LIKE 'C%'",))
ROWS = """
SELECT * FROM (VALUES
  ('a', '1', DATE '2025-01-05', 2, 1.25), ('a', '1', DATE '2025-01-05', 2, 1.25),
  ('a', 'C2', DATE '2025-01-05', 1, 9), ('b', '3', DATE '2025-01-05', 0, 9),
  ('b', '3', NULL, 1, 9), (NULL, '3', DATE '2025-01-05', 1, 9), ('b', NULL, DATE '2025-01-05', 1, 9)
) AS t("Client", "No", day, pieces, price)"""
ORDERS = """\
-- Lines that were bought: without cancellations, and with all that is counted.
WITH lines AS (
  SELECT
    "Client" AS customer_id,
    "No" AS order_id,
    day AS ordered_at,
    TRY_CAST(pieces * price AS DECIMAL(18, 4)) AS amount,
    coalesce("No" LIKE 'C%', FALSE) AS is_cancelled
  FROM raw
)

SELECT
  customer_id,
  order_id,
  ordered_at,
  amount
FROM lines
WHERE customer_id IS NOT NULL
  AND order_id IS NOT NULL
  AND ordered_at IS NOT NULL
  AND amount > 0
  AND NOT is_cancelled"""


def orders(models: OrderModels) -> list[tuple[object, ...]]:
    with open_bench() as engine:
        engine.execute(f"CREATE TABLE raw AS {ROWS}")
        return engine.query(f"SELECT * REPLACE (CAST(order_id AS VARCHAR) AS order_id) "
                            f"FROM ({models.orders_sql('raw')}) ORDER BY ALL")  # fmt: skip


def test_a_model_that_people_read() -> None:
    assert MODELS.orders_sql("raw") == ORDERS


def test_lines_that_count() -> None:
    assert [row[:2] for row in orders(MODELS)] == [("a", "1"), ("a", "1")]
    assert [row[:2] for row in orders(replace(MODELS, cancelled=()))] == [
        ("a", "1"), ("a", "1"), ("a", "C2"),
    ]  # fmt: skip
    assert len(orders(replace(MODELS, is_once=True))) == 1
    assert [row[:2] for row in orders(replace(MODELS, bought="price < 9"))] == [
        ("a", "1"), ("a", "1"),
    ]  # fmt: skip
    assert orders(replace(MODELS, bought="price = 9")) == []
    by_day = orders(replace(MODELS, order=None))
    assert {row[1] for row in by_day} == {"2025-01-05"} and len(by_day) == 3


def test_reasons_are_the_conditions_turned_round() -> None:
    """What is counted as left out, and what the model keeps, are all lines."""
    with open_bench() as engine:
        engine.execute(f"CREATE TABLE raw AS {ROWS}")
        left_out = " OR ".join(f"coalesce({sql}, FALSE)" for sql in MODELS.reasons.values())
        ((n,),) = engine.query(
            f"SELECT count(*) FROM ({MODELS.lines_sql('raw')}) AS lines WHERE {left_out}"
        )
    assert n + len(orders(MODELS)) == 7
    asked = {"cancelled", "other"}
    assert set(replace(MODELS, cancelled=()).reasons) == set(REASONS) - asked
    assert set(replace(MODELS, bought="TRUE").reasons) == set(REASONS)


@pytest.mark.parametrize("decimals", [2, 3])
def test_they_are_a_project(tmp_path: Path, decimals: int) -> None:
    project = TrialProject(
        "shop", DataOrigin("../o.csv", "o"), "customer_id", (), [Feature("orders", Place(""))],
        orders=replace(MODELS, decimals=decimals),
    )  # fmt: skip
    for path, text in project.files().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    nodes = load_project(tmp_path, vars={"as_of": "2025-02-01"}).nodes
    node = nodes["shop_customers"]
    assert isinstance(node, Model) and node.depends_on == ("shop_orders",)
    assert f"AS DECIMAL(18, {decimals})) AS total_spend" in node.sql
    assert nodes["shop_segments"].depends_on == ("shop_customers",)
