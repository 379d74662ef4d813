"""What segments explain of a metric, beside plain rivals: made so that each share is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from segkit.core.tree import Below, Known, Leaf, Split
from segkit.core.usefulness import Usefulness
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.monitor import usefulness
from segkit.monitor.usefulness import false_tests, measure_usefulness, with_usefulness
from segkit.project.nodes import Project, Segmentation
from segkit.publish.subject import fitted, read_subject
from tests.publish.shops import fill, node, shop
from tests.publish.stored.test_fits import FIT

YML = """\
segments:
  - {name: shoppers, from: customer_features, key: customer_id, features: [age],
     metrics: [{column: metric, period: later}]}
buckets:
  - {name: ages, from: customer_features, key: customer_id,
     columns: [{name: band, column: age, edges: [90]}]}
  - {name: by_mail, from: customer_features, key: email,
     columns: [{name: band, column: age, edges: [90]}]}
  - {name: seeds, from: customers, key: customer_id,
     columns: [{name: band, column: age, edges: [90]}]}
"""


@pytest.fixture
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as scratch:
        yield scratch


def measure(
    engine: DuckDBEngine, project: Project, age: str, metric: str, rows: int = 400
) -> Usefulness:
    """Segments are by ``i % 2``; age and metric are SQL of the customer's number ``i``."""
    fill(
        engine,
        f"SELECT i AS customer_id, CAST({age} AS DOUBLE) AS age, {metric} AS metric "
        f"FROM range({rows}) AS t(i)",
    )
    engine.execute(
        "CREATE OR REPLACE VIEW shoppers AS SELECT customer_id, age, "
        "1 + customer_id % 2 AS segment_order FROM customer_features"
    )
    spec = node(project, "shoppers", Segmentation)
    subject = fitted(read_subject(engine, project, spec), FIT)
    (found,) = measure_usefulness(engine, subject, "shoppers")
    return found


def share(found: Any) -> float:
    return float(found.explained.value)


def test_segments_that_say_all_and_ages_that_say_nothing(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    found = measure(engine, shop(tmp_path, YML), "i // 2 % 50", "10.0 * (i % 2)")
    assert share(found) == 1
    assert found.rival is not None
    assert (found.rival.kind, found.rival.name, found.rival.groups) == ("quantiles", "age", 5)
    assert share(found.rival) < 0.02
    assert (found.known, found.missing, found.groups, found.verdict) == (400, 0, 2, "better")


def test_a_value_on_an_edge_is_in_the_lower_band(engine: DuckDBEngine, tmp_path: Path) -> None:
    """The median of age is 5, and the metric is whether it is more: the bands say all of it."""
    found = measure(engine, shop(tmp_path, YML), "[1, 5, 5, 9][1 + i // 2 % 4]",
                    "CASE WHEN i // 2 % 4 = 3 THEN 1.0 ELSE 0.0 END")  # fmt: skip
    assert found.rival is not None
    assert (share(found.rival), share(found)) == (1, 0)
    assert found.verdict == "nothing"


def test_the_best_rival_is_named(engine: DuckDBEngine, tmp_path: Path) -> None:
    """Bands cut at 90 say what quantiles at the median do not."""
    project = shop(tmp_path, YML)
    engine.execute(
        "CREATE TABLE ages AS SELECT i AS customer_id, 'x' AS band, "
        "1 + (i // 2 % 10) // 9 AS band_order FROM range(400) AS t(i)"
    )
    found = measure(engine, project, "10 * (i // 2 % 10)", "1.0 * ((i // 2 % 10) // 9)")
    assert found.rival is not None
    assert (found.rival.kind, found.rival.name, share(found.rival)) == ("buckets", "ages.band", 1)


def test_missing_values_and_the_same_for_all(engine: DuckDBEngine, tmp_path: Path) -> None:
    project = shop(tmp_path, YML)
    some = "CASE WHEN i % 4 = 0 THEN NULL WHEN i % 4 = 1 THEN 'inf'::DOUBLE ELSE i END"
    found = measure(engine, project, "i", some)
    assert (found.known, found.missing) == (200, 200)
    constant = measure(engine, project, "i", "7.0")
    assert (constant.explained, constant.known, constant.verdict) == (None, 400, "unknown")


@pytest.mark.parametrize(("rows", "is_measured"), [(2, False), (3, True)])
def test_more_customers_than_groups(
    engine: DuckDBEngine, tmp_path: Path, rows: int, is_measured: bool
) -> None:
    found = measure(engine, shop(tmp_path, YML), "i", "1.0 * i", rows)
    assert (found.explained is not None) is is_measured


def test_a_metric_that_repeats_a_feature_tests_nothing(
    engine: DuckDBEngine, tmp_path: Path
) -> None:
    found = measure(engine, shop(tmp_path, YML), "i * i % 101", "-3.0 * (i * i % 101) + 5")
    assert (found.same_as, found.verdict) == ("age", "descriptive")
    other = measure(engine, shop(tmp_path, YML), "i * i % 101", "1.0 * (i * 7 % 97)")
    assert other.same_as == ""
    assert false_tests([found, other, replace(found, declared_later=False)]) == (
        "metric is declared as of a later period, but it all but repeats age, which the segments "
        "are made of: it tests nothing",
    )


def test_a_metric_that_is_not_there_yet_is_left_out(engine: DuckDBEngine, tmp_path: Path) -> None:
    project = shop(tmp_path, YML.replace("column: metric", "column: to_come"))
    fill(engine, "SELECT 1 AS customer_id, 2 AS age")
    engine.execute("CREATE VIEW shoppers AS SELECT *, 1 AS segment_order FROM customer_features")
    spec = node(project, "shoppers", Segmentation)
    subject = fitted(read_subject(engine, project, spec), FIT)
    assert measure_usefulness(engine, subject, "shoppers") == ()
    without = replace(subject, node=replace(spec, metrics=()))
    assert measure_usefulness(engine, without, "gone") == ()


def test_of_many_some_are_looked_at_and_all_are_counted(
    engine: DuckDBEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = shop(tmp_path, YML)
    metric = "CASE WHEN i % 10 > 0 THEN (i % 2) * 100 + (i * 7919) % 101 END"
    exact = measure(engine, project, "i % 90", metric, rows=20_000)
    monkeypatch.setattr(usefulness, "MOST_CUSTOMERS", 4_000)
    some = measure(engine, project, "i % 90", metric, rows=20_000)
    assert (some.known, some.missing) == (exact.known, exact.missing) == (18_000, 2_000)
    assert some != exact
    assert share(some) == pytest.approx(share(exact), abs=0.02)
    assert some == measure(engine, project, "i % 90", metric, rows=20_000)


def test_fits_that_are_read_together_are_told_what_each_is_told_alone(
    engine: DuckDBEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = shop(tmp_path, YML)
    metric = "CASE WHEN i % 10 > 0 THEN (i % 2) * 100 + (i * 7919) % 101 END"
    measure(engine, project, "CASE WHEN i % 7 > 0 THEN i % 90 END", metric, rows=4_000)
    of_all = read_subject(engine, project, node(project, "shoppers", Segmentation))
    turned = Split("age", Below(Decimal(30)), Leaf(2), Leaf(1))
    trees = (FIT.tree, turned, Split("age", Known(), turned, Leaf(0)))
    subjects = [fitted(of_all, replace(FIT, tree=tree)) for tree in trees]
    for most in (100_000, 2_000):
        monkeypatch.setattr(usefulness, "MOST_CUSTOMERS", most)
        alone = [with_usefulness(engine, subject)[0].usefulness for subject in subjects]
        together = [fit.usefulness for fit in with_usefulness(engine, *subjects)]
        assert together == alone
        assert len({each.explained for (each,) in alone}) == 3
        assert all(each.clusters and each.rival for (each,) in alone)
