"""Whether another checkout of segkit builds the very same things, figure for figure.

    python -m benchmarks.scale.same_figures OTHER [--rows 10000] [--builds 3]

``OTHER`` is a folder with another checkout, such as a worktree of an earlier commit. Both build
the project that lies here, with a further segmentation, for some days one after the other, on each
of which one in a hundred customers more is another one. After each build all relations and the text
of each view, the copies of the histories, ``target/*.json``, the files of views and fits, and the
result that the command prints are held against each other. Floats may differ by 1e-12, or 1e-12 of
their size; rows come in any order; what tells the time that something took is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.scale.customers import write_customers

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
TOLERANCE = 1e-12
MOVED = 10  # of a thousand, more on each day
_TIMES = ("seconds", "execution_time", "elapsed_time")
_RELATIONS = """
SELECT schema_name, table_name, '' FROM duckdb_tables() WHERE NOT internal
UNION ALL SELECT schema_name, view_name, sql FROM duckdb_views() WHERE NOT internal
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("other", type=Path)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--builds", type=int, default=3)
    given = parser.parse_args()
    checkouts = (given.other.resolve(), ROOT)
    differing = 0
    with tempfile.TemporaryDirectory() as folder:
        projects = [_project(Path(folder) / name) for name in ("before", "after")]
        for day in range(given.builds):
            customers = Path(folder) / f"day{day}.parquet"
            write_customers(customers, given.rows, moved=day * MOVED)
            states = [
                _built(project, checkout, customers, day)
                for project, checkout in zip(projects, checkouts, strict=True)
            ]
            found = list(_differences("", *states))
            differing += len(found)
            compared = f"{len(states[1]):,} things compared"
            print(f"build {day + 1}: {compared}, {len(found)} differ", *found[:20], sep="\n  ")
    sys.exit(1 if differing else 0)


def _project(folder: Path) -> Path:
    shutil.copytree(HERE / "project", folder)
    (folder / "further" / "further.yml").rename(folder / "sql" / "further.yml")
    for made in ("warehouse", "data"):
        (folder / made).mkdir()
    (folder / "fits").rename(folder / "warehouse" / "fits")
    return folder


def _built(kept: Path, checkout: Path, customers: Path, day: int) -> dict[str, Any]:
    """Build by that checkout, and return all that there is then, by a name for each."""
    project = kept.rename(kept.with_name("project"))  # the same one: paths are on record
    try:
        return _state(project, checkout, customers, day)
    finally:
        project.rename(kept)


def _state(project: Path, checkout: Path, customers: Path, day: int) -> dict[str, Any]:
    file = project / "data" / "customers.parquet"
    file.unlink(missing_ok=True)
    file.hardlink_to(customers)
    environment = {**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"}
    python = [sys.executable, "-c", "import segkit; print(segkit.__file__)"]
    taken = subprocess.run(python, env=environment, cwd=project, capture_output=True, text=True)
    if not Path(taken.stdout.strip()).is_relative_to(checkout):
        sys.exit(f"{checkout} has no segkit that Python takes: {taken.stdout}{taken.stderr}")
    command = [sys.executable, "-m", "segkit", "build", "--as-of", f"2026-01-{day + 1:02}"]
    done = subprocess.run(
        [*command, "--output", "json", "--no-report"],
        env=environment,
        cwd=project,
        capture_output=True,
        text=True,
    )
    if not done.stdout.startswith("{"):
        sys.exit(f"{checkout}: exit {done.returncode}\n{done.stderr}")
    state: dict[str, Any] = {"printed": json.loads(done.stdout), "exit": done.returncode}
    for path in sorted(project.rglob("*")):
        name = path.relative_to(project).as_posix()
        if path.suffix == ".json":
            state[name] = json.loads(path.read_text())
        elif path.suffix == ".sql":
            state[name] = path.read_text()
        elif path.suffix == ".parquet" and path != file:
            with duckdb.connect() as connection:
                state[name] = _rows(connection, f"'{path}'")
    with duckdb.connect(str(project / "warehouse" / "scale.duckdb"), read_only=True) as connection:
        for schema, relation, text in connection.execute(_RELATIONS).fetchall():
            name = f'"{schema}"."{relation}"'
            state[name] = {"sql": text, "rows": _rows(connection, name)}
    return state


def _rows(connection: duckdb.DuckDBPyConnection, relation: str) -> list[Any]:
    found = connection.execute(f"SELECT * FROM {relation} ORDER BY ALL")
    return [[(column[0], str(column[1])) for column in found.description], *found.fetchall()]


def _differences(place: str, one: Any, other: Any) -> Iterator[str]:
    """Say where two values differ, one line each."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys((*one, *other)):
            if key not in _TIMES:
                yield from _differences(f"{place}/{key}", one.get(key), other.get(key))
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple):
        if len(one) != len(other):
            yield f"{place}: {len(one):,} and {len(other):,} rows"
            return
        for at, pair in enumerate(zip(one, other, strict=True)):
            yield from _differences(f"{place}[{at}]", *pair)
    elif isinstance(one, float) and isinstance(other, float):
        is_nan = one != one and other != other
        if not (is_nan or abs(one - other) <= TOLERANCE * max(1.0, abs(one), abs(other))):
            yield f"{place}: {one!r} and {other!r}"
    elif one != other or type(one) is not type(other):
        yield f"{place}: {one!r:.80} and {other!r:.80}"


if __name__ == "__main__":
    main()
