"""What ``compile`` prints gives the published rows everywhere, and ``--check`` proves it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from segkit.core.columns import Kind
from segkit.dialects.table import DIALECTS
from segkit.errors import CompileError, Problem
from segkit.pipeline import Options
from segkit.pipeline.compile import compile_node
from tests.conftest import HEADER, SEGKIT_YML, customers, write_csv
from tests.pipeline import test_mixed
from tests.pipeline.test_build import build, problems
from tests.warehouses.base import Row, Warehouse

NAMES = ("order", "Größe (€)", 'a"b', "x'; drop table t; --", "🙂", "n" * 100, "back\\slash")
NAMES += ("usage", "range", "current_date", "utc_date", "nan", "escape", "segkit", "v0", "probe")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Numbers, categories, flags, NULL; rules, quantiles, RFM and bands; built in DuckDB."""
    directory = tmp_path_factory.mktemp("shop")
    segments = test_mixed.SEGMENTS.replace("MISSING", "median")
    missing = "{default: unassigned, age: own, region: own}"
    unassigned = test_mixed.SEGMENTS.replace("MISSING", missing).split("\n", 1)[1]
    buckets = """\
buckets:
  - name: all_buckets
    from: customer_features
    key: customer_id
    where: "NOT is_test AND region <> 'r11'"
    columns:
      - {name: age_band, column: age, edges: [25, 35, 55]}
      - name: spend_band
        column: spend
        edges: [0.1, 55.55, 1e3]
        labels: [low, mid, "it's high", top]
      - {name: quarter, column: spend, quantiles: 4}
      - {name: rfm, rfm: {recency: age, frequency: store, monetary: spend, not_scored: "age > 60"}}
      - name: stage
        rules:
          - {label: Rich, when: "spend > 150.5"}
          - label: North, young
            when: "spend <= 150.5 AND region IN ('r01', 'r02') AND age < 40"
          - {label: Members, when: "spend <= 150.5 AND is_member AND region NOT IN ('r01', 'r02')"}
        else: Other
"""
    texts = {
        "segkit.yml": SEGKIT_YML,
        "sql/customer_features.sql": test_mixed.MODEL,
        "sql/segments.yml": segments + unassigned.replace("shopper_segments", "certain_segments"),
        "sql/buckets.yml": buckets,
    }
    for path, text in texts.items():
        (directory / path).parent.mkdir(exist_ok=True, parents=True)
        (directory / path).write_text(text, encoding="utf-8")
    (directory / "data").mkdir()
    write_csv(directory / "data/customers.csv", test_mixed.mixed(), test_mixed.HEADER)
    result = build(directory)
    assert result.ok, problems(result)
    return directory


def published(project: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(project / "warehouse/shop.duckdb"), read_only=True)


def load_relation(warehouse: Warehouse, project: Path, relation: str, table: str) -> None:
    """The relation that the views read, in the warehouse, with its types."""
    with published(project) as connection:
        described = connection.execute(f"DESCRIBE {relation}").fetchall()
        rows: list[Row] = connection.execute(f"SELECT * FROM {relation}").fetchall()
    types = {row[0]: row[1] for row in described}
    warehouse.load(table, types, rows)


def view_rows(project: Path, view: str) -> list[Row]:
    with published(project) as connection:
        return sorted(connection.execute(f"SELECT * FROM {view}").fetchall(), key=repr)


def run(warehouse: Warehouse, sql: str) -> None:
    if "pasted" in sql:  # by another test, with other columns
        warehouse.execute("DROP VIEW IF EXISTS pasted")
    for statement in statements(sql):
        warehouse.execute(statement)


def statements(sql: str) -> Iterator[str]:
    """One at a time, for drivers that take no more: they end with a line that ends so."""
    for part in re.split(r";$", sql, flags=re.MULTILINE):
        if part.strip():
            yield part.strip()


VIEWS = ("shopper_segments", "certain_segments", "all_buckets")


@pytest.mark.parametrize("view", VIEWS)
def test_the_pasted_view_has_the_published_rows(
    warehouse: Warehouse, project: Path, view: str
) -> None:
    load_relation(warehouse, project, "customer_features", "people")
    sql = compile_node(
        Options(project),
        view,
        dialect=warehouse.name,
        from_relation="people",
        as_relation="pasted",
    )
    run(warehouse, sql)
    for statement in statements(sql):  # pasted again, it replaces itself
        warehouse.execute(statement)
    found = warehouse.query("SELECT * FROM pasted")
    assert sorted(found, key=repr) == view_rows(project, view)


@pytest.mark.parametrize("view", VIEWS)
def test_the_expression_says_the_same(warehouse: Warehouse, project: Path, view: str) -> None:
    load_relation(warehouse, project, "customer_features", "people")
    sql = compile_node(Options(project), view, dialect=warehouse.name, expression=True)
    where = "NOT is_test AND region <> 'r11'" if view == "all_buckets" else "NOT is_test"
    if view != "all_buckets":
        sql = f"{sql.strip()} AS segment_id"
    found = warehouse.query(f"SELECT customer_id AS k, {sql} FROM people WHERE {where}")
    with published(project) as connection:
        columns = "segment_id"
        if view == "all_buckets":
            columns = "age_band, spend_band, quarter, rfm, rfm_r, rfm_f, rfm_m, stage"
        expected = connection.execute(f"SELECT customer_id, {columns} FROM {view}").fetchall()
    assert sorted(found, key=repr) == sorted(expected, key=repr)


@pytest.mark.parametrize("view", VIEWS)
def test_the_check_returns_nothing(warehouse: Warehouse, project: Path, view: str) -> None:
    """It needs nothing that is there."""
    sql = compile_node(Options(project), view, dialect=warehouse.name, check=True, sample=40)
    (query,) = statements(sql)
    assert warehouse.query(query) == []


@pytest.mark.parametrize("view", VIEWS)
def test_every_changed_cut_is_found(warehouse: Warehouse, project: Path, view: str) -> None:
    """Each number that a column is compared with, changed by hand, one at a time."""
    sql = compile_node(Options(project), view, dialect=warehouse.name, check=True)
    (query,) = statements(sql)
    cuts = list(re.finditer(r"(?<= [<>] )\d[\d.]*|(?<= [<>]= )\d[\d.]*", query))
    # what stands in NOT (...) is asked again of rows that no rule took: there it may not matter
    cuts = [cut for cut in cuts if "NOT (" not in query[: cut.start()].rpartition("\n")[2]]
    assert len(cuts) >= 3
    for cut in cuts[:: max(1, len(cuts) // 6)]:
        changed = query[: cut.start()] + f"{float(cut[0]) + 1:.2f}" + query[cut.end() :]
        assert warehouse.query(changed), cut[0]


def test_a_deployed_view_is_compared_on_its_rows(warehouse: Warehouse, project: Path) -> None:
    load_relation(warehouse, project, "customer_features", "people")
    names: dict[str, Any] = {"from_relation": "people", "as_relation": "pasted"}
    options, dialect = Options(project), warehouse.name
    sql = compile_node(options, "all_buckets", dialect=dialect, **names)
    run(warehouse, sql)
    (query,) = statements(
        compile_node(options, "all_buckets", dialect=dialect, check=True, **names)
    )
    assert warehouse.query(query) == []
    changed = sql.replace("age < 35 ", "age < 33 ")
    assert changed != sql
    run(warehouse, changed)
    found = warehouse.query(query)
    assert {row[0] for row in found} == {"row"}
    assert {row[2:] for row in found} == {
        ("age_band", "25-35", "35-55"),
        ("age_band_order", "2", "3"),
    }
    run(warehouse, sql)
    with_less = [row for row in warehouse.query("SELECT * FROM people") if row[0] != "0001"]
    assert len(with_less) == 599


def test_names_that_need_quotes(warehouse: Warehouse, tmp_path: Path) -> None:
    """Right where the warehouse allows them, refused with the name where it does not."""
    columns = ", ".join(
        f"spend + {i} AS " + '"' + name.replace('"', '""') + '"' for i, name in enumerate(NAMES)
    )
    for path, text in {
        "segkit.yml": SEGKIT_YML,
        "sql/odd.sql": f"SELECT customer_id, {columns} FROM {{{{ source('crm', 'customers') }}}}",
        "sql/odd.yml": "buckets:\n"
        + "".join(
            f"  - name: b{i}\n    from: odd\n    key: customer_id\n    columns:\n"
            f"      - {{name: band, column: {yaml_text(name)}, edges: [100, 500]}}\n"
            for i, name in enumerate(NAMES)
        ),
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    (tmp_path / "data").mkdir()
    write_csv(tmp_path / "data/customers.csv", customers(), HEADER)
    result = build(tmp_path)
    assert result.ok, problems(result)
    refused = {"mysql": {"🙂", "n" * 100}}.get(warehouse.name, set())
    for i, name in enumerate(NAMES):
        given: dict[str, Any] = {"from_relation": "people", "as_relation": "pasted"}
        if name in refused:
            with pytest.raises(CompileError, match="SK802"):
                compile_node(Options(tmp_path), f"b{i}", dialect=warehouse.name, **given)
            continue
        with published(tmp_path) as connection:
            quoted = '"' + name.replace('"', '""') + '"'
            rows = connection.execute(f"SELECT customer_id, {quoted} FROM odd").fetchall()
        if warehouse.name == "postgres" and len(name) > 63:
            continue  # such a column is cut to 63 bytes when it is made
        warehouse.load("people", {"customer_id": "VARCHAR", name: "DOUBLE"}, rows)
        run(warehouse, compile_node(Options(tmp_path), f"b{i}", dialect=warehouse.name, **given))
        found = warehouse.query("SELECT customer_id, band, band_order FROM pasted")
        assert sorted(found) == sorted(view_rows(tmp_path, f"b{i}"))


def yaml_text(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


MODEL = """\
SELECT
  region,
  count(*) AS customers,
  sum(CASE WHEN is_member THEN 1 ELSE 0 END) AS members,
  max(age) - min(age) AS years
FROM {{ ref('customer_features') }}
WHERE age IS NOT NULL AND coalesce(region, 'none') <> 'none' AND CAST(age AS INTEGER) % 2 = 0
GROUP BY region
"""


def test_a_translated_model_has_the_same_rows(warehouse: Warehouse, project: Path) -> None:
    (project / "sql/totals.sql").write_text(MODEL, encoding="utf-8")
    said: list[Problem] = []
    sql = compile_node(
        Options(project), "totals", dialect=warehouse.name, as_relation="pasted", warn=said.append
    )
    (project / "sql/totals.sql").unlink()
    assert [p.code for p in said] == ["SK803"] * (warehouse.name != "duckdb")
    load_relation(warehouse, project, "customer_features", "customer_features")
    run(warehouse, sql)
    found = warehouse.query("SELECT * FROM pasted")
    with published(project) as connection:
        select = MODEL.replace("{{ ref('customer_features') }}", "customer_features")
        expected = connection.execute(select).fetchall()
    assert sorted(found) == sorted(expected)


ODD = """\
buckets:
  - name: odd_buckets
    from: assigned
    key: customer_id
    where: "substr(region, -2) <> '11' AND signed > DATE '2019-06-01'"
    columns:
      - name: band
        column: spend
        edges: [50, 100, 150]
        labels: ["low\\\\", "{x} it's", "$1 %s", "-- top */"]
      - name: since
        rules:
          - {label: "old \\\\", when: "signed < DATE '2021-01-01' AND spend > 60"}
          - {label: new, when: "signed >= DATE '2022-01-01'"}
        else: rest
"""
ASSIGNED = """\
SELECT customer_id, region, spend, DATE '2019-01-01' + CAST(spend * 7 AS INTEGER) AS signed
FROM {{ ref('customer_features') }}
WHERE spend IS NOT NULL AND region IS NOT NULL
"""


@pytest.fixture(scope="module")
def odd_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labels that end a comment or a text, a relation called like a step, conditions of dates."""
    directory = tmp_path_factory.mktemp("odd")
    for path, text in {
        "segkit.yml": SEGKIT_YML,
        "sql/customer_features.sql": test_mixed.MODEL,
        "sql/assigned.sql": ASSIGNED,
        "sql/odd.yml": ODD,
    }.items():
        (directory / path).parent.mkdir(exist_ok=True, parents=True)
        (directory / path).write_text(text, encoding="utf-8")
    (directory / "data").mkdir()
    write_csv(directory / "data/customers.csv", test_mixed.mixed(), test_mixed.HEADER)
    result = build(directory)
    assert result.ok, problems(result)
    return directory


def test_odd_labels_relations_and_dates(warehouse: Warehouse, odd_project: Path) -> None:
    if warehouse.name in ("datafusion", "sqlite"):
        pytest.skip("dates and substr from the end are not read there as in DuckDB")
    options, dialect = Options(odd_project), warehouse.name
    with published(odd_project) as connection:
        select = "SELECT customer_id, region, spend, CAST(signed AS VARCHAR) FROM assigned"
        rows: list[Row] = connection.execute(select).fetchall()
    columns = {"customer_id": "VARCHAR", "region": "VARCHAR", "spend": "DOUBLE", "day": "VARCHAR"}
    warehouse.load("days", columns, rows)
    warehouse.execute("DROP VIEW IF EXISTS assigned")
    day = DIALECTS[dialect].types[Kind.DATE]
    warehouse.execute(
        f"CREATE VIEW assigned AS SELECT customer_id, region, spend, CAST(day AS {day}) AS signed "
        "FROM days"
    )
    sql = compile_node(options, "odd_buckets", dialect=dialect, as_relation="pasted")
    run(warehouse, sql)
    found = warehouse.query("SELECT * FROM pasted")
    expected = view_rows(odd_project, "odd_buckets")
    query = compile_node(options, "odd_buckets", dialect=dialect, as_relation="pasted", check=True)
    (proof,) = statements(query)
    same = sorted(found, key=repr) == expected
    assert (warehouse.query(proof) == []) == same
    if dialect != "postgres":  # which counts -2 from the start
        assert same
    for before, after in (("2021-01-01", "2021-01-02"), ("2022-01-01", "2021-12-31")):
        plain = compile_node(options, "odd_buckets", dialect=dialect, check=True)
        head, steps, cases = plain.partition("segkit_typed AS")
        assert before in cases
        assert warehouse.query(next(statements(head + steps + cases.replace(before, after))))


def test_every_column_of_a_deployed_view_is_compared(warehouse: Warehouse, project: Path) -> None:
    load_relation(warehouse, project, "customer_features", "people")
    names: dict[str, Any] = {"from_relation": "people", "as_relation": "pasted"}
    options, dialect = Options(project), warehouse.name
    sql = compile_node(options, "shopper_segments", dialect=dialect, **names)
    (proof,) = statements(
        compile_node(options, "shopper_segments", dialect=dialect, check=True, **names)
    )
    run(warehouse, sql)
    assert warehouse.query(proof) == []
    run(
        warehouse,
        compile_node(
            options, "shopper_segments", dialect=dialect, **{**names, "as_relation": "original"}
        ),
    )
    listed = ["customer_id", "age", "spend", "region", "store", "is_member"]
    listed += ["segment_id", "segment_name", "segment_order"]
    for column, other in (
        ("segment_name", "'Somebody'"),
        ("segment_order", "segment_order + 1"),
        ("age", "age + 1"),
        ("segment_name", "CASE WHEN segment_order > 1 THEN segment_name END"),
    ):
        items = [f"{other} AS {c}" if c == column else c for c in listed]
        warehouse.execute("DROP VIEW IF EXISTS pasted")
        warehouse.execute(f"CREATE VIEW pasted AS SELECT {', '.join(items)} FROM original")
        assert {row[2] for row in warehouse.query(proof)} == {column}
    warehouse.execute("DROP VIEW IF EXISTS pasted")
    warehouse.execute("CREATE VIEW pasted AS SELECT * FROM original WHERE segment_order > 1")
    assert {row[2:] for row in warehouse.query(proof)} == {("customer_id", "a row", "no row")}
