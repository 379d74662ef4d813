"""What loading a CSV file costs, beside DuckDB's own `read_csv` of the same file.

    python -m benchmarks.csv_load [--rows 500000] [--rounds 5]

Nine columns: an id, whole numbers, decimals, days, texts with quotes, NULLs; once as programs write
them and once as in Europe, where what DuckDB makes is text. Every table is made in a file of its
own; `again` is the next build, of a file that did not change, and of one that got a row more. They
go in turn; printed are medians of ratios within a round, of CPU seconds and of wall clock.

Two cores, 2026-11-30, 500,000 rows, ratios of CPU: 1.9 as programs write and 1.3 as in Europe;
again, unchanged .6 and .4; with a row more 1.9 and 1.3. Before a column's texts were one pattern
it was 1.6 and 24.5.
"""

from __future__ import annotations

import argparse
import csv
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from statistics import median

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.engines.duckdb.publisher import open_workspace

NAMES = ("customer_id", "visits", "age", "spend", "discount", "score", "joined", "city", "note")
CITIES = ("Lyon", "São Paulo", "Graz", "New York", "Łódź", "O'Fallon")
NOTES = ('said "later", twice', "no, thanks", "", "ok", "a; b", "line\nbreak")
Write = Callable[[float, int], str]
Spent = tuple[float, float]  # seconds of CPU, and on the clock


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print("| file | load | CPU s | ratio of CPU | of wall |\n|---|---|---:|---:|---:|")
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "customers.csv"
            write(path, kind, given.rows)
            report(kind, measure(path, kind, given.rounds))


def write(path: Path, kind: str, n: int) -> None:
    """Rows of a kind, below those that are there."""
    delimiter, number, day = KINDS[kind]
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        if is_new:
            writer.writerow(NAMES)
        writer.writerows(rows(n, number, day))


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


def measure(path: Path, kind: str, rounds: int) -> dict[str, list[Spent]]:
    """CPU and wall seconds of each way to load, round by round; the first one warms up."""
    folder = path.parent
    found: dict[str, list[Spent]] = {}
    for turn in range(rounds + 1):
        (folder / "shop.db").unlink(missing_ok=True)
        spent = {
            "read_csv": by_duckdb(path),
            "segkit": by_build(path),
            "again, unchanged": by_build(path),
        }
        write(path, kind, 1)
        spent["again, a row more"] = by_build(path)
        for name, each in spent.items():
            found.setdefault(name, []).extend([each] if turn else [])
    return found


def by_duckdb(path: Path) -> Spent:
    goal = path.with_name("goal.db")
    with DuckDBEngine() as engine:
        engine.execute(f"ATTACH '{goal}' AS goal")
        engine.execute("USE goal")
        with watch() as spent:
            engine.execute(f"CREATE TABLE t AS FROM read_csv('{path}')")
            engine.execute("CHECKPOINT goal")
    goal.unlink()
    return spent[0]


def by_build(path: Path) -> Spent:
    """The source's part of a build."""
    target = path.with_name("shop.db")
    with open_workspace(target, project="shop", carry_over=False) as workspace:
        with watch() as spent:
            workspace.load_source("main", "t", path, "t")
            workspace.execute("CHECKPOINT segkit_target")
        workspace.publish()
    return spent[0]


@contextmanager
def watch() -> Iterator[list[Spent]]:
    spent: list[Spent] = []
    cpu, wall = time.process_time(), time.perf_counter()
    yield spent
    spent.append((time.process_time() - cpu, time.perf_counter() - wall))


def report(kind: str, found: dict[str, list[Spent]]) -> None:
    base = found["read_csv"]
    for name, spent in found.items():
        cpu, wall = (
            median(each[n] / one[n] for each, one in zip(spent, base, strict=True)) for n in (0, 1)
        )
        print(f"| {kind} | {name} | {median(c for c, _ in spent):.2f} | {cpu:.2f} | {wall:.2f} |")


if __name__ == "__main__":
    main()
