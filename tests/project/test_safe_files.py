from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from segkit.errors import ConfigError
from segkit.project.safe_files import (
    OwnFolder,
    is_there,
    names_in,
    problem_of,
    read_regular,
    special_kind,
)


def test_a_file_is_read_also_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"a\0b")
    (tmp_path / "link").symlink_to("file")
    assert read_regular(tmp_path / "link") == b"a\0b"
    assert special_kind(tmp_path / "link") is None
    assert special_kind(tmp_path / "gone") is None


def test_what_is_no_file_is_named_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert special_kind(tmp_path / "pipe") == "a named pipe"
    with pytest.raises(OSError, match="it is a named pipe, not a file"):
        read_regular(tmp_path / "pipe")
    with pytest.raises(OSError, match="it is a device, not a file"):
        read_regular(Path("/dev/null"))
    with pytest.raises(IsADirectoryError):
        read_regular(tmp_path)
    here = Path.cwd()
    os.chdir(tmp_path)  # the path of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("socket")
            assert special_kind(Path("socket")) == "a socket"
    finally:
        os.chdir(here)


def test_a_pipe_of_the_shell_is_read_to_its_end() -> None:
    there, here = os.pipe()
    os.write(here, b"SELECT 1")
    os.close(here)
    assert read_regular(Path(f"/dev/fd/{there}")) == b"SELECT 1"
    os.close(there)


def test_names_of_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "b").touch()
    (tmp_path / "a").touch()
    assert names_in(tmp_path) == ["a", "b"]
    assert names_in(tmp_path / "gone") == []
    (tmp_path / "link").symlink_to("gone")
    with pytest.raises(FileNotFoundError):
        names_in(tmp_path / "link")
    with pytest.raises(NotADirectoryError):
        names_in(tmp_path / "a")

    def scandir(path: object) -> object:
        raise OSError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(PermissionError):
        names_in(tmp_path)


def test_what_may_not_be_looked_at_is_not_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_there(tmp_path)
    assert not is_there(tmp_path / "gone")

    def stat(self: Path, **_: object) -> object:
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "stat", stat)
    with pytest.raises(PermissionError):
        is_there(tmp_path / "gone")


@pytest.mark.parametrize("link", ["a", "a/b", "a/b/c"])
def test_no_step_below_the_root_may_be_a_link(link: str, tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (outside / "b/c").mkdir(parents=True)
    (outside / "c").mkdir()
    (root / link).parent.mkdir(parents=True)
    (root / link).symlink_to(outside)
    for create in (True, False):
        with pytest.raises(ConfigError, match=rf"SK007\]: {link} is a link"):
            OwnFolder(root / "a/b/c", root, create=create)
    assert sorted(path.name for path in outside.rglob("*")) == ["b", "c", "c"]


def test_the_root_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "root").symlink_to("real")
    with OwnFolder(tmp_path / "root/a", tmp_path / "root") as folder:
        folder.write("file", b"x")
    assert (tmp_path / "real/a/file").read_bytes() == b"x"


def test_a_folder_that_becomes_a_link_changes_nothing(tmp_path: Path) -> None:
    """It was opened before: what is done goes where it was."""
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim/file").write_bytes(b"kept")
    with OwnFolder(tmp_path / "own", tmp_path) as folder:
        folder.write("temporary", b"x")
        (tmp_path / "own").rename(tmp_path / "moved")
        (tmp_path / "own").symlink_to("victim")
        folder.replace("temporary", "file")
        folder.write("other", b"y")
        folder.remove("other")
    assert (tmp_path / "moved/file").read_bytes() == b"x"
    assert (tmp_path / "victim/file").read_bytes() == b"kept"


def test_a_link_is_neither_read_nor_written_but_can_be_removed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"kept")
    (tmp_path / "own").mkdir()
    (tmp_path / "own/link").symlink_to("../victim")
    with OwnFolder(tmp_path / "own", tmp_path) as folder:
        for flags in (os.O_RDONLY, os.O_RDWR | os.O_CREAT, os.O_WRONLY | os.O_TRUNC):
            with pytest.raises(ConfigError, match=r"SK007.*own/link"):
                folder.open("link", flags)
        with pytest.raises(ConfigError, match="SK007"):
            folder.read("link")
        folder.remove("link")
        assert folder.names() == []
    assert (tmp_path / "victim").read_bytes() == b"kept"


def test_a_folder_with_links_in_it_is_removed_without_what_they_lead_to(tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim/file").touch()
    (tmp_path / "own/deep").mkdir(parents=True)
    (tmp_path / "own/deep/link").symlink_to(tmp_path / "victim")
    with OwnFolder(tmp_path, tmp_path) as folder:
        folder.remove("own")
        folder.remove("gone")
    assert not (tmp_path / "own").exists()
    assert (tmp_path / "victim/file").exists()


def test_errors_name_the_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fsync)
    with OwnFolder(tmp_path / "own", tmp_path) as folder:
        with pytest.raises(OSError) as caught:
            folder.write("file", b"x")
        assert caught.value.filename == str(tmp_path / "own/file")
        assert folder.names() == [], "whole, or not at all"
        with pytest.raises(OSError) as caught:
            folder.sync()
        assert caught.value.filename == str(tmp_path / "own")


def test_an_open_folder_leaves_no_descriptor(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").is_dir() else 0
    (tmp_path / "link").symlink_to(".")
    for _ in range(5):
        with OwnFolder(tmp_path / "a/b", tmp_path) as folder:
            folder.write("file", b"x")
            folder.read("file")
            folder.remove("file")
        with pytest.raises(ConfigError):
            OwnFolder(tmp_path / "link/b", tmp_path)
    after = len(list(Path("/proc/self/fd").iterdir())) if before else 0
    assert after == before


def test_what_segkit_does_not_write_to(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("gone")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    said = {
        name: problem_of((tmp_path / name).lstat().st_mode, f"x/{name}")
        for name in ("link", "pipe", "file", ".")
    }
    assert said["file"] is said["."] is None
    assert said["link"] and said["link"].code == "SK007"
    assert said["link"].message == "x/link is a link, and segkit writes through none"
    assert said["pipe"] and said["pipe"].code == "SK002"
    assert said["pipe"].message == "x/pipe is a named pipe, not a file: segkit writes there"
