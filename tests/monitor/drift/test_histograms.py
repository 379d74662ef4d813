"""Customers by bin, at the fit and now: each in one, and what is known already is not counted."""

from __future__ import annotations

from segkit.core.drift_result import Value
from segkit.engines.open import open_bench
from segkit.monitor.drift.histograms import read_histograms

SPEND = Value("spend", edges=(10.0, 20.0))
REGION = Value("region", is_category=True, levels=("north", "south"))


def test_everybody_is_in_one_bin() -> None:
    with open_bench() as engine:
        engine.execute(
            "CREATE TABLE base AS SELECT * FROM (VALUES (9.0, 'north'), (10.0, 'south'),"
            " (20.0, 'east'), (NULL, NULL)) AS v (spend, region)"
        )
        engine.execute("CREATE TABLE today AS SELECT 15.0 AS spend, 'south' AS region")
        found = read_histograms(engine, "base", "today", (SPEND, REGION, Value("none")))
    assert {name: (a.tolist(), b.tolist()) for name, (a, b) in found.items()} == {
        "spend": ([1, 1, 1, 1], [0, 1, 0, 0]),  # below 10, below 20, above, missing
        "region": ([1, 1, 1, 1], [0, 1, 0, 0]),  # north, south, another, missing
    }


def test_a_histogram_that_was_kept_is_not_counted_again() -> None:
    kept = Value("spend", edges=(10.0, 20.0), histogram=(5, 6, 7, 8))
    with open_bench() as engine:
        engine.execute("CREATE TABLE today AS SELECT NULL::DOUBLE AS spend")
        found = read_histograms(engine, "no_such_table", "today", (kept,))
    assert [counts.tolist() for counts in found["spend"]] == [[5, 6, 7, 8], [0, 0, 0, 1]]
