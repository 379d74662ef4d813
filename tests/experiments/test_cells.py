"""Moments of what is measured, against the same worked out one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from segkit.engines.duckdb.publisher import DuckDBWorkspace
from segkit.experiments.arm_moments import arm_means
from segkit.experiments.effects import effects
from tests.experiments.draws import two_arms
from tests.experiments.priced import cells_of
from tests.project.nodes.test_experiments import REVENUE

ARMS = ("control", "offer")


def test_a_ratio_and_covariates(engine: DuckDBWorkspace) -> None:
    (found,) = cells_of(engine, primary=replace(REVENUE, per="items"), covariates=("x",))
    assert found.strata == (("A", 1, False), ("A", 1, True))
    assert found.whole.mean[1, 0] == pytest.approx([27.5, 3.5, 1.5])
    assert found.whole.cov[1, 0, 0, 2] == pytest.approx(np.cov([15, 40], [1, 2])[0, 1])
    assert found.whole.n.tolist() == [[0, 1], [2, 0]]


def test_a_cap_is_a_quantile_of_all_and_both_are_there(engine: DuckDBWorkspace) -> None:
    capped, uncapped = cells_of(engine, primary=replace(REVENUE, cap=0.5))
    assert capped.value.cap == 15  # of 15, 40, 0
    assert capped.whole.mean[0, 0, 0] == 15
    assert uncapped.value.is_uncapped
    assert uncapped.whole.mean[0, 0, 0] == pytest.approx(27.5)


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
    (found,) = cells_of(workspace, primary=replace(REVENUE, at=None, days=None))
    assert found.whole.cov[0, :, 0, 0] == pytest.approx([np.var([0.0, 2.0] * 250, ddof=1)] * 2)


@pytest.mark.parametrize("nothing", ["NULL", "'NaN'::DOUBLE"])
def test_half_of_a_metric_missing_is_not_counted_as_customers(
    workspace: DuckDBWorkspace, nothing: str
) -> None:
    """What is counted is what has a value, from the rows to p."""
    control, other = (arm[:, 0] for arm in two_arms())
    values = [("control", v) for v in control] + [("offer", v) for v in other]
    rows = [(i, arm, v, i % 2 == 0) for i, (arm, v) in enumerate(values)]
    workspace.execute("CREATE TABLE made (id INT, arm TEXT, revenue DOUBLE, is_there BOOLEAN)")
    listed = ", ".join(f"({i}, '{arm}', {float(v)!r}, {there})" for i, arm, v, there in rows)
    workspace.execute(f"INSERT INTO made VALUES {listed}")
    workspace.execute(
        "CREATE TABLE price_assignment AS SELECT id, arm, 'A' AS segment_id, 1 AS fit_version,"
        " TIMESTAMP '2026-02-01' AS assigned_at, 1 AS period FROM made"
    )
    workspace.execute(
        f"CREATE TABLE orders AS SELECT id, CASE WHEN is_there THEN revenue ELSE {nothing} END"
        " AS revenue FROM made"
    )
    (found,) = cells_of(workspace, primary=replace(REVENUE, at=None, days=None))
    half = [np.array([v for _, a, v, there in rows if there and a == arm]) for arm in ARMS]
    theirs = stats.ttest_ind(half[1], half[0], equal_var=False)
    interval = theirs.confidence_interval(0.95)
    ours = effects(arm_means(found.whole))
    assert found.missing.tolist() == [len(control) // 2, len(other) // 2]
    assert (ours.p[0, 0], ours.df[0, 0], ours.low[0, 0], ours.high[0, 0]) == pytest.approx(
        (theirs.pvalue, theirs.df, interval.low, interval.high), rel=1e-6
    )
