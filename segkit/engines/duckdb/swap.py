"""A file that is replaced as a whole: the one in the making beside it, and the rename over it."""

from __future__ import annotations

import os
from pathlib import Path

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.engines.duckdb.published_file import attach
from segkit.engines.locks import Patience
from segkit.project.safe_files import OwnFolder

TARGET = "segkit_target"


def stamp(path: Path) -> tuple[int, int, int] | None:
    """Changes when the file does; None where there is nothing to keep."""
    try:
        stat = path.stat()
    except FileNotFoundError:  # and no other error: what cannot be looked at is not nothing
        return None
    return (stat.st_ino, stat.st_size, stat.st_mtime_ns) if stat.st_size else None


def identity(path: Path) -> tuple[int, int] | None:
    """Which file it is, under whatever name."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def building_path(path: Path) -> Path:
    # Not *.duckdb: tools that open every database in a folder must not find it.
    return path.with_name(f".{path.name}.building-{os.getpid()}")


def remove_building_files(folder: OwnFolder, name: str) -> None:
    """Remove what builds of this file left behind. Only while holding its lock."""
    for entry in folder.names():
        if entry.startswith(f".{name}.building-"):
            folder.remove(entry)


def check_names(folder: OwnFolder, name: str) -> None:
    """DuckDB opens the file, and what it lays beside it, by their names: none may be a link."""
    for entry in folder.names():
        if entry == name or entry.startswith(f"{name}."):
            folder.check(entry)


def fold_log(path: Path, patience: Patience) -> None:
    """Fold the log that a writer left behind into the file, so that nothing of it is lost."""
    if path.exists() and Path(f"{path}.wal").exists():
        with DuckDBEngine() as engine:
            attach(engine, path, TARGET, "READ_WRITE", patience)
            engine.execute(f"CHECKPOINT {TARGET}")
