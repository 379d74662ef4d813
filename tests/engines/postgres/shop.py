"""Shops on PostgreSQL: a login that builds, a small project, and what lies in a schema."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

import segkit
from segkit import pipeline
from segkit.pipeline import Options

ROOT = Path(__file__).parents[3]
PASSWORD = "s3cret:Pass/w0rd"
ENCODED = "s3cret%3APass%2Fw0rd"
TYPES = {"DOUBLE": "DOUBLE PRECISION", "VARCHAR": "TEXT", "FLOAT": "REAL"}
TARGETS = """\
name: shop
target: pg
targets:
  pg: {type: postgres, url: "{{ env_var('SHOP_PG_URL') }}", schema: SCHEMA}
  duck: {type: duckdb, path: warehouse/shop.duckdb}
"""
YAML = TARGETS + 'vars: {as_of: "2026-01-01"}\n'
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


@dataclass(frozen=True)
class Server:
    connection: Any
    host: str

    def url(self, user: str = "reader", password: str = ENCODED) -> str:
        return f"postgresql://{user}:{password}@/postgres?host={self.host}"

    def execute(self, sql: str) -> None:
        self.connection.execute(sql)

    def schema(self, name: str) -> str:
        """A new, empty schema that the reader may use."""
        self.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")
        self.execute(f"CREATE SCHEMA {name}")
        self.execute(f"GRANT USAGE ON SCHEMA {name} TO reader")
        return name

    def load(self, table: str, select: str) -> None:
        """A table of what DuckDB makes of a SELECT, which the reader may read."""
        found = duckdb.sql(select)
        listed = ", ".join(
            f'"{name.replace(chr(34), 2 * chr(34))}" {TYPES.get(str(type_), str(type_))}'
            for name, type_ in zip(found.columns, found.types, strict=True)
        )
        self.execute(f"CREATE TABLE {table} ({listed})")
        with self.connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
            for row in found.fetchall():
                copy.write_row(row)
        self.execute(f"GRANT SELECT ON {table} TO reader")


def renew_role(connection: Any, name: str) -> None:
    """A login without any right."""
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchall():
        connection.execute(f"DROP OWNED BY {name} CASCADE")
    connection.execute(f"DROP ROLE IF EXISTS {name}")
    connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")


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


def replace_in(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


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
