"""Words about segments that fit none; and whose customers a stale fit is about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from segkit.errors import Place
from segkit.pipeline.steps.node_builder import about_warnings
from segkit.project.nodes import About, Segmentation
from tests.pipeline.orders_project import FIRST, SECOND, build_at, orders, write_orders_project
from tests.publish.shops import node, shop
from tests.publish.stored.test_fits import FIT

YML = """\
segments:
  - {name: shoppers, from: customer_features, key: customer_id, features: [age]}
"""


def about(directory: Path, **names: str | None) -> list[tuple[str, str]]:
    spec = node(shop(directory, YML), "shoppers", Segmentation)
    places = {id_: About(Place("sql/declared.yml", 5, i), name) for i, (id_, name) in
              enumerate(names.items(), 1)}  # fmt: skip
    found = list(about_warnings(replace(spec, about=places), FIT))
    assert all(problem.severity == "warning" for problem in found)
    return [(problem.code, problem.message) for problem in found]


def test_words_about_no_segment_or_for_two(tmp_path: Path) -> None:
    assert about(tmp_path, A="Youths", B="Elders") == []
    assert about(tmp_path, A="Youths", C="Nobody") == [("SK101", "about: C is no segment of v0001")]
    alike = "2 segments are called Younger: A, B"
    assert about(tmp_path, B="Younger") == [("SK102", alike)]  # as the fit calls A
    assert about(tmp_path, A="Younger", B="Younger") == [("SK102", alike)] * 2
    assert about(tmp_path, A=None) == []


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
