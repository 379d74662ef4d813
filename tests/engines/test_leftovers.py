from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.engines.leftovers import (
    beside,
    is_alive,
    spill_path,
    sweep,
    sweep_beside,
    temporary_name,
)
from segkit.errors import ConfigError


@pytest.fixture(scope="module")
def dead() -> int:
    """The number of a process that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_who_is_alive(dead: int) -> None:
    assert is_alive(os.getpid())
    assert is_alive(1)
    assert not is_alive(dead)
    assert not is_alive(10**30)


def test_temporary_files_of_the_dead_are_swept(tmp_path: Path, temporary: Path, dead: int) -> None:
    project = tmp_path / "shop"
    for folder in ("warehouse/fits/s", "warehouse/views", "target/tests", "sql"):
        (project / folder).mkdir(parents=True)
    left = {
        project / f"warehouse/fits/s/.v0001.json.{dead}.tmp",
        project / f"warehouse/views/.s.sql.{dead}.tmp",
        project / f"target/.manifest.json.{dead}.tmp",
        project / f"target/tests/.a b.sql.{dead}.tmp",
        project / "target" / temporary_name("run_results.json"),  # of our number, before us
    }
    kept = {
        project / "warehouse/fits/s/v0001.json",
        project / "warehouse/fits/s/.hidden",
        project / "target/.manifest.json.1.tmp",  # process 1 lives
        project / f"target/manifest.json.{dead}.tmp",
        project / f"sql/.x.sql.{dead}.tmp",  # segkit writes no temporaries there
    }
    for path in left | kept:
        path.touch()
    assert set(sweep(project)) == left
    assert {path for path in project.rglob("*") if path.is_file()} == kept
    assert sweep(project) == ()


def test_a_project_without_these_folders_has_nothing_to_sweep(
    tmp_path: Path, temporary: Path
) -> None:
    assert sweep(tmp_path / "gone") == ()


@pytest.mark.parametrize("link", ["target", "warehouse", "warehouse/fits", "target/a/link"])
def test_every_link_is_said_before_a_build(link: str, tmp_path: Path, temporary: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / ".x.1234567.tmp").touch()
    (tmp_path / "shop" / link).parent.mkdir(parents=True)
    (tmp_path / "shop" / link).symlink_to(outside)
    with pytest.raises(ConfigError, match=f"SK007.*{link} is a link") as caught:
        sweep(tmp_path / "shop")
    assert len(caught.value.problems) == 1
    assert (outside / ".x.1234567.tmp").exists()


def test_a_folder_that_cannot_be_listed_is_an_error(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop/target").mkdir(parents=True)
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("target"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(PermissionError):
        sweep(tmp_path / "shop")


def test_folders_for_spilling_of_the_dead_are_swept(
    tmp_path: Path, temporary: Path, dead: int
) -> None:
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim/file").touch()
    token = "0a1b0a1b0a1b"
    left = [f"segkit-{dead}-{token}.tmp", f"segkit-try-{dead}-ab_cdef9"]
    kept = [f"segkit-1-{token}.tmp", f"segkit-{os.getpid()}-{token}.tmp", "segkit-notes", "other"]
    # a user's own, which only look like it
    kept += [f"segkit-{dead}-backup", f"segkit-{dead}-notes.tmp", f"segkit-{dead}-{token}.tmp-old"]
    for name in left + kept:
        (temporary / name).mkdir()
        (temporary / name / "file").touch()
    (temporary / f"segkit-{dead}-{token[::-1]}.tmp").symlink_to(tmp_path / "victim")
    assert sorted(path.name for path in sweep(tmp_path)) == sorted(left)
    assert sorted(path.name for path in temporary.iterdir() if not path.is_symlink()) == sorted(
        kept
    )
    assert (tmp_path / "victim/file").exists()


def test_nobody_knows_before_where_an_engine_will_spill(temporary: Path) -> None:
    first, second = spill_path(), spill_path()
    assert first != second
    assert first.parent == temporary
    with DuckDBEngine() as engine:
        assert engine.spill_directory.name.startswith(f"segkit-{os.getpid()}-")
        assert len(engine.spill_directory.name) > len(f"segkit-{os.getpid()}-.tmp") + 10


def test_folders_that_were_to_become_a_project(tmp_path: Path, dead: int) -> None:
    goal = tmp_path / "shop"
    left = tmp_path / f".shop.segkit-{dead}-a_b8"
    kept = [tmp_path / f"{beside(goal)}abc", tmp_path / f".other.segkit-{dead}-abc", goal]
    for path in (left, *kept):
        path.mkdir()
        (path / "file").touch()
    sweep_beside(goal)
    assert not left.exists()
    assert all((path / "file").exists() for path in kept)
