"""Published or not, said truly: the last line, the JSON, and the exit code."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from segkit.cli.main import main
from segkit.engines.duckdb.publisher import DuckDBWorkspace
from segkit.project.safe_files import OwnFolder
from tests.conftest import customers, write_project

DATABASE = "shop.duckdb"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files: dict[str, str | None] = {"sql/segments.yml": None}
    project = write_project(tmp_path_factory.mktemp("said") / "shop", customers(40), files)
    assert main(["--project-dir", str(project), "build", "-q"]) == 0
    return project


@pytest.fixture
def project(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "shop"))


def build(project: Path, *words: str) -> int:
    return main(["--project-dir", str(project), "build", *words])


def is_new(project: Path) -> bool:
    path = project / "warehouse" / DATABASE
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute("SELECT max(run) FROM _segkit").fetchall()
    return bool(found[0][0] == 2)


def after_replacing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """The error comes right after the rename of the database."""
    real = OwnFolder.replace

    def replace(self: OwnFolder, old: str, new: str) -> None:
        real(self, old, new)
        if new == DATABASE:
            raise error

    monkeypatch.setattr(OwnFolder, "replace", replace)


def before_replacing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def swap(self: DuckDBWorkspace) -> None:
        raise error

    monkeypatch.setattr(DuckDBWorkspace, "_swap", swap)


def beside(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """The error comes while the run asks whether it was published: again it is asked."""
    real, times = DuckDBWorkspace.is_published, []

    def is_published(self: DuckDBWorkspace) -> bool:
        times.append(1)
        if len(times) == 1:
            raise error
        return real(self)

    monkeypatch.setattr(DuckDBWorkspace, "is_published", is_published)


@pytest.mark.parametrize(
    ("when", "published"), [(after_replacing, True), (before_replacing, False), (beside, True)]
)
def test_an_interrupt_around_the_swap(
    when: Callable[..., None],
    published: bool,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    when(monkeypatch, KeyboardInterrupt())
    capsys.readouterr()
    assert build(project) == 130
    said = capsys.readouterr()
    assert is_new(project) is published
    assert said.out.endswith(f"\nStopped. published: {str(published).lower()}\n")
    before = "this run was published before that"
    assert f"interrupted: {before if published else 'what was published before still is'}\n" in (
        said.err
    )


@pytest.mark.parametrize(
    ("when", "published", "error", "code"),
    [
        (after_replacing, True, OSError(5, "Input/output error", "here"), 1),
        (before_replacing, False, OSError(5, "Input/output error", "here"), 1),
        (after_replacing, True, KeyboardInterrupt(), 130),
        (after_replacing, True, RuntimeError("a crash"), 1),
        (before_replacing, False, RuntimeError("a crash"), 2),
    ],
)
def test_the_last_line_of_the_json_log(
    when: Callable[..., None],
    published: bool,
    error: BaseException,
    code: int,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    when(monkeypatch, error)
    capsys.readouterr()
    assert build(project, "--log-format", "json") == code
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["event"] == "summary"
    assert last["published"] is published is is_new(project)
    assert last["ok"] is False
    assert last["pass"] == 4


@pytest.mark.parametrize(
    "words",
    [["--select", "nobody"], ["--as-of", "soon"], ["--bogus"], ["--locked", "--full-refresh"]],
)
def test_what_could_not_start_published_nothing(
    words: list[str], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert build(project, "--log-format", "json", *words) == 2
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last == {
        "event": "summary",
        "ok": False,
        "published": False,
        "pass": 0,
        "warn": 0,
        "error": 0,
        "skip": 0,
        "total": 0,
    }
    assert build(project, *words) == 2
    assert capsys.readouterr().out == "Stopped. published: false\n"


@pytest.mark.parametrize("name", ["manifest", "run_results"])
def test_a_file_that_cannot_be_written_after_publishing(
    name: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / f"target/{name}.json"
    path.unlink()
    (path / "in the way").mkdir(parents=True)
    capsys.readouterr()
    assert build(project) == 1
    said = capsys.readouterr()
    assert is_new(project)
    assert f"ERROR writing target/{name}.json" in said.out
    assert f"{name}.json" in said.err
    assert "Nothing is published" not in said.out
    assert said.out.endswith("ERROR=1 SKIP=0 TOTAL=5 published: true\n")
    if name == "manifest":
        results = json.loads((project / "target/run_results.json").read_text())
        assert results["published"] is True and results["success"] is False


def test_a_lock_that_cannot_be_removed_undoes_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = OwnFolder.remove

    def remove(self: OwnFolder, name: str) -> None:
        if name == ".segkit.lock":
            raise OSError(5, "Input/output error", str(self.path / name))
        real(self, name)

    monkeypatch.setattr(OwnFolder, "remove", remove)
    capsys.readouterr()
    assert build(project) == 1
    said = capsys.readouterr()
    assert is_new(project)
    assert "ERROR after publishing" in said.out
    assert "warehouse/.segkit.lock: input/output error" in said.err
    assert said.out.endswith("published: true\n")


def test_a_first_screen_that_fails_comes_after_publishing(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> str:
        raise RuntimeError("no screen")

    monkeypatch.setattr("segkit.cli.session.done_line", fail)
    capsys.readouterr()
    assert build(project) == 1
    said = capsys.readouterr()
    assert "SK901" in said.err
    assert said.out.endswith("Stopped. published: true\n")
    assert is_new(project)


def test_files_are_renamed_first_and_a_database_that_fails_is_not_published(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The view's file is new then; the next build has the database catch up."""
    (project / "sql/buckets.yml").write_text(
        (project / "sql/buckets.yml").read_text().replace("[25, 35, 55]", "[25, 35]")
    )
    view = project / "warehouse/views/customer_buckets.sql"
    before = view.read_text()
    before_replacing(monkeypatch, OSError(28, "No space left on device", "shop.duckdb"))
    capsys.readouterr()
    assert build(project) == 1
    said = capsys.readouterr()
    assert view.read_text() != before
    assert not is_new(project)
    assert "Nothing is published; what was published before still is." in said.out
    assert said.out.endswith("published: false\n")
    monkeypatch.undo()
    assert build(project) == 0
    assert is_new(project)


def test_test_publishes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["--project-dir", str(project), "test"]) == 0
    assert capsys.readouterr().out.endswith("TOTAL=0 published: false\n")


def test_the_event_comes_once(project: Path) -> None:
    from segkit.pipeline import Options, run_build

    seen: list[str] = []
    run_build(Options(project), lambda event: seen.append(event.kind))
    assert seen.count("published") == 1
