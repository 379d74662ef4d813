"""What the page costs beside the build, in bare scans of the customers.

    python -m benchmarks.survey_scans [--rows 1000000,10000000] [--threads 2]

Customers in six skewed columns and a metric, made in DuckDB by arithmetic. A bare scan is one
``SELECT count(*), sum(each column)`` over the published table, the median of some, CPU-seconds
of the process. Fitted on 200,000 of them; then all are built without the page, and the page is
drawn of what is published, each of its statements on a line. One run, so that the ratios hold
whatever else the machine does. Fails (1) where the page costs more than 30 scans at the last size.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.engines.open import engine_of
from segkit.pipeline import Options, run_build
from segkit.pipeline.page_file import write_page_of_build
from segkit.pipeline.run_options import open_project

FITTED, MOST, ROUNDS = 200_000, 30, 9
FEATURES = ("recency_days", "order_count", "spend", "basket", "returned", "visits")
# of each of five kinds of customers: the typical value of each column, and how many in 20
KINDS = (
    ((20, 30, 900, 45, 20, 60), 3),
    ((60, 8, 300, 60, 90, 12), 6),
    ((250, 2, 60, 35, 2, 3), 6),
    ((120, 4, 1500, 400, 10, 25), 2),
    ((15, 12, 150, 15, 5, 150), 3),
)
COLUMNS = {  # SQL of a column of a value {}
    "recency_days": "CAST(least(round({}), 2000) AS INTEGER)",
    "order_count": "CAST(1 + floor({}) AS INTEGER)",
    "spend": "round({}, 2)",
    "basket": "round({}, 2)",
    "returned": "round({}, 2)",
    "visits": "CAST(floor({}) AS INTEGER)",
}
PROJECT = {
    "segkit.yml": (
        "name: scans\ntarget: dev\ntargets:\n  dev: {type: duckdb, path: w.duckdb}\n"
        "sources:\n  - name: crm\n    tables: [{name: customers, path: data/customers.parquet}]\n"
    ),
    "sql/customer_features.sql": (
        "{{ config(materialized='table') }}\nSELECT * FROM {{ source('crm', 'customers') }}\n"
    ),
    "sql/segments.yml": (
        "segments:\n  - name: customer_segments\n    from: customer_features\n"
        "    key: customer_id\n    features:\n"
        + "".join(f"      - {{column: {name}, scale: log}}\n" for name in FEATURES)
        + "    clusters: {k: 5, k_max: 5, seed: 1}\n    metrics: [margin]\n"
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", default="1000000,10000000")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    scans = 0.0
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        for path, text in PROJECT.items():
            (project / path).parent.mkdir(exist_ok=True)
            (project / path).write_text(text)
        (project / "data").mkdir()
        make_customers(project / "data" / "customers.parquet", FITTED)
        build(project)
        for rows in map(int, given.rows.split(",")):
            make_customers(project / "data" / "customers.parquet", rows)
            scans = measure(project, rows)
    sys.exit(scans > MOST)


def make_customers(path: Path, rows: int) -> None:
    """Write customers with texts as keys; the same ones on every machine."""
    items = ["printf('c%08d', i) AS customer_id"]
    for place, (name, column) in enumerate(COLUMNS.items()):
        typical = " ".join(
            f"WHEN {sum(n for _, n in KINDS[: kind + 1])} > kind THEN {values[place]}"
            for kind, (values, _) in enumerate(KINDS)
        )
        value = column.format(f"(CASE {typical} END * exp(0.6 * {_normal(place)}))")
        items.append(f"{value} AS {name}")
    margin = f"round(0.3 * spend - 12 * returned / 10 + 20 * {_normal(9)}, 2) AS margin"
    kind = f"CAST(floor(20 * {_uniform(99)}) AS INTEGER)"
    numbered = f"SELECT CAST(range AS UBIGINT) AS i FROM range({rows})"
    kinds = f"SELECT i, {kind} AS kind FROM ({numbered})"
    made = f"SELECT i, {', '.join(items)} FROM ({kinds})"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT * EXCLUDE i, {margin} FROM ({made})) TO '{path}'")


def _uniform(salt: int) -> str:
    """SQL of a number between 0 and 1 that hangs on i alone."""
    first = f"((i * 2654435761 + {salt * 97 + 1}) % 4294967296)"
    second = f"((xor({first}, {first} >> 15) * 2246822519) % 4294967296)"
    third = f"((xor({second}, {second} >> 13) * 3266489917) % 4294967296)"
    return f"((xor({third}, {third} >> 16) + 0.5e0) / 4294967296e0)"


def _normal(place: int) -> str:
    """SQL of nearly a normal number: a logistic one."""
    u = _uniform(place)
    return f"(0.55e0 * ln({u} / (1 - {u})))"


def build(project: Path) -> Any:
    found = run_build(Options(project, report=False))
    if not found.ok:
        sys.exit(f"the build failed: {found.nodes}")
    return found


def measure(project: Path, rows: int) -> float:
    """Print what the page costs on so many customers; return its scans."""
    built, of_build = timed(lambda: build(project))
    scan = bare_scan(project)
    spent: list[tuple[float, str]] = []
    run_query = DuckDBEngine.query

    def query(self: DuckDBEngine, sql: str, *more: Any, **words: Any) -> Any:
        found, seconds = timed(lambda: run_query(self, sql, *more, **words))
        spent.append((seconds, words.get("before", "") + sql))
        return found

    DuckDBEngine.query = query  # type: ignore[method-assign]
    try:
        opened = open_project(Options(project))
        _, of_page = timed(lambda: write_page_of_build(opened, built))
    finally:
        DuckDBEngine.query = run_query  # type: ignore[method-assign]
    print(f"\n{rows:,} rows: a scan {scan:.4f} CPU-s, the build without the page")
    print(f"{of_build / scan:.0f} scans, the page {of_page / scan:.1f} ({of_page:.2f} CPU-s)\n")
    print("| scans | statement |\n| ---: | --- |")
    for seconds, sql in sorted(spent, reverse=True)[:12]:
        shown = re.sub(r"\s+", " ", sql)[:70]
        print(f"| {seconds / scan:.1f} | `{shown}` |")
    rest = of_page - sum(seconds for seconds, _ in spent)
    print(f"| {rest / scan:.1f} | outside of {len(spent)} statements |", flush=True)
    return of_page / scan


def bare_scan(project: Path) -> float:
    columns = ", ".join(f"sum({name})" for name in (*FEATURES, "margin"))
    sql = f"SELECT count(*), {columns} FROM customer_features"
    with engine_of(open_project(Options(project)).target).open_published() as engine:
        return median(timed(lambda: engine.query(sql))[1] for _ in range(ROUNDS))


def timed(run: Callable[[], Any]) -> tuple[Any, float]:
    """What it returns, and the CPU-seconds of all threads."""
    before = time.process_time()
    found = run()
    return found, time.process_time() - before


if __name__ == "__main__":
    main()
