"""A project as git has it, without a checkout."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from segkit.errors import ConfigError
from segkit.project.nodes import BucketSet
from segkit.project.revision import load_revision, read_revision
from tests.conftest import MakeProject

AUTHOR = ("-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false")


def git(directory: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(directory), *AUTHOR, *words], capture_output=True, check=True, text=True
    )
    return done.stdout


def commit(directory: Path, message: str) -> None:
    git(directory, "add", "-A")
    git(directory, "commit", "-q", "-m", message)


@pytest.fixture
def project(make_project: MakeProject) -> Path:
    """In a folder of its repository; what is written was changed since the commit."""
    directory = make_project(name="repository/shop")
    fits = directory / "warehouse/fits/shopper_segments"
    fits.mkdir(parents=True)
    (fits / "current").write_text("v0001\n")
    git(directory.parent, "init", "-q", "-b", "main")
    (directory / "sql/odd link.yml").symlink_to("buckets.yml")
    commit(directory.parent, "one")
    buckets = directory / "sql/buckets.yml"
    buckets.write_text(buckets.read_text().replace("[25, 35, 55]", "[25, 40]"))
    (directory / "sql/more.yml").write_text("buckets: [")
    (directory / "sql/odd link.yml").unlink()
    return directory


def test_what_was_written_then_over_the_files_of_today(project: Path) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    revision = read_revision(project, "main")
    assert revision.commit == git(project, "rev-parse", "HEAD").strip()
    assert revision.files["warehouse/fits/shopper_segments/current"] == b"v0001\n"
    assert "sql/odd link.yml" not in revision.files, "a link is not followed"
    assert not any(path.startswith("data/") for path in revision.files)
    then = load_revision(revision, project)
    buckets = then.nodes["customer_buckets"]
    assert isinstance(buckets, BucketSet)
    assert [str(edge) for edge in buckets.columns[0].written_edges] == ["25", "35", "55"]
    source = then.nodes["crm.customers"]
    assert source.path == project / "data/customers.csv"  # type: ignore[union-attr]
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def problem_of(project: Path, name: str) -> tuple[str, str]:
    with pytest.raises(ConfigError) as caught:
        load_revision(read_revision(project, name), project)
    (problem,) = caught.value.problems
    assert problem.code == "SK703"
    return problem.message, problem.help or ""


def test_what_cannot_be_read_is_said(project: Path, tmp_path: Path) -> None:
    assert problem_of(project, "gone")[0] == "git knows no revision 'gone'"
    assert "git fetch" in problem_of(project, "gone")[1]
    assert problem_of(project, "--all")[0] == "'--all' is no revision of git"
    commit(project, "two")
    message, _ = problem_of(project, "HEAD")
    assert message.startswith("HEAD cannot be read: ") and message.endswith("[SK001]")
    git(project, "rm", "-q", "--cached", "segkit.yml")
    git(project, "commit", "-q", "-m", "three")
    assert problem_of(project, "HEAD")[0] == "HEAD has no segkit.yml in the project's folder"
    assert problem_of(tmp_path, "HEAD")[0] == "the project lies in no repository of git"


def test_without_git(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert problem_of(project, "HEAD")[0] == "git cannot be run, which --against needs"
