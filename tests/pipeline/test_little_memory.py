"""A machine that is too small: one error that names what was too big, nothing half-published."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest

from segkit.cli.main import main
from segkit.engines.duckdb.connection import DuckDBEngine
from tests.conftest import MakeProject, build_first

BIG = "SELECT\n  list(repeat('x', 900) || i) AS texts\nFROM range(200000) AS t(i)\n"
TABLE = "{{ config(materialized='table') }}\n"
WIDE = f"{TABLE}SELECT i, repeat('x', 900) || i AS s\nFROM range(600000) AS t(i)\n"


def digest(project: Path) -> dict[str, str]:
    """Everything that is published, and nothing else may be there."""
    files = [p for p in (project / "warehouse").rglob("*") if p.is_file()]
    return {
        path.relative_to(project).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in files
        if not path.name.endswith(".lock")
    }


def limit(monkeypatch: pytest.MonkeyPatch, *settings: str) -> None:
    """Every connection from here on has the settings of a small machine."""
    begin = DuckDBEngine.__init__

    def small(self: DuckDBEngine, spill_directory: Path | None = None) -> None:
        begin(self, spill_directory)
        for setting in settings:
            self.execute(f"SET {setting}")

    monkeypatch.setattr(DuckDBEngine, "__init__", small)


@pytest.mark.parametrize(
    ("sql", "settings", "said"),
    [
        (TABLE + BIG, ("memory_limit = '40MB'",), "there is not enough memory: failed to"),
        (
            WIDE,
            ("memory_limit = '40MB'", "max_temp_directory_size = '2MB'"),
            "the disk is full: failed to offload",
        ),
    ],
)
def test_too_little_for_a_table_is_said_of_it_and_nothing_is_lost(
    make_project: MakeProject,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    sql: str,
    settings: tuple[str, ...],
    said: str,
) -> None:
    project = make_project(files={"sql/segments.yml": None})
    assert build_first(project).ok
    before = digest(project)
    (project / "sql/big.sql").write_text(sql, encoding="utf-8")
    limit(monkeypatch, *settings)
    assert main(["--project-dir", str(project), "build"]) == 1
    err = capsys.readouterr().err
    assert f"error[SK606]: {said}" in err
    assert "--> sql/big.sql" in err
    assert "= help: " in err and "Possible solutions" not in err and "SET " not in err
    assert digest(project) == before
    monkeypatch.undo()
    (project / "sql/big.sql").unlink()
    assert main(["--project-dir", str(project), "build"]) == 0


def test_too_little_for_a_view_is_said_by_who_reads_it(
    make_project: MakeProject,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    project = make_project(files={"sql/segments.yml": None, "sql/big.sql": BIG})
    assert main(["--project-dir", str(project), "build"]) == 0
    before = digest(project)
    limit(monkeypatch, "memory_limit = '40MB'")
    capsys.readouterr()
    assert main(["--project-dir", str(project), "show", "big"]) == 1
    assert "error[SK606]: there is not enough memory" in capsys.readouterr().err
    assert digest(project) == before


def test_python_s_own_memory_counts_as_the_node_s(
    make_project: MakeProject,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """numpy says MemoryError where it cannot have an array."""
    project = make_project()

    def too_big(*args: object, **kwargs: object) -> None:
        raise MemoryError("Unable to allocate 9.3 TiB for an array")

    monkeypatch.setattr("segkit.learn.learn.learn", too_big)
    assert main(["--project-dir", str(project), "build"]) == 1
    err = capsys.readouterr().err
    assert "error[SK606]: there is not enough memory" in err
    assert "--> sql/segments.yml:2:11" in err
    assert not (project / "warehouse/shop.duckdb").exists()


@pytest.mark.slow
@pytest.mark.parametrize("what", ["RLIMIT_AS", "RLIMIT_FSIZE"])
def test_a_machine_that_is_really_too_small(make_project: MakeProject, what: str) -> None:
    """The kernel refuses more memory, or a longer file."""
    project = make_project(files={"sql/segments.yml": None})
    assert build_first(project).ok
    before = digest(project)
    (project / "sql/big.sql").write_text(WIDE.replace("600000", "6000000"), encoding="utf-8")
    value = {"RLIMIT_AS": 1_800_000_000, "RLIMIT_FSIZE": 20_000_000}[what]
    code = f"""
        import resource, sys
        import segkit.pipeline, duckdb
        resource.setrlimit(resource.{what}, ({value}, {value}))
        from segkit.cli.main import main
        sys.exit(main(["--project-dir", {str(project)!r}, "build"]))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=300,
        env={"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "error[SK606]: " in done.stderr
    assert "--> sql/big.sql" in done.stderr
    assert "SK901" not in done.stderr
    assert digest(project) == before
    with duckdb.connect(project / "warehouse/shop.duckdb", read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM customer_buckets").fetchall() == [(240,)]
