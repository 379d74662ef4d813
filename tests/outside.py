"""Who opens a file of a folder, as the kernel tells it; for tests that nothing is read."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

_OPENED = 0x20  # IN_OPEN
_EVENT = struct.Struct("iIII")
SECRET = "canary_of_the_test"


@dataclass(frozen=True)
class Watch:
    """``opened`` is what was opened since it was asked last."""

    handle: int

    def opened(self) -> set[str]:
        names: set[str] = set()
        while True:
            try:
                data = os.read(self.handle, 1 << 16)
            except BlockingIOError:
                return names
            at = 0
            while at < len(data):
                *_, length = _EVENT.unpack_from(data, at)
                at += _EVENT.size
                names.add(data[at : at + length].rstrip(b"\0").decode() or ".")
                at += length


@contextmanager
def watched(folder: Path) -> Iterator[Watch]:
    if sys.platform != "linux":
        pytest.skip("inotify is Linux's")
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.inotify_init1(os.O_NONBLOCK)
    try:
        assert libc.inotify_add_watch(handle, str(folder).encode(), _OPENED) > 0
        yield Watch(handle)
    finally:
        os.close(handle)


def canaries(folder: Path) -> Path:
    """A folder with one file of each kind that DuckDB reads, each with the secret in it."""
    folder.mkdir(parents=True)
    (folder / "c.csv").write_text(f"a,b\n1,{SECRET}\n", encoding="utf-8")
    (folder / "c.json").write_text(f'{{"a": 1, "b": "{SECRET}"}}\n', encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT 1 AS a, '{SECRET}' AS b) TO '{folder}/c.parquet' (FORMAT parquet)"
        )
    with duckdb.connect(folder / "c.duckdb") as connection:
        connection.execute(f"CREATE TABLE t AS SELECT 1 AS a, '{SECRET}' AS b")
    return folder
