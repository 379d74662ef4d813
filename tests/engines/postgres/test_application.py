"""The next state in the place of the one before: what comes, goes and is made anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from segkit import pipeline
from segkit.pipeline import Options
from tests.engines.postgres.shop import (
    FROM,
    HEAD,
    Server,
    build,
    replace_in,
    rows_of,
    state,
)

pytestmark = pytest.mark.warehouse


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
    for name, source in (("a", "people"), ("c", "a")):
        text = f"{HEAD.format('view')}SELECT * FROM {{{{ ref('{source}') }}}}\n"
        (small / f"sql/{name}.sql").write_text(text)
    assert build(small).published
    model.write_text(f"{HEAD.format('view')}SELECT age, id, spend{FROM}")
    result = pipeline.run_build(Options(small, select=("people", "c")))
    assert result.published, result.nodes
    assert len(rows_of(server, f"SELECT * FROM {small.name}.a")) == 200


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
