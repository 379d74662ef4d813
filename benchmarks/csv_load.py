"""What loading a CSV file costs, beside DuckDB's own `read_csv` of the same file.

    python -m benchmarks.csv_load [--rows 500000] [--rounds 5]

Nine columns: an id, whole numbers, decimals, days, texts with quotes, NULLs; once as programs write
them and once as in Europe, where what DuckDB makes is text. Every table is made in a file of its
own; `again` is the next build, of a file that did not change, of one that got a row more. Rounds
go in turn; printed are medians of ratios within a round, of CPU seconds and of wall clock.
"""

from __future__ import annotations

import argparse
import csv
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from statistics import median

from segkit.engines.duckdb.connection import DuckDBEngine

NAMES = ("customer_id", "visits", "age", "spend", "discount", "score", "joined", "city", "note")
CITIES = ("Lyon", "São Paulo", "Graz", "New York", "Łódź", "O'Fallon")
NOTES = ('said "later", twice', "no, thanks", "", "ok", "a; b", "line\nbreak")
Write = Callable[[float, int], str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print("| file | load | CPU s | ratio of CPU | of wall |\n|---|---|---:|---:|---:|")
    for kind, (delimiter, number, day) in KINDS.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "customers.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, delimiter=delimiter)
                writer.writerow(NAMES)
                writer.writerows(rows(given.rows, number, day))
            report(kind, measure(path, given.rounds))


def rows(n: int, number: Write, day: str) -> Iterator[list[str]]:
    rng = random.Random(20)
    for place in range(n):
        joined = date(2015, 1, 1) + timedelta(days=rng.randrange(4000))
        known = rng.random() > 0.1
        yield [
            str(1_000_000 + place),
            number(rng.paretovariate(1.2) * 3, 0),
            str(rng.randrange(18, 95)) if known else "",
            number(rng.lognormvariate(5, 1.5), 2),
            number(rng.random(), 3) if rng.random() > 0.2 else "",
            number(rng.gauss(0, 40), 1),
            joined.strftime(day),
            rng.choice(CITIES),
            rng.choice(NOTES),
        ]


def plainly(value: float, places: int) -> str:
    return f"{value:.{places}f}"


def in_europe(value: float, places: int) -> str:
    return f"{value:,.{places}f}".translate(str.maketrans(",.", ".,"))


KINDS: dict[str, tuple[str, Write, str]] = {
    "plain": (",", plainly, "%Y-%m-%d"),
    "European": (";", in_europe, "%d.%m.%Y"),
}


def by_duckdb(path: Path, engine: DuckDBEngine) -> None:
    engine.execute(f"CREATE TABLE t AS FROM read_csv('{path}')")


def by_segkit(path: Path, engine: DuckDBEngine) -> None:
    engine.load_file(path, "t")


LOADS = {"read_csv": by_duckdb, "segkit": by_segkit}


def measure(path: Path, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """CPU and wall seconds of each way to load, round by round; the first one warms up."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in LOADS}
    for turn in range(rounds + 1):
        for name, load in LOADS.items():
            goal = path.with_name("goal.db")
            with DuckDBEngine() as engine:
                engine.execute(f"ATTACH '{goal}' AS goal")
                engine.execute("USE goal")
                cpu, wall = time.process_time(), time.perf_counter()
                load(path, engine)
                engine.execute("CHECKPOINT goal")
                spent = (time.process_time() - cpu, time.perf_counter() - wall)
            goal.unlink()
            if turn:
                found[name].append(spent)
    return found


def report(kind: str, found: dict[str, list[tuple[float, float]]]) -> None:
    base = found["read_csv"]
    for name, spent in found.items():
        cpu, wall = (
            median(each[n] / one[n] for each, one in zip(spent, base, strict=True)) for n in (0, 1)
        )
        print(f"| {kind} | {name} | {median(c for c, _ in spent):.2f} | {cpu:.2f} | {wall:.2f} |")


if __name__ == "__main__":
    main()
