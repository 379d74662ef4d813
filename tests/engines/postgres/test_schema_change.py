"""What is published to stays the same relation; nobody else's view is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from segkit import pipeline
from segkit.pipeline import Options
from tests.engines.postgres.shop import (
    FROM,
    HEAD,
    TARGETS,
    Server,
    build,
    replace_in,
    rows_of,
    server_as,
    state,
)

pytestmark = pytest.mark.warehouse


def test_what_changes_stays_the_same_relation(server: Server, small: Path) -> None:
    schema = small.name
    server.execute(f"GRANT USAGE ON SCHEMA {schema} TO reader")
    oids = {name: oid for name, (oid, _) in state(server, schema).items()}  # type: ignore[misc]
    server.execute(f"GRANT SELECT ON {schema}.groups, {schema}.people TO reader")
    replace_in(small / "data.csv", "\n7,27,259\n", "\n7,61,259\n")
    replace_in(small / "sql/all.yml", "edges: [30, 50]", "edges: [30, 55]")
    assert build(small).published
    after = state(server, schema)
    assert {name: oid for name, (oid, _) in after.items()} == oids  # type: ignore[misc]
    with server_as(server, "reader") as reader:
        assert reader.execute(f"SELECT age FROM {schema}.people WHERE id = 7").fetchall() == [(61,)]


def test_only_rows_that_differ_are_touched(server: Server, small: Path) -> None:
    schema = small.name
    before = dict(rows_of(server, f"SELECT id, xmin::text FROM {schema}.people"))
    replace_in(small / "data.csv", "\n7,27,259\n", "\n7,61,259\n")
    assert build(small).published
    after = dict(rows_of(server, f"SELECT id, xmin::text FROM {schema}.people"))
    assert {id_ for id_ in after if after[id_] != before[id_]} == {7}


@pytest.mark.parametrize("materialized", ["table", "view"])
def test_columns_come_and_go(server: Server, small: Path, materialized: str) -> None:
    schema, model = small.name, small / "sql/people.sql"
    replace_in(model, "'table'", f"'{materialized}'")
    assert build(small).published
    server.execute(f"GRANT USAGE ON SCHEMA {schema} TO reader")
    server.execute(f"GRANT SELECT ON {schema}.groups TO reader")
    for columns in ("id, age, spend, 1 AS one", "id, 2 AS two, age, spend", "age, id, spend"):
        model.write_text(f"{HEAD.format(materialized)}SELECT {columns}{FROM}")
        assert build(small).published, columns
        names = [name.split()[-1] for name in columns.split(", ")]
        found = server.connection.execute(f"SELECT * FROM {schema}.people").description
        assert [column.name for column in found] == names
    with server_as(server, "reader") as reader:
        assert len(reader.execute(f"SELECT * FROM {schema}.groups").fetchall()) == 200


def test_a_column_of_a_file_comes(server: Server, small: Path) -> None:
    lines = (small / "data.csv").read_text().splitlines()
    wider = ["id,more,age,spend", *(line.replace(",", ",x,", 1) for line in lines[1:])]
    (small / "data.csv").write_text("\n".join(wider))
    assert build(small).published
    sql = f"SELECT more, count(*) FROM {small.name}.crm__data GROUP BY 1"
    assert rows_of(server, sql) == [("x", 200)]
    assert len(rows_of(server, f"SELECT * FROM {small.name}.groups")) == 200


def test_somebody_elses_view_survives(server: Server, small: Path) -> None:
    schema, model = small.name, small / "sql/people.sql"
    server.execute(f"CREATE VIEW public.{schema}_report AS SELECT spend FROM {schema}.people")
    replace_in(small / "data.csv", "\n7,27,259\n", "\n7,27,260\n")
    assert build(small).published
    before = state(server, schema)
    model.write_text(f"{HEAD.format('table')}SELECT age, id, spend{FROM}")
    result = build(small)
    said = [p for node in result.nodes for p in node.problems if p.code == "SK610"]
    assert not result.published and f"public.{schema}_report" in said[0].message
    assert state(server, schema) == before
    assert len(rows_of(server, f"SELECT * FROM public.{schema}_report")) == 200


def test_a_view_of_another_project_survives(server: Server, small: Path) -> None:
    schema, model = small.name, small / "sql/people.sql"
    other = small.parent / "other"
    (other / "sql").mkdir(parents=True)
    yaml = TARGETS.replace("SCHEMA", schema).replace("name: shop", "name: other")
    yaml += "sources: [{name: s, tables: [{name: people, relation: people}]}]\n"
    (other / "segkit.yml").write_text(yaml)
    (other / "sql/theirs.sql").write_text("SELECT age FROM {{ source('s', 'people') }}\n")
    assert build(other).published
    before = state(server, schema)
    model.write_text(f"{HEAD.format('table')}SELECT age, id, spend{FROM}")
    result = build(small)
    said = [p.message for node in result.nodes for p in node.problems if p.code == "SK610"]
    assert not result.published and f"{schema}.theirs would be lost" in said[0]
    assert state(server, schema) == before


@pytest.mark.parametrize("name", ["segkit_row", "segkit_place", "segkit_nth", "segkit_text", "nth"])
def test_columns_of_any_name(server: Server, small: Path, name: str) -> None:
    model = small / "sql/people.sql"
    model.write_text(f"{HEAD.format('table')}SELECT id, age, spend, 1 AS {name}{FROM}")
    assert build(small).published
    replace_in(small / "data.csv", "\n7,27,259\n", "\n7,61,259\n")
    assert build(small).published
    assert rows_of(server, f"SELECT age FROM {small.name}.people WHERE id = 7") == [(61,)]


def test_a_view_of_the_same_name_elsewhere_is_named(server: Server, small: Path) -> None:
    view = "public.bands"
    server.execute(f"CREATE OR REPLACE VIEW {view} AS SELECT id, age FROM {small.name}.people")
    model = small / "sql/people.sql"
    model.write_text(f"{HEAD.format('table')}SELECT age, id, spend{FROM}")
    try:
        result = build(small)
        said = [p.message for node in result.nodes for p in node.problems if p.code == "SK610"]
        assert not result.published and view in said[0]
    finally:
        server.execute(f"DROP VIEW {view}")


def test_whom_rows_are_shown_to_is_not_widened(server: Server, small: Path) -> None:
    schema, model = small.name, small / "sql/people.sql"
    server.execute(f"GRANT USAGE ON SCHEMA {schema} TO reader")
    server.execute(f"GRANT SELECT ON {schema}.people TO reader")
    server.execute(f"ALTER TABLE {schema}.people ENABLE ROW LEVEL SECURITY")
    server.execute(f"CREATE POLICY few ON {schema}.people TO reader USING (id < 5)")
    model.write_text(f"{HEAD.format('table')}SELECT age, id, spend{FROM}")
    result = build(small)
    with server_as(server, "reader") as reader:
        assert len(reader.execute(f"SELECT * FROM {schema}.people").fetchall()) == 5
    said = " ".join(p.message for node in result.nodes for p in node.problems)
    assert not result.published and "policy few on table" in said


@pytest.mark.parametrize("materialized", ["table", "view"])
def test_rights_on_single_columns_stay(server: Server, small: Path, materialized: str) -> None:
    schema, model = small.name, small / "sql/people.sql"
    replace_in(model, "'table'", f"'{materialized}'")
    assert build(small).published
    server.execute(f"GRANT USAGE ON SCHEMA {schema} TO reader")
    server.execute(f"GRANT SELECT (id, spend), UPDATE (age) ON {schema}.people TO reader")
    model.write_text(f"{HEAD.format(materialized)}SELECT age, id, spend, 1 AS one{FROM}")
    assert build(small).published
    with server_as(server, "reader") as reader:
        assert len(reader.execute(f"SELECT id, spend FROM {schema}.people").fetchall()) == 200
        sql = f"SELECT has_column_privilege('{schema}.people', 'age', 'UPDATE')"
        assert reader.execute(sql).fetchall() == [(True,)]
        sql = f"SELECT has_column_privilege('{schema}.people', 'one', 'SELECT')"
        assert reader.execute(sql).fetchall() == [(False,)]


# what comes, goes and is made anew ---------------------------------------------------------------


def test_what_is_no_longer_made_is_dropped(server: Server, small: Path) -> None:
    schema, extra = small.name, small / "sql/extra.sql"
    extra.write_text("SELECT id FROM {{ ref('people') }}\n")
    assert build(small).published
    extra.unlink()
    result = build(small)
    assert result.published
    assert any(node.detail or "extra" in node.text for node in result.nodes)
    assert "extra" not in state(server, schema)


def test_a_table_becomes_a_view_and_back(server: Server, small: Path) -> None:
    for one, other in (("table", "view"), ("view", "table")):
        replace_in(small / "sql/people.sql", f"'{one}'", f"'{other}'")
        assert build(small).published
        kind = f"SELECT relkind::text FROM pg_class WHERE oid = '{small.name}.people'::regclass"
        assert rows_of(server, kind) == [("v" if other == "view" else "r",)]


def test_a_view_of_another_hand_is_put_right(server: Server, small: Path) -> None:
    schema = small.name
    server.execute(
        f"CREATE OR REPLACE VIEW {schema}.bands AS SELECT * FROM (SELECT NULL::bigint AS id"
        f", NULL::text AS age_band, NULL::integer AS age_band_order) x"
    )
    assert build(small).published
    assert len(rows_of(server, f"SELECT * FROM {schema}.bands")) == 200


@pytest.mark.parametrize("materialized", ["table", "view"])
def test_a_file_becomes_a_table_of_the_server(
    server: Server, small: Path, materialized: str
) -> None:
    replace_in(small / "sql/people.sql", "'table'", f"'{materialized}'")
    assert build(small).published
    server.execute("CREATE SCHEMA IF NOT EXISTS crm; DROP TABLE IF EXISTS crm.data")
    server.execute(f"CREATE TABLE crm.data AS SELECT * FROM {small.name}.crm__data WHERE id < 70")
    server.execute("GRANT USAGE ON SCHEMA crm TO builder; GRANT SELECT ON crm.data TO builder")
    try:
        replace_in(small / "segkit.yml", "path: data.csv", "relation: crm.data")
        assert build(small).published
        assert rows_of(server, f"SELECT count(*) FROM {small.name}.people") == [(70,)]
        assert "crm__data" not in state(server, small.name)
    finally:
        server.execute("DROP SCHEMA crm CASCADE")


def test_a_part_is_built_over_what_stands_on_it(server: Server, small: Path) -> None:
    model = small / "sql/people.sql"
    replace_in(model, "'table'", "'view'")
    for name, source in (("b", "people"), ("a", "b"), ("c", "a")):  # not in their order by name
        text = f"{HEAD.format('view')}SELECT * FROM {{{{ ref('{source}') }}}}\n"
        (small / f"sql/{name}.sql").write_text(text)
    assert build(small).published
    model.write_text(f"{HEAD.format('view')}SELECT age, id, spend{FROM}")
    result = pipeline.run_build(Options(small, select=("people", "c")))
    assert result.published, result.nodes
    for name in "abc":
        assert rows_of(server, f"SELECT age FROM {small.name}.{name} WHERE id = 7") == [(27,)]
    before = state(server, small.name)
    assert pipeline.run_build(Options(small, select=("people", "c"))).published
    after = state(server, small.name)
    assert all(after[name] == before[name] for name in ("people", *"abc"))


def test_another_text_of_the_same_view_touches_nothing(server: Server, small: Path) -> None:
    """What counts is what a view selects, not how that was written."""
    model = small / "sql/people.sql"
    replace_in(model, "'table'", "'view'")
    assert build(small).published
    before = state(server, small.name)
    replace_in(model, "SELECT id, age", "-- written anew\nSELECT  id,\n  age")
    assert build(small).published
    assert state(server, small.name) == before


def test_options_of_a_view_stay(server: Server, small: Path) -> None:
    view = f"{small.name}.bands"
    server.execute(f"ALTER VIEW {view} SET (security_barrier = true)")
    options = f"SELECT reloptions FROM pg_class WHERE oid = '{view}'::regclass"
    for old, new in (("edges: [30, 50]", "edges: [30, 55]"), ("age_band", "age_group")):
        replace_in(small / "sql/all.yml", old, new)
        assert build(small).published
        assert rows_of(server, options) == [(["security_barrier=true"],)]


def test_another_case_of_a_name_leaves_nothing_behind(server: Server, small: Path) -> None:
    (small / "sql/people.sql").rename(small / "sql/People.sql")
    replace_in(small / "sql/all.yml", "from: people", "from: People")
    replace_in(small / "sql/all.yml", "name: bands", "name: Bands")
    assert build(small).published
    names = state(server, small.name)
    assert {"People", "Bands"} <= names.keys() and not {"people", "bands"} & names.keys()
    assert len(rows_of(server, f"SELECT * FROM {small.name}.groups")) == 200


def test_a_view_that_cannot_come_back_is_named(server: Server, small: Path) -> None:
    model = small / "sql/people.sql"
    replace_in(model, "spend FROM", "spend, 1 AS one FROM")
    (small / "sql/ones.sql").write_text("SELECT one FROM {{ ref('people') }}\n")
    assert build(small).published
    before = state(server, small.name)
    replace_in(model, ", 1 AS one", "")
    result = pipeline.run_build(Options(small, select=("people",)))
    said = [p for node in result.nodes for p in node.problems if p.code == "SK610"]
    assert not result.published
    assert said[0].message.startswith("the view ones would be lost: column")
    assert "build ones too" in str(said[0].help)
    assert state(server, small.name) == before
