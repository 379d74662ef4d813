"""SQL of views for elsewhere: what stands beside it, and options that do not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from jinja2 import Environment

from segkit.errors import ConfigError
from segkit.pipeline import Options, compile_node
from tests.conftest import BUCKETS_YML, TWO_SEGMENTS_YML, MakeProject, build_first


@pytest.fixture
def project(make_project: MakeProject) -> Path:
    """Buckets that nothing was built of: their view needs types and no data."""
    return make_project(files={"sql/segments.yml": None})


def compiled(project: Path, name: str | None, **options: Any) -> tuple[str, list[str]]:
    said: list[str] = []
    return compile_node(Options(project), name, talk=said.append, **options), said


def test_a_view_names_the_model_that_it_reads(project: Path) -> None:
    sql, said = compiled(project, "customer_buckets")
    assert "FROM customer_features" in sql
    assert said == [
        "it reads customer_features, a model of this project: segkit compile customer_features"
    ]


def test_another_relation_takes_the_models_place_and_that_is_said(project: Path) -> None:
    sql, said = compiled(project, "customer_buckets", from_relation="crm.people")
    assert "FROM crm.people" in sql and "FROM customer_features" not in sql
    assert said == [
        "crm.people takes the place of customer_features: it needs its columns and types"
    ]
    checked, said = compiled(project, "customer_buckets", from_relation="crm.people", check=True)
    assert said == []  # the check brings its own rows
    assert "crm.people" not in checked


def test_it_is_the_same_view_there(project: Path) -> None:
    sql, _ = compiled(project, "customer_buckets", from_relation="people", as_relation="pasted")
    with duckdb.connect() as engine:
        engine.execute(
            "CREATE TABLE people AS SELECT i::VARCHAR AS customer_id, 20 + 10 * i AS age, "
            "i * 30.0 AS income FROM range(4) AS t(i)"
        )
        engine.execute(sql)
        found = engine.execute("SELECT age_band, income_band FROM pasted ORDER BY customer_id")
        assert found.fetchall() == [
            ("<25", "Low"),
            ("25-35", "Low"),
            ("35-55", "High"),
            ("35-55", "High"),
        ]


REF = "{{ ref('customer_features') }}"


def test_the_select_alone_is_that_of_the_view(project: Path) -> None:
    view, _ = compiled(project, "customer_buckets")
    bare, _ = compiled(project, "customer_buckets", bare=True)
    assert bare.startswith(("WITH", "SELECT")) and not bare.rstrip().endswith(";")
    assert bare.rstrip() in view
    model, _ = compiled(project, "customer_features", bare=True)
    assert model.startswith("SELECT") and "VIEW" not in model


@pytest.mark.parametrize("form", [{"bare": True}, {}, {"check": True}])
def test_whatever_a_label_holds_a_template_says_it(
    make_project: MakeProject, form: dict[str, bool]
) -> None:
    odd = "{# x #} {#"
    buckets = BUCKETS_YML.replace("label: Low,", f'label: "{odd}",')
    assert odd in buckets
    project = make_project(files={"sql/segments.yml": None, "sql/buckets.yml": buckets})
    plain, _ = compiled(project, "customer_buckets", from_relation="crm.people", **form)
    text, said = compiled(project, "customer_buckets", from_relation=f" {REF} ", **form)
    assert said in (
        [],
        [f" {REF}  takes the place of customer_features: it needs its columns and types"],
    )
    assert ("check" in form) or text.count(REF) == plain.count("crm.people") == 1
    assert Environment().from_string(text).render(ref=lambda name: "crm.people").strip() == (
        plain.strip()
    )


def test_id_and_name_of_a_segment_are_two_columns_of_any_select(make_project: MakeProject) -> None:
    project = make_project(files={"sql/segments.yml": TWO_SEGMENTS_YML, "sql/buckets.yml": None})
    assert build_first(project).ok
    names, _ = compiled(project, "shopper_segments", names=True)
    with duckdb.connect(str(project / "warehouse/shop.duckdb"), read_only=True) as connection:
        differ = connection.execute(
            "SELECT count(*), count(*) FILTER (WHERE shopper_segments_id = segment_id AND "
            f"shopper_segments_name = segment_name) FROM (SELECT customer_id, {names} "
            "FROM customer_features) JOIN shopper_segments USING (customer_id)"
        ).fetchall()
    assert differ == [(240, 240)]


def test_all_views_in_one_text(project: Path) -> None:
    both, said = compiled(project, None)
    assert said == []
    assert "CREATE OR REPLACE VIEW customer_buckets" in both and "customer_id" in both
    model, _ = compiled(project, "customer_features")
    assert model in both and "customer_buckets" not in model


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("customer_buckets", {"from_relation": "a b"}, "--from a b: not the name of a relation"),
        ("customer_buckets", {"as_relation": "a;b"}, "--as a;b: not the name of a relation"),
        ("customer_buckets", {"from_relation": "x", "as_relation": "x"}, "cannot read itself"),
        ("customer_buckets", {"check": True, "expression": True}, "are 2 things"),
        ("customer_buckets", {"bare": True, "names": True}, "--bare and --names are 2 things"),
        ("customer_buckets", {"bare": True, "as_relation": "v"}, "that --bare leaves out"),
        ("customer_buckets", {"names": True}, "is a bucket set"),
        ("customer_features", {"names": True}, "it has no segments"),
        ("customer_buckets", {"from_relation": "{{ a }} {{ b }}"}, "not the name of a relation"),
        ("customer_buckets", {"as_relation": "{{ this }}"}, "not the name of a relation"),
        (None, {"from_relation": "x"}, "need the NAME of one view"),
        (None, {"check": True}, "need the NAME of one view"),
        (None, {"bare": True}, "need the NAME of one view"),
        ("customer_buckets", {"sample": 5}, "--sample is for --check"),
        ("customer_buckets", {"check": True, "sample": 10**7}, "more than engines read"),
        ("nobody", {}, "no model, bucket set or segmentation is called `nobody`"),
    ],
)
def test_options_that_do_not_fit(
    project: Path, name: str | None, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        compiled(project, name, **options)
    assert said in raised.value.problems[0].message


@pytest.mark.parametrize(
    ("dialect", "relation", "fits"),
    [
        ("postgres", 'crm."My table"', True),
        ("postgres", "`My table`", False),
        ("mysql", "`My table`", True),
        ("duckdb", "a.b.c.d", True),
        ("duckdb", "a.b.c.d.e", False),
        ("duckdb", "a..b", False),
        ("duckdb", 'a."b', False),
    ],
)
def test_names_of_relations_are_those_of_the_dialect(
    project: Path, dialect: str, relation: str, fits: bool
) -> None:
    options = {"dialect": dialect, "from_relation": relation}
    if fits:
        assert relation in compiled(project, "customer_buckets", **options)[0]
    else:
        with pytest.raises(ConfigError, match="not the name of a relation"):
            compiled(project, "customer_buckets", **options)
