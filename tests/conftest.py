"""Small real projects to build, and the article's data where it is at hand."""

from __future__ import annotations

import csv
import gc
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    # Before numpy: workers that take every core each, wait for each other most of the time.
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

from hypothesis import HealthCheck, settings

from segkit.engines.duckdb.publisher import DuckDBWorkspace, open_workspace
from segkit.learn import rule_stability
from segkit.pipeline import Options, page_file, run_build
from segkit.results import BuildResult

# Hundreds of builds wait for the disk half of their time: each one's state is safe on it before
# it is swapped in. In memory that is at once. Whoever sets TMPDIR, as .ci/long does, decides.
IN_MEMORY, ROOM = Path("/dev/shm"), 2 * 2**30


def _is_roomy(folder: Path) -> bool:
    """Whether it is there, ours to write in and to run programs from, and has room for all."""
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return False
    found = os.statvfs(folder)
    return not found.f_flag & os.ST_NOEXEC and found.f_bavail * found.f_frsize >= ROOM


if "TMPDIR" not in os.environ and sys.platform == "linux" and _is_roomy(IN_MEMORY):
    os.environ["TMPDIR"] = str(IN_MEMORY)
    tempfile.tempdir = None  # looked for anew

# How long an example takes says how busy the machine is. What a change has to pass is the same
# for everyone: examples that nobody has seen are looked for by .ci/long, and become tests.
settings.register_profile(
    "segkit",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="SEGKIT_EXPLORE" not in os.environ,
)
settings.load_profile("segkit")

pytest_plugins = ["tests.warehouses.fixtures"]

gc.disable()  # until all tests are collected


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Spare the collector of garbage the million objects that thousands of tests are.

    They stay to the end: it need not walk over them while they are made, nor ever after.
    """
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


def pytest_unconfigure() -> None:
    gc.unfreeze()  # what the interpreter leaves at its end, DuckDB's binding reports as leaks


@pytest.fixture(autouse=True, scope="session")
def few_resamples() -> Iterator[None]:
    """Hundreds of tests build something, and hardly one looks at its stability, or at its page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rule_stability, "PAIRS", 1)
        patch.setattr(page_file, "write_page_of_build", lambda project, built: project.directory)
        yield


@pytest.fixture
def drawn_pages() -> Iterator[None]:
    """For a test that looks at the page of a build."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_file, "write_page_of_build", _write_page_of_build)
        yield


_write_page_of_build = page_file.write_page_of_build


T0, T1 = datetime(2026, 1, 1), datetime(2026, 2, 1)  # of a first build, and of the next
MALL = Path(__file__).parents[2] / "shared" / "data" / "Mall_Customers.csv"

SEGKIT_YML = """\
name: shop
target: dev
targets:
  dev: {type: duckdb, path: warehouse/shop.duckdb}
sources:
  - name: crm
    tables:
      - {name: customers, path: data/customers.csv}
"""
MODEL_SQL = """\
SELECT
  customer_id,
  age,
  income,
  spend
FROM {{ source('crm', 'customers') }}
"""
BUCKETS_YML = """\
buckets:
  - name: customer_buckets
    from: customer_features
    key: customer_id
    columns:
      - {name: age_band, column: age, edges: [25, 35, 55]}
      - {name: income_band, column: income, bands: [{label: Low, to: 40}, {label: High, from: 40}]}
"""
SEGMENTS_YML = """\
segments:
  - name: shopper_segments
    from: customer_features
    key: customer_id
    features:
      - age
      - {column: income, label: Annual income, unit: "k$"}
    clusters: {k: 4, k_max: 5, seed: 1}
    metrics: [spend]
"""
# where it does not matter how many there are: learned in half the time
TWO_SEGMENTS_YML = SEGMENTS_YML.replace("k: 4, k_max: 5", "k: 2, k_max: 2")


def customers(n: int = 240, seed: int = 1) -> list[tuple[Any, ...]]:
    """Four groups by age and income, a few incomes unknown."""
    draw = random.Random(seed)
    groups = ((25, 30, 100), (55, 30, 40), (28, 90, 400), (60, 95, 900))
    rows = []
    for i in range(n):
        age, income, spend = groups[i % 4]
        known = i % 29 != 7
        rows.append(
            (
                f"{i + 1:04d}",
                max(18, round(draw.gauss(age, 4))),
                round(draw.gauss(income, 6), 1) if known else None,
                round(draw.lognormvariate(0, 0.4) * spend, 2),
            )
        )
    return rows


def write_csv(path: Path, rows: Iterable[Sequence[Any]], header: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(["" if v is None else v for v in row] for row in rows)


def insert_rows(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[Any]]
) -> None:
    """Insert rows into a table, 1,000 a statement; ``executemany`` takes ten times as long."""
    for start in range(0, len(rows), 1000):
        some = rows[start : start + 1000]
        marks = ", ".join(f"({', '.join('?' * len(row))})" for row in some)
        values = [value for row in some for value in row]
        connection.execute(f"INSERT INTO {table} VALUES {marks}", values)


HEADER = ("customer_id", "age", "income", "spend")
MakeProject = Callable[..., Path]


def write_project(
    directory: Path,
    rows: Sequence[Sequence[Any]] | None = None,
    files: dict[str, str | None] | None = None,
) -> Path:
    """Write a project and return its folder; ``files`` adds or replaces (None: drops)."""
    texts: dict[str, str | None] = {
        "segkit.yml": SEGKIT_YML,
        "sql/features/customer_features.sql": MODEL_SQL,
        "sql/buckets.yml": BUCKETS_YML,
        "sql/segments.yml": SEGMENTS_YML,
        **(files or {}),
    }
    for path, text in texts.items():
        if text is not None:
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (directory / path).write_text(text, encoding="utf-8")
    write_csv(directory / "data/customers.csv", customers() if rows is None else rows, HEADER)
    return directory


_first_builds: dict[str, tuple[tempfile.TemporaryDirectory[str], BuildResult]] = {}


def build_first(project: Path, as_of: datetime = T0) -> BuildResult:
    """Build a project that was never built; one that begins alike then gets a copy of it.

    For tests of what comes after. The same files at the same time make the same bytes, which
    ``tests/pipeline/test_build.py`` proves with builds of its own.
    """
    assert not (project / "target").exists(), "a first build"
    digest = sha256(f"{as_of}\0".encode())
    for path in sorted(path for path in project.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(project)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    kept, result = _first_builds.get(digest.hexdigest(), (None, None))
    if kept is None or result is None:
        kept, result = tempfile.TemporaryDirectory(), run_build(Options(project, as_of=as_of))
        shutil.copytree(project, kept.name, dirs_exist_ok=True)
        _first_builds[digest.hexdigest()] = kept, result
    else:
        shutil.copytree(kept.name, project, dirs_exist_ok=True)
    return result


@pytest.fixture
def make_project(tmp_path: Path) -> MakeProject:
    """Return ``write_project`` into a folder of this test; keyword ``name`` is the folder's."""

    def make(
        rows: Sequence[Sequence[Any]] | None = None,
        files: dict[str, str | None] | None = None,
        name: str = "shop",
    ) -> Path:
        return write_project(tmp_path / name, rows, files)

    return make


@pytest.fixture
def mall_project(tmp_path: Path) -> Path:
    """The article's own case, as a project."""
    if not MALL.is_file():
        pytest.skip("the article's data (Mall_Customers.csv) is not beside the repository")
    directory = tmp_path / "mall"
    (directory / "sql").mkdir(parents=True)
    (directory / "data").mkdir()
    (directory / "data" / "mall.csv").write_bytes(MALL.read_bytes())
    (directory / "segkit.yml").write_text("name: mall\n", encoding="utf-8")
    (directory / "sql" / "segments.yml").write_text(
        """\
buckets:
  - name: mall_buckets
    from: data/mall.csv
    key: CustomerID
    columns:
      - {name: age_band, column: Age, edges: [25, 35, 55], labels: ["<25", "25-35", "35-55", "55+"]}
segments:
  - name: shopper_segments
    from: data/mall.csv
    key: CustomerID
    features:
      - {column: Age, scale: none}
      - {column: Spending Score (1-100), scale: none}
      - {column: Annual Income (k$), scale: none}
    clusters: {k: 6, k_max: 10, seed: 111}
""",
        encoding="utf-8",
    )
    return directory


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[DuckDBWorkspace]:
    with open_workspace(tmp_path / "shop.duckdb", project="shop", carry_over=False) as opened:
        yield opened
