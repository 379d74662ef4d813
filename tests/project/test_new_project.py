"""The project that is written for data that nobody described loads, and says what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.core.columns import Column, parse_type
from segkit.errors import Place
from segkit.project.load import load_project
from segkit.project.new_project import DataOrigin, TrialProject, safe_name
from segkit.project.nodes import Feature, Segmentation
from segkit.project.schema.documents import ProjectFile
from segkit.project.yaml.marks import parse_yaml

NOWHERE = Place("")


def trial(*columns: str, key: str = "id", **changes: object) -> TrialProject:
    return TrialProject(
        name="shop",
        origin=DataOrigin("../data/customers.csv", "customers"),
        key=key,
        columns=[Column(name, parse_type("DOUBLE")) for name in (key, *columns)],
        features=[Feature(name, NOWHERE, scale="log") for name in columns],
        **changes,  # type: ignore[arg-type]
    )


def loaded(project: TrialProject, directory: Path) -> Segmentation:
    for path, text in project.files().items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(text, "utf-8")
    (node,) = [n for n in load_project(directory).nodes.values() if isinstance(n, Segmentation)]
    return node


NAMES = ["Annual Income (k$)", "on", "12", "a: b", "it's", '"q"', "#x", "- y", "a, b}", "né", " z "]


def test_every_name_of_a_column_comes_back(tmp_path: Path) -> None:
    node = loaded(trial(*NAMES, key="Kunden-Nr. [alt]"), tmp_path)
    assert [feature.column for feature in node.features] == NAMES
    assert {feature.scale for feature in node.features} == {"log"}
    assert node.key == "Kunden-Nr. [alt]"


def test_clean_data_needs_no_model(tmp_path: Path) -> None:
    node = loaded(trial("age"), tmp_path)
    assert node.relation == "raw.customers" and node.clusters.k is None
    assert not list(tmp_path.rglob("*.sql"))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"distinct": True}, "SELECT DISTINCT\n  id,\n  age\nFROM"),
        ({"without_key": True}, "WHERE id IS NOT NULL"),
        ({"made": {"age": "CAST(age AS DOUBLE)"}}, "CAST(age AS DOUBLE) AS age"),
        ({"numbered": True}, "row_number() OVER () AS id,\n  age\nFROM"),
    ],
)
def test_what_has_to_be_mended_is_a_model(
    tmp_path: Path, changes: dict[str, object], says: str
) -> None:
    node = loaded(trial("age", k=4, **changes), tmp_path)
    assert node.relation == "shop" and node.clusters.k == 4
    assert says in (tmp_path / "sql/shop.sql").read_text("utf-8")


@given(st.text(max_size=30))
def test_a_safe_name_is_one(text: str) -> None:
    ProjectFile(name=safe_name(text))


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=20))
def test_any_name_is_written_so_that_it_is_read_back(name: str) -> None:
    text = trial(name).files()["sql/segments.yml"]
    document, problems = parse_yaml(text, "sql/segments.yml")
    assert not problems and document is not None
    assert document.data["segments"][0]["features"] == [{"column": name, "scale": "log"}]
