"""Online Retail: from 541,909 lines of text to the features that its customers are known by."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

import segkit
from segkit.project.load import load_project

PROJECT = Path(__file__).parent / "online_retail"
DATA = Path(__file__).parents[3] / "shared" / "data" / "online_retail.parquet"


@pytest.fixture(scope="module")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with the data in it, not built."""
    if not DATA.is_file():
        pytest.skip("online_retail.parquet is not beside the repository")
    directory = tmp_path_factory.mktemp("projects") / "online_retail"
    shutil.copytree(
        PROJECT, directory, ignore=shutil.ignore_patterns("data", "warehouse", "target")
    )
    (directory / "data").mkdir()
    shutil.copyfile(DATA, directory / "data" / "online_retail.parquet")
    return directory


@pytest.fixture(scope="module")
def december(retail: Path) -> duckdb.DuckDBPyConnection:
    return built(retail)


def built(directory: Path, **options: Any) -> duckdb.DuckDBPyConnection:
    result = segkit.build(directory, **options)
    assert result.ok, [p.message for node in result.nodes for p in node.problems]
    tests = [node.name for node in result.nodes if node.kind == "test"]
    assert len(tests) == 10, tests
    return duckdb.connect(str(directory / "warehouse/online_retail.duckdb"), read_only=True)


def edges(warehouse: duckdb.DuckDBPyConnection, column: str) -> list[float]:
    """Quintiles of DOUBLE: those of DECIMAL are cut off at the column's scale."""
    sql = f"quantile_cont(CAST({column} AS DOUBLE), [0.2, 0.4, 0.6, 0.8])"
    ((found,),) = warehouse.execute(f"SELECT {sql} FROM customer_features").fetchall()
    return [round(edge, 6) for edge in found]


def test_the_project_can_be_read_without_the_data() -> None:
    project = load_project(PROJECT)
    assert {"stg_order_lines", "customer_features"} <= set(project.nodes)
    assert not project.warnings


@pytest.mark.slow  # those of September go the same way
def test_the_features_of_december(december: duckdb.DuckDBPyConnection) -> None:
    assert edges(december, "recency_days") == [13.8, 33, 72, 180]
    assert edges(december, "orders") == [1, 2, 3, 6]
    assert edges(december, "total_spend") == [250.194, 490.096, 942.276, 2058.426]
    sql = "SELECT count(*), min(recency_days), max(orders), max(total_spend) FROM customer_features"
    assert december.execute(sql).fetchall() == [(4338, 1, 209, Decimal("280206.020"))]


def test_nothing_of_the_lines_is_lost(december: duckdb.DuckDBPyConnection) -> None:
    sql = "SELECT count(*), sum(line_total), count(DISTINCT invoice_no) FROM stg_order_lines"
    ((lines, total, invoices),) = december.execute(sql).fetchall()
    assert lines == 397_884
    found = december.execute("SELECT sum(total_spend), sum(orders) FROM customer_features")
    assert found.fetchall() == [(total, invoices)]
    assert total == Decimal("8911407.904")


def test_the_types_are_exact(december: duckdb.DuckDBPyConnection) -> None:
    described = december.execute("DESCRIBE customer_features").fetchall()
    assert [(name, type_) for name, type_, *_ in described] == [
        ("customer_id", "INTEGER"),
        ("recency_days", "BIGINT"),
        ("orders", "BIGINT"),
        ("total_spend", "DECIMAL(18,3)"),
    ]


def test_the_features_of_september(retail: Path, tmp_path: Path) -> None:
    """Three months earlier: lines of that day and later are not there, and an edge stands twice."""
    copy = tmp_path / "september"
    shutil.copytree(retail, copy, ignore=shutil.ignore_patterns("warehouse", "target"))
    with built(copy, vars={"as_of": "2011-09-01"}) as warehouse:
        assert edges(warehouse, "orders") == [1, 1, 2, 4]
        sql = "SELECT count(*), min(recency_days) FROM customer_features"
        assert warehouse.execute(sql).fetchall() == [(3317, 1)]
