"""What the YAML files and the SQL say together: words, tags, tests, and one name a table."""

from __future__ import annotations

from pathlib import Path

import duckdb

from segkit.project.load import load_project
from segkit.project.nodes import DataTest, Model, Source
from tests.project.projects import problems_of, write_project

WORDS = """\
models:
  - name: customer_features
    description: one row a customer
    tags: [core, daily]
    columns: [{name: age, description: in years, tests: [not_null]}, {name: income}]
"""


def test_the_words_of_a_model_come_from_yaml(tmp_path: Path) -> None:
    text = "{{ config(tags=['daily', 'x'], materialized='table') }}SELECT 1 AS age, 2 AS income"
    write_project(tmp_path, {"sql/m.yml": WORDS, "sql/customer_features.sql": text})
    project = load_project(tmp_path)
    model = project.nodes["customer_features"]
    assert isinstance(model, Model)
    assert (model.description, model.tags) == ("one row a customer", ("daily", "x", "core"))
    assert (model.materialized, model.column_descriptions) == ("table", {"age": "in years"})
    tests = [node for node in project.nodes.values() if isinstance(node, DataTest)]
    assert [test.name for test in tests] == ["not_null_customer_features_age"]


def test_a_test_that_is_called_like_a_model(tmp_path: Path) -> None:
    write_project(tmp_path, {"sql/tests/Customers.sql": "SELECT 1"})
    (problem,) = problems_of(tmp_path)
    assert (problem.code, problem.help) == ("SK102", "rename the test's file")
    assert problem.message == "the test sql/tests/Customers.sql has the name of something else"


def test_tables_that_nobody_lists_are_sources_once_they_are_read(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "dev.duckdb")).close()
    sources = "name: shop\nsources: [{name: raw, path: dev.duckdb}]\n"
    sql = "SELECT 1 FROM {{ source('raw', 'a') }}, {{ source('raw', 'NAME') }}"
    write_project(tmp_path, {"segkit.yml": sources, "sql/x.sql": sql.replace("NAME", "b")})
    read = [n.name for n in load_project(tmp_path).nodes.values() if isinstance(n, Source)]
    assert sorted(read) == ["raw.a", "raw.b"]
    write_project(tmp_path, {"segkit.yml": sources, "sql/x.sql": sql.replace("NAME", "A")})
    (problem,) = problems_of(tmp_path)
    assert (problem.code, problem.help) == ("SK102", "write both alike")
    assert problem.message == "`raw.A` and `raw.a` are one table: upper and lower case are one"
