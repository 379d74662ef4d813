"""What a nightly build costs beside plain SQL, and what it costs more with more customers.

    python -m benchmarks.scale.run [--rows 10000,1000000,10000000] [--parts nightly,full,two,first]
                                   [--folder DIR]

For each size: customers of two days (``customers.py``; one in a hundred is another one on the
second), a build of the first day by the fit that lies here, then what is measured: the build of
the second day, as a process. ``plain`` is ``plain.sql`` by DuckDB's own client in another
process: load, the same views, one profile query. CPU-seconds and the greatest memory are those
that the system counts for the process when it ends; all ratios are of one run.

nightly   `segkit build --no-drift --no-report`
full      `segkit build`
two       nightly, with a further segmentation
first     `segkit build --no-drift --no-report` without a fit, edges or history

The last lines are marginal: CPU-seconds a million rows more, from the second size to the last.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.scale.customers import write_customers

HERE = Path(__file__).parent
PLAIN = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
for statement in open(sys.argv[2]).read().split(";"):
    connection.execute(statement).fetchall() if statement.strip() else None
"""
BARE = ("--no-drift", "--no-report")
PARTS = {"nightly": BARE, "full": (), "two": BARE, "first": BARE}
MOVED = 10  # of a thousand
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Cost:
    """CPU-seconds and MiB of a process and those it started."""

    seconds: float
    memory: int


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rows", default="10000,1000000,10000000")
    parser.add_argument("--parts", default="nightly,full,two,first")
    parser.add_argument("--folder", help="where the data lie meanwhile; it needs room for them")
    given = parser.parse_args()
    sizes, parts = [int(n) for n in given.rows.split(",")], given.parts.split(",")
    found: dict[tuple[str, int], Cost] = {}
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        for rows in sizes:
            for part, cost in _measure(Path(folder), rows, parts).items():
                found[part, rows] = cost
                ratio = cost.seconds / found["plain", rows].seconds
                print(
                    f"{rows:>11,} {part:8} {cost.seconds:8.2f} CPU-s {cost.memory:6} MiB"
                    f" {ratio:6.2f} x plain",
                    flush=True,
                )
    _say_marginal(found, sizes[-2:], parts)


def _say_marginal(
    found: dict[tuple[str, int], Cost], sizes: Sequence[int], parts: Sequence[str]
) -> None:
    if len(sizes) < 2:
        return
    low, high = sizes
    marginal = {
        part: (found[part, high].seconds - found[part, low].seconds) / (high - low) * 1e6
        for part in ("plain", *parts)
    }
    for part, seconds in marginal.items():
        times = seconds / marginal["plain"]
        print(
            f"{'marginal':>11} {part:8} {seconds:8.2f} CPU-s {times:19.2f} x plain a million rows"
        )
    if {"two", "nightly"} <= marginal.keys():
        more = (marginal["two"] - marginal["nightly"]) / marginal["plain"]
        print(f"{'':>11} a further segmentation: {more:.2f} x plain more")


def _measure(folder: Path, rows: int, parts: Sequence[str]) -> dict[str, Cost]:
    days = [folder / f"day{day}.parquet" for day in (1, 2)]
    for day, path in enumerate(days):
        write_customers(path, rows, moved=day * MOVED)
    found = {"plain": _plain(folder, days[1])}
    for part in parts:
        found[part] = _build(folder, part, days)
    for path in days:
        path.unlink()
    return found


def _plain(folder: Path, day: Path) -> Cost:
    script, file = folder / "plain.sql", folder / "plain.duckdb"
    script.write_text((HERE / "plain.sql").read_text().replace("customers.parquet", str(day)))
    cost = _cost([sys.executable, "-c", PLAIN, str(file), str(script)], folder)
    file.unlink()
    return cost


def _build(folder: Path, part: str, days: Sequence[Path]) -> Cost:
    project = folder / part
    shutil.copytree(HERE / "project", project)
    further = project / "further" / "further.yml"
    if part == "two":
        further.rename(project / "sql" / "further.yml")
    else:
        shutil.rmtree(project / "fits" / "further_segments")
    fits = project / "fits"
    (project / "data").mkdir()
    if part == "first":
        shutil.rmtree(fits)
        days = days[1:]
    else:
        fits.rename(_made(project / "warehouse") / "fits")
    segkit = [sys.executable, "-m", "segkit", "build", "-q", *PARTS[part]]
    for day, path in enumerate(days):
        file = project / "data" / "customers.parquet"
        file.unlink(missing_ok=True)
        file.hardlink_to(path)
        cost = _cost([*segkit, "--as-of", f"2026-01-0{day + 1}"], project)
    shutil.rmtree(project)
    return cost


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _cost(command: Sequence[str], folder: Path) -> Cost:
    """Run to its end; what fails ends the benchmark."""
    process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)}: exit {process.returncode}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024)


if __name__ == "__main__":
    main()
