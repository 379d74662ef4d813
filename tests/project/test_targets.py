"""Targets in segkit.yml: a server's url and its secret, and the dialect that models are in."""

from __future__ import annotations

from pathlib import Path

import pytest

from segkit.dialects.table import DIALECTS
from segkit.errors import ConfigError
from segkit.project.load import load_project
from segkit.project.nodes import Target

SECRET = "s3cret-of-the-test"
URL = f"postgresql://app:{SECRET}@db/shop"
SERVER = """\
name: shop
target: pg
{dialect}targets:
  pg: {{type: postgres, url: "{url}", schema: analytics}}
"""
FROM_ENVIRONMENT = "{{ env_var('SHOP_URL') }}"


def project(directory: Path, url: str = FROM_ENVIRONMENT, dialect: str = "", sql: str = "") -> Path:
    (directory / "sql").mkdir(exist_ok=True)
    yaml = SERVER.format(url=url, dialect=f"dialect: {dialect}\n" if dialect else "")
    (directory / "segkit.yml").write_text(yaml, encoding="utf-8")
    (directory / "sql/m.sql").write_text(sql or "SELECT 1 AS x", encoding="utf-8")
    return directory


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_URL", URL.replace(SECRET, "of-the-environment"))
    monkeypatch.setenv("SHOP_PASSWORD", f"other-{SECRET}")


def test_a_server_is_a_target_that_shows_no_secret(tmp_path: Path) -> None:
    target = load_project(project(tmp_path)).target
    url = "postgresql://app:of-the-environment@db/shop"
    assert target == Target("pg", "postgres", url=url, schema="analytics")
    assert target.dialect is DIALECTS["postgres"]
    assert target.file is None
    assert not target.holds(None)
    assert target.shown(tmp_path) == "PostgreSQL, schema analytics"
    assert "of-the-environment" not in repr(target) + str(target)


@pytest.mark.parametrize(
    "url",
    [
        URL,
        f"postgres://app:{SECRET}@{{{{ env_var('SHOP_URL') }}}}/shop",
        f"host=db password={SECRET}",
        f"postgresql://db/shop?user=app&password={SECRET}",
        f"{{{{ env_var('NOT_SET', 'postgresql://app:{SECRET}@db/shop') }}}}",
        f"{{{{ 'postgresql://app:{SECRET}@' ~ 'db/shop' }}}}",
    ],
)
def test_a_password_in_the_file_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_project(project(tmp_path, url))
    (problem,) = caught.value.problems
    assert problem.code == "SK005"
    assert problem.message == "the `url` of target `pg` has a password in it"
    assert "env_var('PG_URL')" in (problem.help or "")
    assert problem.place is not None
    assert problem.place.line is None  # no line is shown beside it
    assert SECRET not in repr(problem)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://app:{{ env_var('SHOP_PASSWORD') }}@db/shop",
        "postgresql://app@db:5432/shop",
        "postgresql:///shop?host=/run/postgresql",
    ],
)
def test_a_url_without_a_password_in_the_file_is_taken(tmp_path: Path, url: str) -> None:
    assert load_project(project(tmp_path, url)).target.url.startswith("postgresql://")


def test_the_schema_is_public_without_a_word(tmp_path: Path) -> None:
    directory = project(tmp_path)
    yaml = (directory / "segkit.yml").read_text(encoding="utf-8")
    (directory / "segkit.yml").write_text(yaml.replace(", schema: analytics", ""))
    assert load_project(directory).target.schema == "public"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("{type: postgres, schema: a}", "a target of type postgres needs `url`"),
        ("{type: postgres, url: x, path: y}", "a target of type postgres has no `path`"),
        ("{type: duckdb, path: x, url: y}", "a target of type duckdb has no `url`"),
        ("{type: duckdb, path: x, schema: y}", "a target of type duckdb has no `schema`"),
    ],
)
def test_a_target_has_the_keys_of_its_type(tmp_path: Path, target: str, message: str) -> None:
    (tmp_path / "segkit.yml").write_text(f"name: shop\ntarget: pg\ntargets:\n  pg: {target}\n")
    with pytest.raises(ConfigError) as caught:
        load_project(tmp_path)
    assert [problem.message for problem in caught.value.problems] == [message]


# dialects -----------------------------------------------------------------------------------------

MODEL = "SELECT {{ days_between('a', 'b') }} AS days, CAST(x AS DOUBLE PRECISION) AS y FROM t"


def model(directory: Path) -> str:
    sql: str = load_project(directory).nodes["m"].sql  # type: ignore[union-attr]
    return sql


def test_models_are_in_the_dialect_of_the_target(tmp_path: Path) -> None:
    assert "isfinite(CAST(a AS DATE))" in model(project(tmp_path, sql=MODEL))


def test_models_in_another_dialect_are_translated(tmp_path: Path) -> None:
    directory = project(tmp_path, dialect="duckdb", sql="SELECT CAST(a AS DOUBLE) AS b FROM t")
    assert "CAST(a AS DOUBLE PRECISION) AS b" in model(directory)
    (warning,) = load_project(directory).warnings
    assert warning.code == "SK803"
    assert "model m is translated for PostgreSQL" in warning.message


def test_a_model_that_cannot_be_translated_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="SK803"):
        load_project(project(tmp_path, dialect="duckdb", sql="SELECT ("))


def test_an_unknown_dialect_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="`dialect` cannot be `oracle`"):
        load_project(project(tmp_path, dialect="oracle"))


# sources ------------------------------------------------------------------------------------------

SOURCES = """\
sources:
  - {name: crm, tables: [{name: data, path: data.csv}, {name: orders, relation: raw.orders}]}
  - {name: lake, path: lake.duckdb}
"""
READS = "SELECT * FROM {{ source('crm', 'data') }}, {{ source('crm', 'orders') }}, "
READS += "{{ source('lake', 'T') }}, {{ source('lake', 'staging.t') }}"


def with_sources(directory: Path) -> Path:
    made = project(directory, sql=READS)
    yaml = (made / "segkit.yml").read_text(encoding="utf-8")
    (made / "segkit.yml").write_text(yaml + SOURCES, encoding="utf-8")
    return made


def test_files_lie_in_the_schema_of_a_server(tmp_path: Path) -> None:
    found = load_project(with_sources(tmp_path))
    names = ("crm__data", '"raw".orders', '"lake__T"', '"lake__staging.t"')
    assert found.nodes["m"].sql == f"SELECT * FROM {', '.join(names)}"  # type: ignore[union-attr]
    reads = ("crm.data", "crm.orders", "lake.T", "lake.staging.t")
    assert found.nodes["m"].depends_on == reads
    lie_at = [found.nodes[name].lies_at for name in reads]  # type: ignore[union-attr]
    assert lie_at[0] == (None, "crm__data") and lie_at[1] == ("raw", "orders")


def test_a_model_called_as_the_table_of_a_file_is_refused(tmp_path: Path) -> None:
    made = with_sources(tmp_path)
    (made / "sql/CRM__data.sql").write_text("SELECT 1 AS one")
    with pytest.raises(ConfigError) as caught:
        load_project(made)
    assert [problem.code for problem in caught.value.problems] == ["SK102"]
    assert "two things are called `CRM__data`" in caught.value.problems[0].message


# macros by dialect --------------------------------------------------------------------------------


def write_macros(directory: Path, **files: str) -> None:
    (directory / "macros").mkdir()
    for name, text in files.items():
        (directory / f"macros/{name}.sql").write_text(text, encoding="utf-8")


def macro(name: str, sql: str) -> str:
    return f"{{% macro {name}(x) %}}{sql}{{% endmacro %}}\n"


@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
def test_a_macro_has_a_body_by_dialect(tmp_path: Path, dialect: str) -> None:
    sql = "SELECT {{ first('a') }}, {{ other('b') }}, {{ both('c') }}"
    directory = project(tmp_path, dialect=dialect if dialect == "duckdb" else "", sql=sql)
    write_macros(
        directory,
        a=macro("postgres__other", "pg({{ x }})"),  # in another file than the usual one
        b=macro("first", "usual({{ x }})")
        + macro("postgres__first", "pg({{ x }})")
        + macro("both", "{{ first(x) }}"),  # a call in the same file
        c=macro("other", "usual({{ x }})"),
    )
    word = "pg" if dialect == "postgres" else "usual"
    assert model(directory).lower() == (
        f"select {word}(a), {word}(b), {word}(c)"
        if dialect == "postgres"
        else f"select\n  {word}(a),\n  {word}(b),\n  {word}(c)"
    )


def test_a_macro_of_the_project_wins_over_segkits_body(tmp_path: Path) -> None:
    directory = project(tmp_path, sql="SELECT {{ hash_split('a', 's') }}, {{ safe_divide(1, 2) }}")
    write_macros(
        directory,
        a="{% macro hash_split(id, salt) %}mine({{ id }}){% endmacro %}",
        b="{% macro postgres__safe_divide(a, b) %}mine({{ a }}){% endmacro %}",
    )
    assert model(directory) == "SELECT mine(a), mine(1)"
