"""Models, tests and macros as they lie in a project."""

from __future__ import annotations

from pathlib import Path

from segkit.dialects.table import DUCKDB
from segkit.project.jinja.calls import Names
from segkit.project.project_files import ProjectFiles
from segkit.project.sql_files import read_models, read_sql_tests, renderer_of
from tests.project.projects import write_project

NAMES = Names({"customers": ("seed.customers", '"customers"')}, {}, DUCKDB)


def test_models_are_by_path_and_tests_are_none(tmp_path: Path) -> None:
    write_project(tmp_path, {"sql/a/b.sql": "SELECT 1", "sql/tests/t.sql": "SELECT 2"})
    files = ProjectFiles(tmp_path)
    models = read_models(files)
    assert [(m.name, m.path) for m in models] == [
        ("b", "sql/a/b.sql"),
        ("customer_features", "sql/customer_features.sql"),
    ]
    assert (models[0].text, files.problems) == ("SELECT 1", [])


def test_a_name_with_a_control_character_is_refused(tmp_path: Path) -> None:
    write_project(tmp_path, {"sql/a\tb.sql": "SELECT 1"})
    files = ProjectFiles(tmp_path)
    read_models(files)
    assert [(p.code, p.message) for p in files.problems] == [
        ("SK005", "a file's name has a control character in it")
    ]


def test_a_macro_of_the_project_wins_over_segkits(tmp_path: Path) -> None:
    write_project(tmp_path, {"macros/m.sql": "{% macro nine() %}9{% endmacro %}"})
    files = ProjectFiles(tmp_path)
    renderer = renderer_of(files, {}, NAMES)
    assert files.problems == []
    assert renderer.render("SELECT {{ nine() }}", "x.sql", "model").sql == "SELECT 9"


def test_a_test_is_a_query_with_its_severity(tmp_path: Path) -> None:
    text = "{{ config(severity='warn', tags=['x']) }}SELECT * FROM {{ ref('customers') }}"
    write_project(tmp_path, {"sql/tests/few.sql": text})
    files = ProjectFiles(tmp_path)
    (test,) = read_sql_tests(files, renderer_of(files, {}, NAMES))
    assert (test.name, test.check, test.severity, test.tags) == ("few", "sql", "warn", ("x",))
    assert (test.depends_on, files.problems) == (("seed.customers",), [])
    assert test.sql.strip() == 'SELECT * FROM "customers"'
    assert test.raw_sql == text
