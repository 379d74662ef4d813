"""A workspace in which a price test lies."""

from __future__ import annotations

import pytest

from segkit.engines.duckdb.publisher import DuckDBWorkspace


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
