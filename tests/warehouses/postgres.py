"""PostgreSQL: a server of our own on a socket in its directory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.warehouses.base import Columns, Missing, Row, stored, type_sql
from tests.warehouses.processes import program, run_as, running, server_directory, server_user

TYPES = {
    "DOUBLE": "DOUBLE PRECISION",
    "FLOAT": "REAL",
    "DECIMAL": "NUMERIC",
    "TINYINT": "SMALLINT",
    "SMALLINT": "SMALLINT",
    "INTEGER": "INTEGER",
    "BIGINT": "BIGINT",
    "UBIGINT": "NUMERIC(20,0)",
    "HUGEINT": "NUMERIC(38,0)",
    "VARCHAR": "TEXT",
    "BOOLEAN": "BOOLEAN",
}


class Postgres:
    name = "postgres"
    holds_nan = True
    holds_infinity = True

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        types = ", ".join(f"{self.quote(n)} {type_sql(t, TYPES)}" for n, t in columns.items())
        self.execute(f"DROP TABLE IF EXISTS {self.quote(table)} CASCADE")
        self.execute(f"CREATE TABLE {self.quote(table)} ({types})")
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {self.quote(table)} FROM STDIN") as copy,
        ):
            for row in stored(columns, rows):
                copy.write_row(row)

    def query(self, sql: str) -> list[Row]:
        # binary: as text, the REAL nearest to 0.1 comes back as the double 0.1
        with self._connection.cursor(binary=True) as cursor:
            rows: list[Row] = cursor.execute(sql).fetchall()
            return rows

    def execute(self, sql: str) -> None:
        self._connection.execute(sql)

    def quote(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def clear(self) -> None:
        self.execute("DROP SCHEMA public CASCADE")
        self.execute("CREATE SCHEMA public")
        self.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")  # as it comes with a server

    @property
    def connection(self) -> Any:
        return self._connection

    def close(self) -> None:
        self._connection.close()


@contextmanager
def open_postgres() -> Iterator[Postgres]:
    try:
        import psycopg
    except ImportError as error:
        raise Missing("no package psycopg: pip install '.[warehouses]'") from error
    binaries = "usr/lib/postgresql/*/bin"
    install = "apt-get install postgresql"
    initdb = program("initdb", install, f"{binaries}/initdb")
    postgres = program("postgres", install, f"{binaries}/postgres")
    user = server_user("postgres")
    with server_directory(user) as directory:
        data = str(directory / "data")
        cluster = ["-D", data, "-U", "segkit", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
        run_as(user, [initdb, *cluster, "--no-sync"], directory)
        # everybody but the tests themselves needs a password
        rules = "local all segkit trust\nlocal all all scram-sha-256\n"
        (directory / "data/pg_hba.conf").write_text(rules, encoding="utf-8")
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(directory),
            "fsync": "off",
            "shared_buffers": "64MB",
        }
        options = [word for pair in settings.items() for word in ("-c", "=".join(pair))]
        with running([postgres, "-D", data, *options], directory, user) as server:
            connection = server.wait_for(
                lambda: psycopg.connect(
                    host=str(directory),
                    user="segkit",
                    dbname="postgres",
                    autocommit=True,
                    prepare_threshold=None,  # a plan kept would outlive its table
                ),
                psycopg.OperationalError,
            )
            warehouse = Postgres(connection)
            warehouse.execute("SET client_min_messages = warning")
            try:
                yield warehouse
            finally:
                warehouse.close()
