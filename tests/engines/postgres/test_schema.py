"""What is ours in a schema is on record, with its identity; nothing else is touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from segkit.errors import SegkitError
from tests.engines.postgres.shop import (
    Server,
    build,
    replace_in,
    rows_of,
)

pytestmark = pytest.mark.warehouse


def test_what_is_not_ours_is_refused(server: Server, small: Path) -> None:
    schema = small.name
    server.execute(f"CREATE TABLE {schema}.extra AS SELECT 1 AS one")
    (small / "sql/extra.sql").write_text("SELECT id FROM {{ ref('people') }}\n")
    result = build(small)
    assert not result.published
    assert {p.code for node in result.nodes for p in node.problems} >= {"SK603"}
    assert rows_of(server, f"SELECT * FROM {schema}.extra") == [(1,)]


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


EXTRA = "CREATE TABLE {0}.extra AS SELECT 1 AS one"
ON_RECORD = "INSERT INTO {0}._segkit VALUES ('shop', 'main', 'extra', 'table', 'extra', 1, {1})"


@pytest.mark.parametrize("id_", ["NULL", "1"])
def test_a_row_by_hand_makes_no_table_ours(server: Server, small: Path, id_: str) -> None:
    schema, rows = small.name, f"SELECT * FROM {small.name}.extra"
    server.execute(EXTRA.format(schema))
    server.execute(ON_RECORD.format(schema, id_))
    assert build(small).published  # and does not drop it as stale
    assert rows_of(server, rows) == [(1,)]
    server.execute(ON_RECORD.format(schema, id_))
    (small / "sql/extra.sql").write_text("SELECT id FROM {{ ref('people') }}\n")
    result = build(small)
    assert not result.published
    assert {p.code for node in result.nodes for p in node.problems} >= {"SK603"}
    assert rows_of(server, rows) == [(1,)]


def test_what_was_put_in_the_place_of_ours_is_not_ours(server: Server, small: Path) -> None:
    schema = small.name
    server.execute(f"DROP VIEW {schema}.bands; CREATE TABLE {schema}.bands AS SELECT 1 AS one")
    result = build(small)
    said = [p.message for node in result.nodes for p in node.problems if p.code == "SK603"]
    assert not result.published
    assert said == [f"schema {schema} has a relation bands that segkit did not make"]
    assert rows_of(server, f"SELECT * FROM {schema}.bands") == [(1,)]


@pytest.mark.parametrize(
    "change", ["UPDATE {0}._segkit SET relation_id = 1", "ALTER TABLE {0}._segkit DROP relation_id"]
)
def test_a_schema_from_a_backup_is_still_ours(server: Server, small: Path, change: str) -> None:
    ids = f"SELECT relation_name, relation_id FROM {small.name}._segkit ORDER BY 1"
    before = rows_of(server, ids)
    server.execute(change.format(small.name))
    assert build(small).published
    assert rows_of(server, ids) == before


@pytest.mark.parametrize("change", ["ALTER run TYPE text", "ADD COLUMN more text"])
def test_another_table_called_as_the_record_is_refused(
    server: Server, small: Path, change: str
) -> None:
    server.execute(f"ALTER TABLE {small.name}._segkit {change}")
    with pytest.raises(SegkitError, match="a relation _segkit that segkit did not make"):
        build(small)
