"""What movers and drift cost in a build, beside a plain join of two builds.

    python -m benchmarks.change_scale [--rows 1000000,10000000] [--most 3]

The customers of ``survey_scans``, 30 days later: nine in ten have grown older, one in ten has
bought. The plain join is what anybody would write to see what changed: the customers of then, a
table, joined by the key with the view of today, counted and their features summed by both
segments. CPU-seconds of the process, the median of three, in the same run; each statement that
costs much on a line. Fails (1) where movers and drift cost more than ``--most`` of it at the
last size.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from benchmarks.survey_scans import FEATURES, FITTED, PROJECT, make_customers, timed
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.engines.open import engine_of
from segkit.pipeline import Options, run_build
from segkit.pipeline.run_options import open_project
from segkit.pipeline.steps import keep_history

SINCE = "_since"  # of a build, all that is worked out against the one before
FIRST, SECOND, THIRD = datetime(2026, 1, 1), datetime(2026, 1, 31), datetime(2026, 3, 2)
LATER = """
COPY (
  SELECT * REPLACE (
    CASE WHEN customer_id LIKE '%{who}' THEN 5 ELSE recency_days + 30 END AS recency_days,
    CASE WHEN customer_id LIKE '%{who}' THEN spend + 20 ELSE spend END AS spend,
    CASE WHEN customer_id LIKE '%{who}' THEN order_count + 1 ELSE order_count END AS order_count
  )
  FROM '{before}'
) TO '{after}'
"""
PLAIN = f"""
SELECT b.segment_id, s.segment_id, count(*),
  {", ".join(f"sum(b.{name}), sum(s.{name})" for name in FEATURES)}
FROM customer_segments_baseline AS b
FULL JOIN customer_segments AS s ON s.customer_id = b.key
GROUP BY ALL
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", default="1000000,10000000")
    parser.add_argument("--most", type=float, default=3.0)
    given = parser.parse_args()
    times = 0.0
    for rows in map(int, given.rows.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            times = measure(Path(folder), rows)
    sys.exit(times > given.most)


def measure(project: Path, rows: int) -> float:
    """Print what movers and drift cost on so many customers; return the ratio."""
    for path, text in PROJECT.items():
        (project / path).parent.mkdir(exist_ok=True)
        (project / path).write_text(text)
    (project / "data").mkdir()
    data, before = project / "data" / "customers.parquet", project / "before.parquet"
    make_customers(data, FITTED)
    build(project, FIRST)  # the rules; the history begins with the next one
    (project / "w.duckdb").unlink()
    make_customers(data, rows)
    build(project, FIRST)
    for who, as_of in ((7, SECOND), (3, THIRD)):
        data.replace(before)
        duckdb.sql(LATER.format(who=who, before=before, after=data))
        if as_of is SECOND:
            build(project, as_of)  # the first drift keeps what the others need
    spent: list[tuple[float, str]] = []
    total: list[float] = []
    run_query, since = DuckDBEngine.query, keep_history.__dict__[SINCE]
    is_on = False

    def query(self: DuckDBEngine, sql: str, *more: Any, **words: Any) -> Any:
        found, seconds = timed(lambda: run_query(self, sql, *more, **words))
        if is_on:
            spent.append((seconds, words.get("before", "") + sql))
        return found

    def watched(*given: Any) -> Any:
        nonlocal is_on
        is_on = True
        found, seconds = timed(lambda: since(*given))
        is_on = False
        total.append(seconds)
        return found

    DuckDBEngine.query = query  # type: ignore[method-assign]
    setattr(keep_history, SINCE, watched)
    try:
        build(project, THIRD)
    finally:
        DuckDBEngine.query = run_query  # type: ignore[method-assign]
        setattr(keep_history, SINCE, since)
    plain = of_plain(project)
    print(f"\n{rows:,} rows: a plain join {plain:.2f} CPU-s, movers and drift {total[0]:.2f},")
    print(f"{total[0] / plain:.2f} times as much\n\n| joins | statement |\n| ---: | --- |")
    for seconds, sql in sorted(spent, reverse=True)[:12]:
        shown = re.sub(r"\s+", " ", sql)[:90]
        print(f"| {seconds / plain:.2f} | `{shown}` |")
    print(f"| {(total[0] - sum(s for s, _ in spent)) / plain:.2f} | outside |", flush=True)
    return total[0] / plain


def build(project: Path, as_of: datetime) -> None:
    found = run_build(Options(project, report=False, as_of=as_of))
    if not found.ok:
        sys.exit(f"the build failed: {found.nodes}")


def of_plain(project: Path) -> float:
    with engine_of(open_project(Options(project)).target).open_published() as engine:
        run: Callable[[], Any] = lambda: engine.query(PLAIN)  # noqa: E731
        return median(timed(run)[1] for _ in range(3))


if __name__ == "__main__":
    main()
