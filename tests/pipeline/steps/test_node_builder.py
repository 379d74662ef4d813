"""Whose customers a stale fit is about."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.pipeline.orders_project import FIRST, SECOND, build_at, orders, write_orders_project


@pytest.mark.parametrize("before", ["", '    where: "orders >= 2 OR orders IN (1, 7)"\n'])
def test_another_where_waits_for_a_fit_as_all_of_a_definition(tmp_path: Path, before: str) -> None:
    write_orders_project(tmp_path, orders(120))
    path = tmp_path / "sql/segments.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + before, encoding="utf-8")
    assert build_at(tmp_path, FIRST, report=False).ok
    path.write_text(text + '    where: "orders >= 4"\n', encoding="utf-8")
    view = (tmp_path / "warehouse/views/shoppers.sql").read_bytes()
    stale = build_at(tmp_path, SECOND, report=False)
    assert stale.published and not stale.ok
    assert (tmp_path / "warehouse/views/shoppers.sql").read_bytes() == view
    with duckdb.connect(str(tmp_path / "warehouse/shop.duckdb"), read_only=True) as con:
        few = "SELECT count(*) FROM shoppers WHERE orders < 4"
        assert con.execute(few).fetchall() > [(0,)]
        left = "SELECT count(*) FROM shoppers_changes WHERE reason = 'left'"
        assert con.execute(left).fetchall() == [(0,)]
    assert build_at(tmp_path, SECOND, full_refresh=True, report=False).ok
    with duckdb.connect(str(tmp_path / "warehouse/shop.duckdb"), read_only=True) as con:
        assert con.execute(few).fetchall() == [(0,)]
