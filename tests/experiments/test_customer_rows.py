"""Sums by customer against the same worked out one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segkit.engines.duckdb.publisher import DuckDBWorkspace
from tests.experiments.priced import cells_of
from tests.project.nodes.test_experiments import REVENUE


def test_what_counts_is_within_the_days_of_each(engine: DuckDBWorkspace) -> None:
    """Text ids against numbers; nothing bought is 0, and NULL is missing."""
    (found,) = cells_of(engine)
    assert found.strata == (("A", 1, True),)
    assert found.complete.tolist() == [2, 2]  # the sixth is not over, the fifth is in none
    assert found.missing.tolist() == [0, 1]
    assert found.whole.n.tolist() == [[2, 1]]
    assert found.whole.mean[0, :, 0] == pytest.approx([(15 + 40) / 2, 0])
    assert found.whole.cov[0, 0, 0, 0] == pytest.approx(np.var([15, 40], ddof=1))
    assert found.folds.n.sum(axis=0).tolist() == [[2, 1]]


def test_without_a_time_a_customer_has_a_value_or_none(engine: DuckDBWorkspace) -> None:
    (found,) = cells_of(engine, primary=replace(REVENUE, at=None, days=None))
    assert found.complete.tolist() == [2, 3]
    assert found.missing.tolist() == [0, 2]  # the fourth is not there
    assert found.whole.mean[0, 0, 0] == pytest.approx((215 + 40) / 2)


def test_a_day_counts_from_the_day_of_the_assignment(engine: DuckDBWorkspace) -> None:
    engine.execute(
        "CREATE OR REPLACE TABLE orders AS"
        " SELECT id, CAST(ordered_at AS DATE) AS ordered_at, revenue FROM orders"
    )
    (found,) = cells_of(engine)
    assert found.whole.mean[0, 0, 0] == pytest.approx((100 + 15 + 40) / 2)
