"""Which file it is, whether it changed, and what a build that was killed leaves behind."""

from __future__ import annotations

import os
from pathlib import Path

from segkit.engines.duckdb.swap import building_path, identity, stamp


def test_a_stamp_changes_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    assert stamp(path) is None
    path.touch()
    assert stamp(path) is None  # nothing to keep
    path.write_bytes(b"a")
    first = stamp(path)
    assert first is not None and first == stamp(path)
    os.utime(path, ns=(1, 1))
    assert stamp(path) != first


def test_a_file_is_itself_under_another_name(tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    assert identity(path) is None
    path.write_bytes(b"a")
    other.hardlink_to(path)
    assert identity(path) == identity(other)
    other.unlink()
    other.symlink_to(path)  # a link is no file of ours
    assert identity(path) != identity(other)


def test_the_file_in_the_making_is_no_database_by_its_name() -> None:
    assert building_path(Path("w/shop.duckdb")) == Path(f"w/.shop.duckdb.building-{os.getpid()}")
