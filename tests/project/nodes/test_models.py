from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from segkit.project.nodes import database_name


@pytest.mark.parametrize("name", ["dev.duckdb", "dev.v2.duckdb", "dev", "a b.db", ".hidden.duckdb"])
def test_a_file_is_called_as_duckdb_calls_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    duckdb.connect(str(path)).close()
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{path}'")
        found = connection.execute(
            "SELECT database_name FROM duckdb_databases() WHERE path IS NOT NULL"
        ).fetchall()
    assert [(database_name(path),)] == found
