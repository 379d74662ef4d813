"""Who is looked at: which sets stand beside, and the columns of a row."""

from __future__ import annotations

from pathlib import Path

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.monitor.useful_customers import bucket_sets_beside, read_from
from segkit.project.nodes import Segmentation
from segkit.publish.subject import fitted, read_subject
from tests.monitor.test_usefulness import YML
from tests.publish.shops import fill, node, shop
from tests.publish.stored.test_fits import FIT


def test_sets_of_the_same_customers_stand_beside(tmp_path: Path) -> None:
    project = shop(tmp_path, YML)
    spec = node(project, "shoppers", Segmentation)
    assert [each.name for each in bucket_sets_beside(project, spec)] == ["ages"]


def test_a_row_has_segments_by_each_fit_metrics_features_and_buckets(tmp_path: Path) -> None:
    project = shop(tmp_path, YML)
    with DuckDBEngine() as engine:
        fill(
            engine,
            "SELECT i AS customer_id, i * 10 AS age, i % 2 > 0 AS metric, 'town' AS city, "
            "'x' AS segment_name FROM range(10) AS t(i)",
        )
        engine.execute(
            "CREATE VIEW ages AS SELECT customer_id, 7 AS band_order FROM customer_features"
        )
        engine.execute(
            "CREATE VIEW view AS SELECT customer_id, age, 1 AS one, 2 AS other, 'A' AS segment_name"
            " FROM customer_features"
        )
        spec = node(project, "shoppers", Segmentation)
        subject = fitted(read_subject(engine, project, spec), FIT)
        found = read_from(engine, subject, "view", {"one": FIT, "other": FIT}, 1.0)
        rows = engine.query(
            f"SELECT segment0, segment1, y0, x0, d0, b0 FROM ({found.sql}) AS r ORDER BY x0"
        )
    assert rows == [(1, 2, i % 2, i * 10, "town", 7) for i in range(10)]
    assert (list(found.fits), found.categories) == (["segment0", "segment1"], {"d0": "city"})
    assert (list(found.metrics), list(found.numbers), found.values) == (
        ["y0"],
        ["x0"],
        {"age": "x0"},
    )
