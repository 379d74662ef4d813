"""A file that DuckDB writes: read block by block, and nothing left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.errors import EngineError


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    folder = tmp_path / "spill"
    with DuckDBEngine(folder) as engine:
        engine.lock_down()
        assert b"".join(engine.copied("SELECT 1 AS a, '#x' AS b", "csv")) == b"1,#x\n"
        assert not folder.exists()
        begun = engine.copied("SELECT range AS a, 'x' AS b FROM range(300000)", "csv")
        assert next(begun).startswith(b"0,x\n1,x\n")
        begun.close()  # type: ignore[attr-defined]
        with pytest.raises(EngineError):
            next(engine.copied("SELECT CAST('x' AS INTEGER) AS a, 2 AS b", "csv"))
    assert not folder.exists()


def test_parquet_keeps_names_types_and_order(tmp_path: Path) -> None:
    with DuckDBEngine() as engine:
        select = "SELECT range AS id, CAST(range AS DECIMAL(9, 2)) AS spend FROM range(5)"
        blocks = engine.copied(f"{select} ORDER BY id DESC", "parquet")
        (tmp_path / "rows.parquet").write_bytes(b"".join(blocks))
        engine.load_file(tmp_path / "rows.parquet", "rows")
        assert [str(c.type.sql) for c in engine.columns("rows")] == ["BIGINT", "DECIMAL(9,2)"]
        assert [row[0] for row in engine.query("SELECT id FROM rows")] == [4, 3, 2, 1, 0]
