"""What is kept of segments is what the published profile says, though that is not asked."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from segkit.publish.proof import parity
from tests.pipeline.orders_project import (
    FIRST,
    MODEL,
    SEGMENTS,
    build_at,
    orders,
    write_orders_project,
)

WITH_METRICS = MODEL.replace(
    "  count(*) AS orders",
    "  count(*) AS orders,\n"
    "  CASE WHEN customer_id % 3 > 0 THEN 1.1e0 * count(*) ELSE 'NaN'::DOUBLE END AS paid,\n"
    "  (customer_id % 7)::DECIMAL(9, 2) / 4 AS points,\n"
    "  CASE WHEN customer_id % 5 > 0 THEN customer_id % 2 = 0 END AS member,\n"
    "  CASE WHEN count(*) > 1000 THEN 1 END AS unknown",
)
METRICS = ("paid", "points", "member", "unknown")


@pytest.fixture
def built(tmp_path: Path) -> Path:
    segments = f"{SEGMENTS}    metrics: [{', '.join(METRICS)}]\n"
    write_orders_project(tmp_path, orders(90), segments, WITH_METRICS)
    assert build_at(tmp_path, FIRST, report=False).ok
    return tmp_path / "warehouse/shop.duckdb"


def test_what_is_kept_is_what_the_profile_says(built: Path) -> None:
    with duckdb.connect(str(built), read_only=True) as connection:
        for metric in METRICS:
            said, kept = (
                connection.execute(sql).fetchall()
                for sql in (
                    f"SELECT segment_id, n, share, {metric}_sum, {metric}_mean, {metric}_share"
                    " FROM shoppers_profile ORDER BY 1",
                    "SELECT segment_id, n, share, metric_sum, metric_mean, metric_share"
                    f" FROM shoppers_profile_history WHERE metric = '{metric}' ORDER BY 1",
                )
            )
            assert len(kept) == 3
            for row, same in zip(said, kept, strict=True):
                assert same[0] == row[0]
                for value, wanted in zip(same[1:], row[1:], strict=True):
                    assert (value is None) == (wanted is None)
                    assert (value or 0) == pytest.approx(float(wanted or 0), rel=1e-12)


def test_all_rows_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof of a build needs no join of the view with its rows."""
    monkeypatch.delattr(parity, "_compare_rows")
    write_orders_project(tmp_path, orders(60), SEGMENTS + '    where: "orders > 1"\n')
    assert build_at(tmp_path, FIRST, report=False).ok
