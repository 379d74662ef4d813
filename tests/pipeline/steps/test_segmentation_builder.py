"""Words about segments that fit none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from segkit.errors import Place
from segkit.pipeline.steps.segmentation_builder import about_warnings
from segkit.project.nodes import About, Segmentation
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
