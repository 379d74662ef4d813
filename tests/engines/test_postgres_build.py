"""A build on PostgreSQL: the same rows and figures as on DuckDB, and safe to read meanwhile."""

from __future__ import annotations

import math
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

import segkit
from segkit import pipeline
from segkit.engines.open import save_table
from segkit.errors import SegkitError
from segkit.pipeline import Options
from tests.engines.test_postgres import ENCODED, PASSWORD, ROOT, Server
from tests.pipeline.test_retail import DATA
from tests.pipeline.test_retail_months import MONTHS as RETAIL_MONTHS
from tests.pipeline.test_retail_months import YML, write
from tests.warehouses.fixtures import OpenWarehouse

pytestmark = pytest.mark.warehouse

YAML = """\
name: shop
target: pg
targets:
  pg: {type: postgres, url: "{{ env_var('SHOP_PG_URL') }}", schema: SCHEMA}
  duck: {type: duckdb, path: warehouse/shop.duckdb}
vars: {as_of: "2026-01-01"}
"""
SOURCE = "sources: [{name: crm, tables: [{name: data, path: data.csv}]}]\n"
HEAD = "{{{{ config(materialized='{}') }}}}\n"
FROM = " FROM {{ source('crm', 'data') }}\n"
MONTHS = ("2026-01-01", "2026-02-01", "2026-03-01")
SMALL = {
    "data.csv": "id,age,spend\n"
    + "".join(f"{i},{20 + i % 50},{(i * 37) % 900}\n" for i in range(200)),
    "sql/people.sql": HEAD.format("table") + "SELECT id, age, spend" + FROM,
    "sql/all.yml": """\
buckets:
  - name: bands
    from: people
    key: id
    columns: [{name: age_band, column: age, edges: [30, 50]}]
segments:
  - name: groups
    from: people
    key: id
    features: [age, spend]
    clusters: {k: 3}
""",
}


@pytest.fixture(scope="module")
def server(open_warehouse: OpenWarehouse) -> Server:
    connection = open_warehouse("postgres").connection  # type: ignore[attr-defined]
    for role in ("builder", "reader"):
        connection.execute(f"DROP OWNED BY {role}") if _is_role(connection, role) else None
        connection.execute(f"DROP ROLE IF EXISTS {role}")
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
    connection.execute("GRANT CREATE ON DATABASE postgres TO builder")
    return Server(connection, connection.info.host)


def _is_role(connection: Any, name: str) -> bool:
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchall()
    return bool(found)


@pytest.fixture
def url(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    found = server.url("builder")
    monkeypatch.setenv("SHOP_PG_URL", found)
    return found


@pytest.fixture
def small(server: Server, url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A project of 200 customers whose source is a file; published once."""
    schema = f"s{abs(hash(request.node.name)) % 10**9}"
    directory = tmp_path / schema
    for name, text in {"segkit.yml": YAML + SOURCE, **SMALL}.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("SCHEMA", schema), encoding="utf-8")
    assert build(directory).published
    return directory


def build(directory: Path, as_of: str = MONTHS[0]) -> segkit.BuildResult:
    moment = datetime.fromisoformat(f"{as_of}T00:00:00+00:00")
    return pipeline.run_build(Options(directory, as_of=moment))


def rows_of(server: Server, sql: str) -> list[tuple[Any, ...]]:
    return list(server.connection.execute(sql).fetchall())


def state(server: Server, schema: str) -> dict[str, object]:
    """Every row version, view and its text, bookkeeping aside."""
    found: dict[str, object] = {}
    for name, kind, oid in rows_of(
        server,
        "SELECT relname, relkind::text, oid FROM pg_class WHERE relkind IN ('r', 'v')"
        f" AND relnamespace = '{schema}'::regnamespace AND relname <> '_segkit'",
    ):
        if kind == "v":
            row = f"SELECT pg_get_viewdef({oid}), xmin::text FROM pg_class WHERE oid = {oid}"
        else:
            row = (
                "SELECT md5(string_agg(ctid::text || xmin::text || t::text, ' ' ORDER BY ctid))"
                f' FROM {schema}."{name}" t'
            )
        found[name] = (oid, rows_of(server, row))
    return found


# the same as on DuckDB ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def both(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The example, built for three months on both."""
    directory = tmp_path_factory.mktemp("both")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP_PG_URL", server.url("builder"))
        for target in ("pg", "duck"):
            project = directory / target
            for part in ("sql", "warehouse/seeds", "warehouse/fits"):
                shutil.copytree(ROOT / part, project / part)
            text = YAML.replace("target: pg", f"target: {target}").replace("SCHEMA", "analytics")
            (project / "segkit.yml").write_text(text, encoding="utf-8")
            for as_of in MONTHS:
                assert build(project, as_of).ok
        yield directory


def test_the_example_has_the_rows_of_duckdb(server: Server, both: Path) -> None:
    assert len(compare(server, both / "duck/warehouse/shop.duckdb", "analytics")) == 15


def compare(server: Server, path: Path, schema: str) -> list[str]:
    """Compare all that is published in both; return the names."""
    with duckdb.connect(str(path), read_only=True) as there:
        names = [name for (name,) in there.execute("SHOW TABLES").fetchall() if name != "_segkit"]
        for name in names:
            listed = [c for c, *_ in there.execute(f'DESCRIBE "{name}"').fetchall()]
            # DuckDB divides decimals as doubles, so half a cent can go either way;
            # a rule's SQL is the engine's
            columns = ", ".join(f'"{c}"' for c in listed if c not in ("average_order", "rule"))
            expected = there.execute(f'SELECT {columns} FROM "{name}"').fetchall()
            found = rows_of(server, f'SELECT {columns} FROM {schema}."{name}"')
            assert_same(name, found, expected)
    return names


@pytest.mark.slow
def test_the_price_test_has_the_readout_of_duckdb(server: Server, url: str, tmp_path: Path) -> None:
    for target in ("duck", "pg"):
        shop = tmp_path / target
        for name in ("sql", "macros", "warehouse/seeds", "warehouse/fits"):
            shutil.copytree(ROOT / name, shop / name)
        shutil.copytree(ROOT / "docs/price_test/sql", shop / "sql", dirs_exist_ok=True)
        yaml = YAML.replace("target: pg", f"target: {target}").replace("SCHEMA", "price")
        (shop / "segkit.yml").write_text(yaml)
        if target == "pg":  # the hash that the invented orders are drawn by
            replace_in(shop / "sql/price_orders.sql", "CAST('0x' || ", "CAST(CAST('x' || ")
            replace_in(shop / "sql/price_orders.sql", "AS UBIGINT)", "AS BIT(32)) AS BIGINT)")
        for as_of in (MONTHS[0], "2026-03-09"):
            assert build(shop, as_of).published
    names = compare(server, tmp_path / "duck/warehouse/shop.duckdb", "price")
    assert {"price_assignment", "price_policy", "price_readout"} <= set(names)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.skipif(not DATA.exists(), reason="the retailer's data are not at hand")
def test_online_retail_month_by_month(server: Server, url: str, tmp_path: Path) -> None:
    shop = write(tmp_path / "retail")
    text = YAML.replace("name: shop", "name: retail").replace("SCHEMA", "retail")
    yaml = text.partition("vars:")[0] + YML.partition("\n")[2]
    for target in ("duck", "pg"):  # the first learns
        (shop / "segkit.yml").write_text(yaml.replace("target: pg", f"target: {target}"))
        for month in RETAIL_MONTHS:
            assert pipeline.run_build(Options(shop, as_of=month, report=False)).ok
    assert len(compare(server, shop / "warehouse/shop.duckdb", "retail")) == 11


def assert_same(
    name: str, found: Sequence[tuple[Any, ...]], expected: Sequence[tuple[Any, ...]]
) -> None:
    """The same rows: counts and texts exactly, sums of doubles but for their last digits."""
    assert len(found) == len(expected), name
    for one, other in zip(sorted(found, key=_order), sorted(expected, key=_order), strict=True):
        for a, b in zip(one, other, strict=True):
            if isinstance(a, float | Decimal) and isinstance(b, float | Decimal | int):
                assert math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9), (name, one, other)
            else:
                assert a == b, (name, one, other)


def _order(row: tuple[Any, ...]) -> list[str]:
    return [f"{v:.6g}" if isinstance(v, float | Decimal) else str(v) for v in row]


def test_comments_are_those_of_duckdb(server: Server, both: Path) -> None:
    with duckdb.connect(str(both / "duck/warehouse/shop.duckdb"), read_only=True) as there:
        expected = there.execute(
            "SELECT table_name, column_name, comment FROM duckdb_columns()"
            " UNION ALL SELECT view_name, NULL, comment FROM duckdb_views()"
            " UNION ALL SELECT table_name, NULL, comment FROM duckdb_tables()"
        ).fetchall()
    found = rows_of(
        server,
        "SELECT c.relname, a.attname::text, d.description FROM pg_description d"
        " JOIN pg_class c ON c.oid = d.objoid AND c.relnamespace = 'analytics'::regnamespace"
        " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = nullif(d.objsubid, 0)",
    )
    assert sorted(found, key=str) == sorted((row for row in expected if row[2]), key=str)


def test_a_second_build_changes_nothing(server: Server, both: Path, url: str) -> None:
    before = state(server, "analytics")
    assert build(both / "pg", MONTHS[-1]).published
    assert state(server, "analytics") == before


def test_segkit_test_runs_on_what_is_published(both: Path, url: str) -> None:
    moment = datetime.fromisoformat(f"{MONTHS[-1]}T00:00:00+00:00")
    assert pipeline.run_tests(Options(both / "pg", as_of=moment)).ok


# identity, rights, other people's views -----------------------------------------------------------


def replace_in(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


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


# readers ------------------------------------------------------------------------------------------


@contextmanager
def server_as(server: Server, user: str) -> Iterator[Any]:
    import psycopg

    with psycopg.connect(server.url(user), autocommit=True) as connection:
        yield connection


def start(directory: Path, server: Server, as_of: str = MONTHS[0]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "segkit", "build", "--as-of", as_of],
        cwd=directory,
        env={**os.environ, "SHOP_PG_URL": server.url("builder"), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


CONSISTENT = (
    "SELECT (SELECT min(spend) FROM {0}.people), (SELECT max(spend) FROM {0}.people),"
    " (SELECT count(*) FROM {0}.people), (SELECT max(spend) FROM {0}.groups),"
    " (SELECT sum(n) FROM {0}.groups_profile)"
)


@pytest.mark.slow
def test_readers_see_the_old_or_the_new_whatever_is_killed(server: Server, small: Path) -> None:
    """kill -9 at 20 moments, with 10 readers looking: each sees one build, whole."""
    schema = small.name
    seen: list[tuple[Any, ...]] = []
    failures: list[BaseException] = []
    done = threading.Event()
    with server_as(server, "builder") as looker:
        looker.execute(f"GRANT USAGE ON SCHEMA {schema} TO reader")
        looker.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reader")

    def look() -> None:
        try:
            with server_as(server, "reader") as connection:
                while not done.is_set():
                    seen.extend(connection.execute(CONSISTENT.format(schema)).fetchall())
                    time.sleep(0.02)
        except BaseException as error:
            failures.append(error)

    readers = [threading.Thread(target=look) for _ in range(10)]
    for reader in readers:
        reader.start()
    spend = 0
    chance = random.Random(1)
    usual = 6.0
    killed = 0
    try:
        for _ in range(20):
            spend += 1000
            rows = "".join(f"{i},{20 + i % 50},{spend}\n" for i in range(200))
            (small / "data.csv").write_text("id,age,spend\n" + rows)
            began = time.monotonic()
            process = start(small, server)
            time.sleep(usual * chance.uniform(0.3, 1.05))
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
                killed += 1
            else:
                usual = time.monotonic() - began
            process.communicate()
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert not failures and killed >= 10
    for least, most, n, shown, profiled in seen:
        assert n == 200 and profiled == 200
        assert least == most == shown or (least, most) == (0, shown)  # or the first data
    assert build(small).published


@pytest.mark.slow
def test_a_reader_that_stays_keeps_no_other_waiting(server: Server, small: Path) -> None:
    schema = small.name
    server.execute(f"GRANT USAGE ON SCHEMA {schema} TO reader")
    server.execute(f"GRANT SELECT ON {schema}.bands TO reader")
    replace_in(small / "sql/all.yml", "edges: [30, 50]", "edges: [30, 55]")
    waits: list[float] = []
    with server_as(server, "reader") as stays, server_as(server, "reader") as other:
        stays.execute("BEGIN")
        stays.execute(f"SELECT count(*) FROM {schema}.bands")
        process = start(small, server)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            began = time.monotonic()
            other.execute(f"SELECT count(*) FROM {schema}.bands").fetchall()
            waits.append(time.monotonic() - began)
            time.sleep(0.05)
        assert process.poll() is None  # it waits
        stays.execute("COMMIT")
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "waiting for session" in said and "reader" in said
    assert 0.5 < max(waits) < 2.5


def test_a_transaction_that_was_open_reads_the_old_rows(server: Server, small: Path) -> None:
    schema = small.name
    with server_as(server, "builder") as reader:
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT 1")
        replace_in(small / "data.csv", "\n7,27,259\n", "\n7,27,9999\n")
        assert build(small).published
        sql = f"SELECT spend FROM {schema}.groups WHERE id = 7"
        assert reader.execute(sql).fetchall() == [(259,)]
        reader.execute("COMMIT")
        assert reader.execute(sql).fetchall() == [(9999,)]


@pytest.mark.slow
def test_two_builds_at_once_come_one_after_the_other(server: Server, small: Path) -> None:
    other = small.parent / "other"
    shutil.copytree(small, other)  # so that no lock of the project's own is in the way
    replace_in(small / "sql/all.yml", "edges: [30, 50]", "edges: [30, 55]")
    with server_as(server, "builder") as reader:  # keeps the first build from publishing
        reader.execute("BEGIN")
        reader.execute(f"SELECT count(*) FROM {small.name}.bands")
        first = start(small, server)
        _wait_for_line(first, "waiting for session")
        second = start(other, server)
        assert "waiting for the build of session" in _wait_for_line(second, "waiting for")
        reader.execute("COMMIT")
    said = [process.communicate(timeout=120)[0] for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], said


def _wait_for_line(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout is not None
    return next(line for line in process.stdout if text in line)


# a table of a server, without a project -----------------------------------------------------------


def test_a_table_of_the_server_is_tried_and_saved(
    server: Server, small: Path, tmp_path: Path
) -> None:
    at_once = pipeline.try_data(Options(), str(small / "data.csv"))
    save = tmp_path / "saved"
    what = f"{small.name}.crm__data"
    found = pipeline.try_data(Options(), what, url_env="SHOP_PG_URL", save=save)
    assert [s.n for s in found.result.segments] == [s.n for s in at_once.result.segments]
    yaml = (save / "segkit.yml").read_text(encoding="utf-8")
    assert "env_var('SHOP_PG_URL')" in yaml and f"relation: {what}" in yaml
    assert not any(ENCODED in file.read_text() for file in save.rglob("*") if file.is_file())
    replace_in(save / "segkit.yml", "schema: public", f"schema: {small.name}_own")
    server.execute(f"CREATE SCHEMA {small.name}_own AUTHORIZATION builder")
    assert build(save).published
    n = f"SELECT count(*) FROM {small.name}_own.{found.result.name}"
    assert rows_of(server, n) == [(200,)]


@pytest.mark.parametrize(
    ("what", "url_env", "said"),
    [
        ("postgresql://me:secret@host/db", None, "a url as an argument"),
        ("orders", "postgresql://me:secret@host/db", "--url-env is a url"),
        ("orders", "NOT_SET", "--url-env NOT_SET: that environment variable is not set"),
        ("no_such_table", "SHOP_PG_URL", "there is no table no_such_table in PostgreSQL"),
    ],
)
def test_what_cannot_be_tried(url: str, what: str, url_env: str | None, said: str) -> None:
    with pytest.raises(SegkitError, match=said) as caught:
        pipeline.try_data(Options(), what, url_env=url_env)
    assert "secret" not in str(caught.value)


def test_types_come_back_as_they_were(server: Server, url: str, tmp_path: Path) -> None:
    server.execute(
        "CREATE SCHEMA IF NOT EXISTS kinds; DROP TABLE IF EXISTS kinds.all_of_them;"
        " CREATE TABLE kinds.all_of_them AS SELECT g AS id, g::smallint AS s, g * 0.1::real AS r,"
        " g * 0.1::float8 AS d, g::numeric(9, 2) / 4 AS n, (g % 2 = 0) AS b, 'x\"y,' || g AS t,"
        " CASE WHEN g % 3 = 0 THEN '' WHEN g % 3 = 1 THEN '\\N' END AS e,"
        " DATE '2026-01-01' + g AS day, TIMESTAMP '2026-01-01 10:00' + g * INTERVAL '1 hour' AS hour,"
        " ARRAY[g, g] AS list"
        " FROM generate_series(1, 30) g;"
        " GRANT USAGE ON SCHEMA kinds TO builder; GRANT SELECT ON kinds.all_of_them TO builder"
    )
    path = tmp_path / "copy.duckdb"
    assert save_table(url, "kinds.all_of_them", path) == ("kinds", "all_of_them")
    columns = "id, s, d, n, b, t, e, day, hour, CAST(list AS TEXT)"
    with duckdb.connect(str(path)) as there:
        found = there.execute(f"SELECT {columns} FROM all_of_them ORDER BY id").fetchall()
    expected = rows_of(server, f"SELECT {columns} FROM kinds.all_of_them ORDER BY id")
    assert [tuple(map(str, row[:3])) + row[4:] for row in found] == [
        tuple(map(str, row[:3])) + row[4:] for row in expected
    ]
    assert [float(row[3]) for row in found] == [float(row[3]) for row in expected]
