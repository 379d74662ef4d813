"""Links, pipes and devices in a project that somebody else wrote: nothing outside is touched."""

from __future__ import annotations

import os
import shutil
import signal
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from segkit.cli.main import main
from tests.conftest import customers, write_project
from tests.pipeline.test_fail_nth import SCORES_YML

OLD_CASE = "SELECT customer_id, CASE WHEN age < 30 THEN 'young' ELSE 'old' END AS a FROM t"
FOLDERS = (
    "target",
    "target/tests",
    "warehouse",
    "warehouse/fits",
    "warehouse/fits/customer_buckets",
    "warehouse/views",
)
FILES = (
    "target/manifest.json",
    "target/run_results.json",
    "warehouse/.segkit.lock",
    "warehouse/.shop.duckdb.lock",
    "warehouse/shop.duckdb",
    "warehouse/shop.duckdb.wal",
    "warehouse/fits/customer_buckets/v0001.json",
    "warehouse/fits/customer_buckets/current",
    "warehouse/views/customer_buckets.sql",
)


# of the rest: in .ci/run's slow tests
QUICK = {
    ("target", "there"),
    ("target/manifest.json", "gone"),
    ("warehouse/.shop.duckdb.lock", "there"),
    ("warehouse/fits/customer_buckets", "gone"),
    ("warehouse/views", "inside"),
    ("sql/pipe.sql", "pipe"),
    ("data/customers.csv", "pipe"),
    ("warehouse/.segkit.lock", "pipe"),
}


def cases(paths: Sequence[str], goals: Sequence[str]) -> list[ParameterSet]:
    return [
        pytest.param(path, goal, marks=() if (path, goal) in QUICK else pytest.mark.slow)
        for path in paths
        for goal in goals
    ]


@pytest.fixture(autouse=True)
def never_wait() -> Iterator[None]:
    """A pipe that is waited for ends the test, and not the test run."""

    def end(*_: object) -> None:
        raise AssertionError("it waits")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(120)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = {"sql/segments.yml": None, "sql/buckets.yml": SCORES_YML}
    project = write_project(tmp_path_factory.mktemp("links") / "shop", customers(40), files)
    assert main(["--project-dir", str(project), "build", "-q"]) == 0
    return project


@pytest.fixture
def project(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "shop"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Somebody's files."""
    (tmp_path / "home/docs").mkdir(parents=True)
    (tmp_path / "home/.bashrc").write_text("alias ll='ls -l'\n")
    (tmp_path / "home/docs/thesis.txt").write_text("years of work\n")
    return tmp_path / "home"


def tree(folder: Path) -> dict[str, bytes | None]:
    found = sorted(folder.rglob("*"))
    return {str(path): path.read_bytes() if path.is_file() else None for path in found}


def take_away(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def lay_link(path: Path, to: Path) -> None:
    take_away(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(to)


def run(project: Path, *words: str) -> int:
    return main(["--project-dir", str(project), *words])


@pytest.mark.parametrize(("path", "goal"), cases(FOLDERS + FILES, ("there", "gone", "inside")))
def test_a_build_writes_through_no_link(
    path: str, goal: str, project: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """To something, to nothing (which would be made), or to another place in the project."""
    is_folder = path in FOLDERS
    to = {"there": home / ("docs" if is_folder else ".bashrc"), "gone": home / "new"}
    (project / "other").mkdir()
    (project / "other/file").write_text("x")
    to["inside"] = project / ("other" if is_folder else "other/file")
    lay_link(project / path, to[goal])
    before, other = tree(home), tree(project / "other")
    assert run(project, "build", "--as-of", "2030-01-01") in (1, 2)
    said = capsys.readouterr()
    assert "error[SK007]" in said.err, said.err
    assert Path(path).name in said.err
    assert said.out.endswith("published: false\n")
    assert tree(home) == before
    assert tree(project / "other") == other


@pytest.mark.parametrize("path", FOLDERS[:1] + FILES[:2])
def test_neither_do_test_and_clean(
    path: str, project: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_link(project / path, home / ("docs" if path in FOLDERS else ".bashrc"))
    before = tree(home)
    assert run(project, "test") in (1, 2)
    assert f"error[SK007]: {path}" in capsys.readouterr().err
    run(project, "clean")
    assert tree(home) == before
    assert not (project / path).exists() or path in FOLDERS, "in target/ the link itself goes"


def test_clean_removes_nothing_behind_a_link(
    project: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_link(project / "target", home / "docs")
    before = tree(home)
    assert run(project, "clean") == 2
    said = capsys.readouterr().err
    assert "error[SK007]: target is a link, and segkit writes through none" in said
    assert "help: remove the link" in said
    assert tree(home) == before


def test_names_that_segkit_would_use_may_be_laid_out_before_it(project: Path, home: Path) -> None:
    """Building files and temporaries: the link goes, not what it leads to."""
    number = os.getpid()
    for name in (
        f"warehouse/.shop.duckdb.building-{number}",
        f"warehouse/.shop.duckdb.building-{number}.wal",
        f"warehouse/.shop.duckdb.building-{number}.tmp",
        "warehouse/.shop.duckdb.building-1",
    ):
        (project / name).symlink_to(home / "docs")
    before = tree(home)
    assert run(project, "build") == 0
    assert tree(home) == before
    assert not [path.name for path in (project / "warehouse").iterdir() if path.is_symlink()]


def test_the_project_itself_may_be_reached_through_a_link(project: Path, tmp_path: Path) -> None:
    (tmp_path / "way").symlink_to(tmp_path)
    assert run(tmp_path / "way/shop", "build") == 0


@pytest.mark.parametrize("path", ["sql/imported.yml", "sql/more/imported.yml"])
def test_import_saves_through_no_link(
    path: str, project: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "old.sql").write_text(OLD_CASE)
    link = project / ("sql/more" if "more" in path else path)
    (project / "other").mkdir()
    lay_link(link, project / "other" if "more" in path else home / "new.yml")
    before = tree(home)
    words = ("import", str(project / "old.sql"), "--from", "customer_features")
    assert run(project, *words, "--save", "--to", path) == 2
    assert "SK007" in capsys.readouterr().err
    assert tree(home) == before
    assert tree(project / "other") == {}


PIPES = (
    "segkit.yml",
    "sql/pipe.sql",
    "sql/pipe.yml",
    "macros/pipe.sql",
    "sql/tests/pipe.sql",
    "data/customers.csv",
    "warehouse/seeds/pipe.csv",
    *(path for path in FILES if not path.endswith(".wal")),
)


@pytest.mark.parametrize(("path", "kind"), cases(PIPES, ("pipe",)))
def test_a_named_pipe_is_refused_and_not_waited_for(
    path: str, kind: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take_away(project / path)
    (project / path).parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(project / path)
    assert run(project, "build") in (1, 2)
    said = capsys.readouterr()
    assert Path(path).name in said.err  # data by its name alone
    assert f"a named {kind}, not a file" in said.err, said.err
    assert said.out.endswith("published: false\n")


def test_a_socket_and_a_device_are_no_files(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "sql")  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.sql")
        assert run(project, "build") == 2
    assert "sql/socket.sql cannot be read: it is a socket, not a file" in capsys.readouterr().err
    (project / "sql/socket.sql").unlink()
    try:
        os.mknod("zero.sql", 0o600 | 0o020000, os.makedev(1, 5))
    except OSError:
        return  # only root may
    assert run(project, "build") == 2
    assert "sql/zero.sql cannot be read: it is a device, not a file" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["try", "import"])
def test_a_named_pipe_as_an_argument(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "rows.csv")
    assert run(tmp_path, verb, str(tmp_path / "rows.csv")) == 2
    assert "a named pipe, not a file" in capsys.readouterr().err


def test_import_reads_what_the_shell_pipes_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``segkit import <(...)``: the other end of that pipe is there, and ends."""
    there, here = os.pipe()
    os.write(here, OLD_CASE.encode())
    os.close(here)
    assert (
        run(tmp_path, "import", f"/dev/fd/{there}", "--name", "ages", "--key", "customer_id") == 0
    )
    os.close(there)
    assert 'when: "age < 30"' in capsys.readouterr().out
