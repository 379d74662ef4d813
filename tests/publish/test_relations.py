from __future__ import annotations

from pathlib import Path

from segkit.dialects.table import DUCKDB
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.errors import Place
from segkit.project.nodes import BucketSet, Seed, Source
from segkit.publish.relations import relation_sql, rows_sql, schema_and_name
from tests.publish.shops import fill, node, shop

PLACE = Place("segkit.yml", 1, 1)
BUCKETS = """\
buckets:
  - {name: bands, from: customer_features, key: customer_id, where: "income > 10",
     columns: [{name: age_band, column: age, edges: [30]}]}
"""


def test_where_a_node_lies() -> None:
    crm = Source("crm.orders", "crm", "orders", PLACE, path=Path("/data/orders.csv"))
    plain = Source("orders", None, "orders", PLACE, path=Path("/data/orders.csv"))
    there = Source("orders", None, "orders", PLACE, relation="lake.raw_orders")
    main = Source("orders", "crm", "orders", PLACE, relation="raw_orders")
    seed = Seed("regions", Path("/data/regions.csv"), PLACE)
    assert [schema_and_name(each) for each in (crm, plain, there, main, seed)] == [
        ("crm", "orders"),
        ("main", "orders"),
        ("lake", "raw_orders"),
        ("main", "raw_orders"),
        ("main", "regions"),
    ]


def test_names_as_sql(tmp_path: Path) -> None:
    files = {
        "segkit.yml": "name: shop\nsources:\n  - name: crm\n    tables:\n"
        "      - {name: order, path: warehouse/seeds/customers.csv}\n"
    }
    project = shop(tmp_path, BUCKETS, **files)
    assert relation_sql(project, "customer_features", DUCKDB) == "customer_features"
    assert relation_sql(project, "crm.order", DUCKDB) == 'crm."order"'
    assert (
        relation_sql(project, "bands_profile", DUCKDB) == "bands_profile"
    )  # derived: by its own name


def test_rows_are_those_of_which_where_is_true(tmp_path: Path) -> None:
    """A value that is not finite counts as NULL, and NULL is not true."""
    project = shop(tmp_path, BUCKETS)
    buckets = node(project, "bands", BucketSet)
    with DuckDBEngine() as engine:
        fill(
            engine,
            "SELECT unnest(range(5)) AS customer_id, "
            "unnest(['5', '11', 'inf', 'nan', NULL]::DOUBLE[]) AS income, 1 AS age",
        )
        sql = rows_sql("customer_features", buckets, engine.columns("customer_features"), DUCKDB)
        assert engine.query(f"SELECT customer_id FROM {sql}") == [(1,)]


def test_without_where_it_is_the_relation(tmp_path: Path) -> None:
    project = shop(tmp_path, BUCKETS.replace('where: "income > 10",', ""))
    assert rows_sql("customer_features", node(project, "bands", BucketSet), (), DUCKDB) == (
        "customer_features"
    )
