"""Every file operation of a build fails once, and is the last one once.

What readers find is wholly old or wholly new, the last line says which, and the next build
leaves nothing behind of it.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from segkit.cli.main import main
from segkit.publish.stored.fits import current_version
from tests.conftest import HEADER, MakeProject, customers, write_csv
from tests.pipeline.faults import faults

SCORES_YML = """\
buckets:
  - name: customer_buckets
    from: customer_features
    key: customer_id
    columns:
      - {name: age_band, column: age, edges: [25, 35, 55]}
      - {name: spend_third, column: spend, quantiles: 3}
"""
STRANGER = "CREATE TABLE theirs AS SELECT 1 AS n"
SAID = re.compile(r"published: (true|false)$", re.MULTILINE)
SEEN = "SELECT run FROM _segkit WHERE relation_type = 'registry'"
COUNT = "SELECT count(*) FROM customer_buckets"
OF_SEGMENTS = (
    "SELECT sum(n) FROM shopper_segments_profile",
    "SELECT count(*) FROM shopper_segments_history WHERE valid_to IS NULL",
)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for spilling that is this test's own."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def seen(project: Path, *queries: str) -> tuple[int, ...]:
    path = project / "warehouse/shop.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        return tuple(int(connection.execute(q).fetchall()[0][0]) for q in queries)


def left_behind(project: Path, temporary: Path) -> list[str]:
    """Whatever is hidden, or temporary, or of an unfinished build."""
    found = [path.name for path in (project / "warehouse").rglob(".*")]
    found += [path.name for path in project.rglob("*") if path.suffix in (".tmp", ".wal", ".lock")]
    return found + [path.name for path in temporary.iterdir()]


def said(output: str) -> str:
    found = SAID.findall(output)
    assert len(found) == 1, output
    return str(found[0])


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["renamed", "in place"])
def test_the_screen_is_true_whichever_operation_fails(
    mode: str,
    make_project: MakeProject,
    temporary: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In one process, the small way: a set of buckets, and the operations that can lose data."""
    project = make_project(customers(60), {"sql/segments.yml": None, "sql/buckets.yml": SCORES_YML})
    if mode == "in place":
        (project / "warehouse").mkdir()
        with duckdb.connect(str(project / "warehouse/shop.duckdb")) as connection:
            connection.execute(STRANGER)
    command = ["--project-dir", str(project), "build", "--as-of", "2026-01-01"]
    assert main(command) == 0
    run, at, outcomes = 1, 0, set()
    while True:
        write_csv(project / "data/customers.csv", customers(60 + at % 2), HEADER)
        shutil.rmtree(project / "warehouse/views", ignore_errors=True)  # they are written anew
        at += 1
        capsys.readouterr()
        with faults("error", at, ("fsync", "replace", "unlink")) as found:
            code = main(command)
        output = capsys.readouterr().out
        now, rows = seen(project, SEEN, COUNT)
        is_new = now != run
        assert said(output) == str(is_new).lower(), (at, found.what, output)
        assert not is_new or rows == 60 + (at - 1) % 2, (at, found.what)
        if found.count < at:
            break
        assert code == 1, (at, found.what, output)
        outcomes.add(is_new)
        run = now
    assert code == 0
    assert outcomes == {True, False}, "some fail before readers see the new state, some after"
    assert at > 8
    assert left_behind(project, temporary) == []


@pytest.fixture
def server(temporary: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.pipeline.faults"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.mark.slow
@pytest.mark.parametrize("learns", [False, pytest.param(True, marks=pytest.mark.long)])
@pytest.mark.parametrize(
    ("how", "mode"),
    [
        ("error", "renamed"),
        ("error", "in place"),
        pytest.param("kill", "renamed", marks=pytest.mark.long),
        pytest.param("kill", "in place", marks=pytest.mark.long),
        pytest.param("interrupt", "renamed", marks=pytest.mark.long),
        pytest.param("interrupt", "in place", marks=pytest.mark.long),
    ],
)
def test_every_operation_of_a_build(
    how: str,
    mode: str,
    learns: bool,
    make_project: MakeProject,
    temporary: Path,
    tmp_path: Path,
    server: subprocess.Popen[str],
) -> None:
    """New edges, a new fit, views, manifest: each state is built on from where it was left."""
    files: dict[str, str | None] = {"sql/buckets.yml": SCORES_YML}
    files |= {} if learns else {"sql/segments.yml": None}
    project = make_project(customers(120), files)
    if mode == "in place":
        (project / "warehouse").mkdir()
        with duckdb.connect(str(project / "warehouse/shop.duckdb")) as connection:
            connection.execute(STRANGER)

    def build(how: str, at: int, *more: str) -> tuple[int, str, int, str]:
        assert server.stdin is not None and server.stdout is not None
        output = tmp_path / "output"
        count = Path(f"{output}.count")
        count.unlink(missing_ok=True)
        words = [how, str(at), str(output), "--project-dir", str(project), "build", *more]
        server.stdin.write(shlex.join(words) + "\n")
        server.stdin.flush()
        code = int(server.stdout.readline())
        number, _, what = count.read_text().partition(" ") if count.exists() else (at, "", "")
        return code, output.read_text(), int(number), what

    first = tmp_path / "first"
    assert build("error", 0)[0] == 0
    shutil.copytree(project, first)
    write_csv(first / "data/customers.csv", customers(119, seed=2), HEADER)
    (run,) = seen(project, SEEN)
    outcomes = set()
    for at in range(1, 1000):
        shutil.rmtree(project)
        shutil.copytree(first, project)
        more = ("--full-refresh",) if learns else ()
        code, output, number, what = build(how, at, "--refresh-edges", *more)
        now, *rows = seen(project, SEEN, COUNT, *(OF_SEGMENTS if learns else ()))
        is_new = now != run
        assert set(rows) == {119 if is_new else 120}, (at, what)
        if number < at:
            assert code == 0
            break
        outcomes.add(is_new)
        if how == "kill":
            assert code == -9
        else:
            assert said(output) == str(is_new).lower(), (at, what, output)
            assert code == (1 if how == "error" else 130), (at, what, output)
            assert "SK901" not in output, (at, what, output)
            if how == "error":
                assert re.search(r"SK002\S*: .+/", output), (at, what, output)
        code, output, _, _ = build("error", 0)
        assert code == 0, (at, what, output)
        assert left_behind(project, temporary) == [], (at, what)
        assert current_version(project / "warehouse/fits", "customer_buckets") in (1, 2)
        if learns:
            (fit,) = seen(project, "SELECT max(fit_version) FROM shopper_segments_history")
            assert fit == current_version(project / "warehouse/fits", "shopper_segments")
    assert at > 15
    assert outcomes == {True, False}
