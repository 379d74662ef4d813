"""What is published to stays the same relation; nobody else's is touched, or lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from segkit import pipeline
from segkit.errors import SegkitError
from segkit.pipeline import Options
from tests.engines.postgres_shop import (
    FROM,
    HEAD,
    Server,
    build,
    replace_in,
    rows_of,
    server_as,
    state,
)

pytestmark = pytest.mark.warehouse

# identity, rights, other people's views -----------------------------------------------------------


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


def test_what_is_not_ours_is_refused(server: Server, small: Path) -> None:
    schema = small.name
    server.execute(f"CREATE TABLE {schema}.extra AS SELECT 1 AS one")
    (small / "sql/extra.sql").write_text("SELECT id FROM {{ ref('people') }}\n")
    result = build(small)
    assert not result.published
    assert {p.code for node in result.nodes for p in node.problems} >= {"SK603"}
    assert rows_of(server, f"SELECT * FROM {schema}.extra") == [(1,)]


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


def test_long_names_are_refused(small: Path) -> None:
    name = "g" * 60
    replace_in(small / "sql/all.yml", "name: groups", f"name: {name}")
    with pytest.raises(SegkitError, match="names of up to 63 bytes"):
        build(small)


def test_a_login_that_may_not_create(server: Server, small: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("SHOP_PG_URL", server.url("reader"))
    server.execute(f"GRANT USAGE ON SCHEMA {small.name} TO reader")
    with pytest.raises(SegkitError) as caught:
        result = build(small)
        assert not result.published
        raise SegkitError([p for node in result.nodes for p in node.problems])
    said = " ".join(f"{p.message} {p.help}" for p in caught.value.problems)
    assert "permission denied" in said and "GRANT" in said


def test_a_schema_that_may_not_be_created(small: Path, server: Server, monkeypatch: Any) -> None:
    monkeypatch.setenv("SHOP_PG_URL", server.url("reader"))
    replace_in(small / "segkit.yml", f"schema: {small.name}", "schema: nowhere_yet")
    with pytest.raises(SegkitError, match="permission denied for database") as caught:
        build(small)
    assert "have the schema of the target created" in str(caught.value.problems[0].help)


@pytest.mark.parametrize("name", ["segkit_row", "segkit_place", "segkit_nth", "segkit_text", "nth"])
def test_columns_of_any_name(server: Server, small: Path, name: str) -> None:
    model = small / "sql/people.sql"
    model.write_text(f"{HEAD.format('table')}SELECT id, age, spend, 1 AS {name}{FROM}")
    assert build(small).published
    replace_in(small / "data.csv", "\n7,27,259\n", "\n7,61,259\n")
    assert build(small).published
    assert rows_of(server, f"SELECT age FROM {small.name}.people WHERE id = 7") == [(61,)]


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
    for name, source in (("a", "people"), ("c", "a")):
        text = f"{HEAD.format('view')}SELECT * FROM {{{{ ref('{source}') }}}}\n"
        (small / f"sql/{name}.sql").write_text(text)
    assert build(small).published
    model.write_text(f"{HEAD.format('view')}SELECT age, id, spend{FROM}")
    result = pipeline.run_build(Options(small, select=("people", "c")))
    assert result.published, result.nodes
    assert len(rows_of(server, f"SELECT * FROM {small.name}.a")) == 200


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


def test_options_of_a_view_stay(server: Server, small: Path) -> None:
    view = f"{small.name}.bands"
    server.execute(f"ALTER VIEW {view} SET (security_barrier = true)")
    options = f"SELECT reloptions FROM pg_class WHERE oid = '{view}'::regclass"
    for old, new in (("edges: [30, 50]", "edges: [30, 55]"), ("age_band", "age_group")):
        replace_in(small / "sql/all.yml", old, new)
        assert build(small).published
        assert rows_of(server, options) == [(["security_barrier=true"],)]
