"""Sums by customer, and moments of them, against the same worked out one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from segkit.engines.duckdb.publisher import DuckDBWorkspace
from segkit.experiments.cells import Cells, read_cells
from segkit.experiments.customer_rows import held_rows
from segkit.project.nodes import Project, Target
from tests.project.nodes.test_experiments import PRICE, REVENUE

PROJECT = Project("shop", Path("/shop"), Target("dev", "duckdb", Path("/shop/x.duckdb")), {}, {})
START = datetime(2026, 2, 1, 9)
UNTIL = datetime(2026, 3, 1, 9)


@pytest.fixture
def engine(workspace: DuckDBWorkspace) -> DuckDBWorkspace:
    """Six customers with orders before, in and after their 28 days; the last is too young."""
    workspace.execute(
        "CREATE TABLE price_assignment AS SELECT * FROM (VALUES"
        " (1, 'control', 'A', 1, TIMESTAMP '2026-02-01 09:00', 1, 1.0),"
        " (2, 'control', 'A', 1, TIMESTAMP '2026-02-01 09:00', 1, 2.0),"
        " (3, 'offer', 'A', 1, TIMESTAMP '2026-02-01 09:00', 1, 3.0),"
        " (4, 'offer', 'A', 1, TIMESTAMP '2026-02-01 09:00', 1, NULL),"
        " (5, 'holdout', 'A', 1, TIMESTAMP '2026-02-01 09:00', 1, 5.0),"
        " (6, 'offer', 'A', 1, TIMESTAMP '2026-02-02 09:00', 1, 6.0))"
        " AS t (id, arm, segment_id, fit_version, assigned_at, period, x)"
    )
    workspace.execute(
        "CREATE TABLE orders AS SELECT * FROM (VALUES"
        " ('1', TIMESTAMP '2026-02-01 08:59', 100.0, 1),"
        " ('1', TIMESTAMP '2026-02-01 09:00', 10.0, 1),"
        " ('1', TIMESTAMP '2026-02-20', 5.0, 2), ('1', TIMESTAMP '2026-03-01 09:00', 100.0, 1),"
        " ('2', TIMESTAMP '2026-02-05', 40.0, 4), ('3', TIMESTAMP '2026-02-05', NULL, 1),"
        " ('5', TIMESTAMP '2026-02-05', 70.0, 1), ('6', TIMESTAMP '2026-02-05', 70.0, 1))"
        " AS t (id, ordered_at, revenue, items)"
    )
    return workspace


def cells(engine: DuckDBWorkspace, **changes: object) -> tuple[Cells, ...]:
    node = replace(PRICE, **changes)  # type: ignore[arg-type]
    with held_rows(engine, PROJECT, node, UNTIL):
        return read_cells(engine, node)


def test_what_counts_is_within_the_days_of_each(engine: DuckDBWorkspace) -> None:
    """Text ids against numbers; nothing bought is 0, and NULL is missing."""
    (found,) = cells(engine)
    assert found.strata == (("A", 1, True),)
    assert found.complete.tolist() == [2, 2]  # the sixth is not over, the fifth is in none
    assert found.missing.tolist() == [0, 1]
    assert found.whole.n.tolist() == [[2, 1]]
    assert found.whole.mean[0, :, 0] == pytest.approx([(15 + 40) / 2, 0])
    assert found.whole.cov[0, 0, 0, 0] == pytest.approx(np.var([15, 40], ddof=1))
    assert found.folds.n.sum(axis=0).tolist() == [[2, 1]]


def test_a_ratio_and_covariates(engine: DuckDBWorkspace) -> None:
    (found,) = cells(engine, primary=replace(REVENUE, per="items"), covariates=("x",))
    assert found.strata == (("A", 1, False), ("A", 1, True))
    assert found.whole.mean[1, 0] == pytest.approx([27.5, 3.5, 1.5])
    assert found.whole.cov[1, 0, 0, 2] == pytest.approx(np.cov([15, 40], [1, 2])[0, 1])
    assert found.whole.n.tolist() == [[0, 1], [2, 0]]


def test_a_cap_is_a_quantile_of_all_and_both_are_there(engine: DuckDBWorkspace) -> None:
    capped, uncapped = cells(engine, primary=replace(REVENUE, cap=0.5))
    assert capped.value.cap == 15  # of 15, 40, 0
    assert capped.whole.mean[0, 0, 0] == 15
    assert uncapped.value.is_uncapped
    assert uncapped.whole.mean[0, 0, 0] == pytest.approx(27.5)


def test_without_a_time_a_customer_has_a_value_or_none(engine: DuckDBWorkspace) -> None:
    (found,) = cells(engine, primary=replace(REVENUE, at=None, days=None))
    assert found.complete.tolist() == [2, 3]
    assert found.missing.tolist() == [0, 2]  # the fourth is not there
    assert found.whole.mean[0, 0, 0] == pytest.approx((215 + 40) / 2)


def test_a_day_counts_from_the_day_of_the_assignment(engine: DuckDBWorkspace) -> None:
    engine.execute(
        "CREATE OR REPLACE TABLE orders AS"
        " SELECT id, CAST(ordered_at AS DATE) AS ordered_at, revenue FROM orders"
    )
    (found,) = cells(engine)
    assert found.whole.mean[0, 0, 0] == pytest.approx((100 + 15 + 40) / 2)


def test_large_numbers_lose_no_digits(workspace: DuckDBWorkspace) -> None:
    """1e9 and a deviation of 1: squares alone would leave nothing of it."""
    workspace.execute(
        "CREATE TABLE price_assignment AS SELECT range AS id,"
        " ['control', 'offer'][1 + range % 2] AS arm, 'A' AS segment_id, 1 AS fit_version,"
        " TIMESTAMP '2026-02-01' AS assigned_at, 1 AS period FROM range(1000)"
    )
    workspace.execute(
        "CREATE TABLE orders AS SELECT range AS id, 1e9 + range % 4 AS revenue FROM range(1000)"
    )
    (found,) = cells(workspace, primary=replace(REVENUE, at=None, days=None))
    assert found.whole.cov[0, :, 0, 0] == pytest.approx([np.var([0.0, 2.0] * 250, ddof=1)] * 2)
    assert timedelta(days=28) == UNTIL - START
