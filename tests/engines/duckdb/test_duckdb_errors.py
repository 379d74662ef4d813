from __future__ import annotations

import errno
from pathlib import Path

import duckdb
import pytest

from segkit.engines.duckdb.duckdb_errors import engine_error, line_and_column, why_not_opened
from segkit.errors import is_memory_error


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (duckdb.BinderException("Binder Error: no\n\nLINE 1: x"), "SK404", "no"),
        (
            duckdb.IOException("IO Error: Corrupt database file: x"),
            "SK601",
            "Corrupt database file",
        ),
        (MemoryError(), "SK606", "there is not enough memory"),
        (
            duckdb.OutOfMemoryException(
                "Out of Memory Error: failed to allocate\n\nPossible solutions:\n* SET threads"
            ),
            "SK606",
            "there is not enough memory: failed to allocate",
        ),
        (duckdb.Error("Error: std::bad_alloc"), "SK606", "there is not enough memory"),
        (
            duckdb.IOException('IO Error: Could not write file "/x": No space left on device'),
            "SK606",
            'the disk is full: Could not write file "/x": No space left on device',
        ),
        (
            duckdb.OutOfMemoryException(
                "Out of Memory Error: failed to offload\nThis limit was set by the"
                " 'max_temp_directory_size' setting."
            ),
            "SK606",
            "the disk is full: failed to offload",
        ),
    ],
)
def test_what_an_error_means(error: duckdb.Error | MemoryError, code: str, message: str) -> None:
    problem = engine_error(error, "SELECT 1").problems[0]
    assert problem.code == code
    assert problem.message.startswith(message)
    assert "Possible solutions" not in problem.message
    assert "SET " not in problem.message
    assert bool(problem.help) == (code == "SK606")


def test_a_position_is_in_bytes_and_after_what_was_put_before() -> None:
    details = '{"exception_message": "no", "position": "12"}'
    found = engine_error(duckdb.Error(), "é,\n é, x", "SELECT ", details)
    assert found.position == (2, 2)
    assert line_and_column("é,\n é", 3) == (1, 3)
    assert line_and_column("a", 2) is None
    assert line_and_column("a", -1) is None


def test_a_value_that_looks_like_a_full_disk_is_none() -> None:
    error = duckdb.ConversionException("Conversion Error: Could not convert 'file too large'")
    assert engine_error(error, "SELECT 1").problems[0].code == "SK404"


@pytest.mark.parametrize(
    ("message", "said", "has_help"),
    [
        ("is not a valid DuckDB database file", "not a DuckDB file, but a Parquet file", False),
        ("it is encrypted", "it is encrypted, and segkit has no key to give", True),
        ("storage version number 100, but we", "it was written by a newer DuckDB", True),
        ("Could not read enough bytes", "it is damaged, or not whole: Could not", True),
        ("Permission denied", "Permission denied", True),
    ],
)
def test_why_a_file_cannot_be_opened(
    tmp_path: Path, message: str, said: str, has_help: bool
) -> None:
    path = tmp_path / "x.duckdb"
    path.write_bytes(b"PAR1 and so on")
    found, hint = why_not_opened(path, message)
    assert found.startswith(said)
    assert (hint is not None) == has_help


def test_the_ways_in_which_python_is_told_that_memory_is_out() -> None:
    for error in (
        MemoryError(),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        RuntimeError("can't start new thread"),
        ImportError("x.so: failed to map segment from shared object"),
    ):
        assert is_memory_error(error)
    for other in (OSError(errno.ENOSPC, "No space"), RuntimeError("x"), ImportError("no module")):
        assert not is_memory_error(other)
