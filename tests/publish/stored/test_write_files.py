from __future__ import annotations

import os
from pathlib import Path

import pytest

from segkit.errors import ConfigError
from segkit.project.safe_files import OwnFolder
from segkit.publish.stored.write_files import write_files


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    a, b = tmp_path / "x/y/a", tmp_path / "b"
    assert write_files({a: "ä\n", b: "1"}, tmp_path) == (a, b)
    assert a.read_bytes() == "ä\n".encode()
    stamp = a.stat().st_mtime_ns, a.stat().st_ino
    assert write_files({a: "ä\n", b: "2"}, tmp_path) == (b,)
    assert (a.stat().st_mtime_ns, a.stat().st_ino) == stamp
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b", "x", "y"]


@pytest.mark.parametrize("step", ["write", "replace", "sync"])
def test_an_error_leaves_whole_files_and_no_temporary(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {tmp_path / name: "old" for name in "abc"}
    write_files(files, tmp_path)
    real, calls = getattr(OwnFolder, step), []

    def fail(self: OwnFolder, *arguments: object) -> None:
        calls.append(arguments)
        if len(calls) == (1 if step == "sync" else 2):
            raise OSError(28, "No space left on device")
        real(self, *arguments)

    monkeypatch.setattr(OwnFolder, step, fail)
    with pytest.raises(OSError, match="No space"):
        write_files(dict.fromkeys(files, "new"), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c"]
    new = sum(path.read_text() == "new" for path in files)
    assert new == {"write": 0, "replace": 1, "sync": 3}[step]


def test_the_temporary_of_a_run_that_was_killed_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / f".a.{os.getpid()}.tmp").write_text("half")
    write_files({tmp_path / "a": "new"}, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("link", ["folder", "folder/file"])
def test_a_link_is_not_written_through(link: str, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_text("kept")
    project = tmp_path / "shop"
    (project / link).parent.mkdir(parents=True)
    (project / link).symlink_to(victim if link == "folder" else victim / "file")
    with pytest.raises(ConfigError, match=f"SK007.*{link} is a link"):
        write_files({project / "folder/file": "new"}, project)
    assert (victim / "file").read_text() == "kept"
    assert [path.name for path in victim.iterdir()] == ["file"]
