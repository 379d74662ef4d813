"""What the published view, the commands and a file of all rows cost at a million customers.

    python -m benchmarks.scale.views [--rows 1000000] [--folder DIR] [--parts views,commands]

views     queries of the published segments, of a view and of stored codes (`materialized: table`),
          in scans: one scan sums the six columns of the loaded table. One thread, the best of 7.
commands  CPU-seconds of a process each, modules compiled before: `explain`, `diff`, `adjust`,
          `show --all` as CSV and Parquet beside DuckDB's own COPY of the same rows in order.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from benchmarks.scale.customers import write_customers
from benchmarks.scale.run import ENVIRONMENT, HERE, MOVED

COLUMNS = "recency_days, orders, total_spend, average_order, tenure_days, discount_share"
QUERIES = {
    "by segment, counted": "SELECT segment_name, count(*) FROM {} GROUP BY segment_name",
    "by segment, a mean": "SELECT segment_name, avg(total_spend) FROM {} GROUP BY segment_name",
    "one segment, counted": "SELECT count(*) FROM {} WHERE segment_name = '10+ orders'",
}
COPY = """
import duckdb
duckdb.connect("warehouse/scale.duckdb", read_only=True).execute(
    "COPY (SELECT * FROM customer_segments ORDER BY 1) TO 'bare.csv' (FORMAT csv)")
"""
SEGKIT = ("-m", "segkit")
COMMANDS = {
    "COPY": ("-c", COPY),
    "show --all -o csv": (*SEGKIT, "show", "customer_segments", "--all", "-o", "csv"),
    "show --all -o parquet": (*SEGKIT, "show", "customer_segments", "--all", "-o", "parquet"),
    "explain": (*SEGKIT, "explain", "customer_segments"),
    "diff": (*SEGKIT, "diff", "customer_segments", "customer_buckets.spend_band"),
    "adjust": (*SEGKIT, "adjust", "customer_segments", "tenure_days < 491 -> 450"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder")
    parser.add_argument("--parts", default="views,commands")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        view, table = (_built(Path(folder) / kind, kind, given.rows) for kind in ("view", "table"))
        if "views" in given.parts:
            _views(view, table)
        if "commands" in given.parts:
            _commands(view)


def _built(project: Path, kind: str, rows: int) -> Path:
    shutil.copytree(HERE / "project", project)
    shutil.rmtree(project / "fits" / "further_segments")
    for folder in ("data", "warehouse"):
        (project / folder).mkdir()
    (project / "fits").rename(project / "warehouse" / "fits")
    write_customers(project / "data" / "customers.parquet", rows, moved=MOVED)
    with (project / "sql" / "segments.yml").open("a") as file:
        file.write(f"    materialized: {kind}\n")
    _seconds((*SEGKIT, "build", "-q", "--no-report", "--no-drift"), project)
    return project


def _views(*projects: Path) -> None:
    for project in projects:
        path = project / "warehouse" / "scale.duckdb"
        with duckdb.connect(str(path), read_only=True) as connection:
            connection.execute("SET threads = 1")
            sums = ", ".join(f"sum({name})" for name in COLUMNS.split(", "))
            scan = _best(connection, f"SELECT {sums} FROM crm.customers")
            for said, query in QUERIES.items():
                ratio = _best(connection, query.format("customer_segments")) / scan
                print(f"{project.name:6} {said:22} {ratio:6.2f} scans of {scan:.4f} CPU-s")


def _best(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    found = []
    for _ in range(7):
        before = time.process_time()
        connection.execute(sql).fetchall()
        found.append(time.process_time() - before)
    return min(found)


def _commands(project: Path) -> None:
    found = {
        said: min(_seconds(words, project) for _ in range(3)) for said, words in COMMANDS.items()
    }
    for said, seconds in found.items():
        print(f"{said:22} {seconds:6.2f} CPU-s {seconds / found['COPY']:6.2f} x COPY")


def _seconds(words: tuple[str, ...], folder: Path) -> float:
    environment = {k: v for k, v in ENVIRONMENT.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPATH": str(HERE.parents[1])}
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *words], cwd=folder, env=environment, stdout=out
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(words)}: exit {process.returncode}")
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
