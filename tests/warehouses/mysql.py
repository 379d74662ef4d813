"""MySQL as MariaDB: a server of our own on a socket in its directory.

``sql_mode`` is the server's own: double quotes are strings, a backslash escapes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.warehouses.base import Columns, Missing, Row, refuse_not_finite, stored, type_sql
from tests.warehouses.processes import program, run_as, running, server_directory, server_user

TYPES = {
    "DOUBLE": "DOUBLE",
    "FLOAT": "FLOAT",
    "DECIMAL": "DECIMAL",
    "TINYINT": "TINYINT",
    "SMALLINT": "SMALLINT",
    "INTEGER": "INT",
    "BIGINT": "BIGINT",
    "UBIGINT": "BIGINT UNSIGNED",
    "HUGEINT": "DECIMAL(38,0)",
    "VARCHAR": "VARCHAR(255)",
    "BOOLEAN": "BOOLEAN",
}
FIELD_TYPE_FLOAT = 4


class MySQL:
    name = "mysql"
    holds_nan = False
    holds_infinity = False

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        refuse_not_finite(self, rows)
        types = ", ".join(f"{self.quote(n)} {type_sql(t, TYPES)}" for n, t in columns.items())
        self.execute(f"DROP TABLE IF EXISTS {self.quote(table)}")
        self.execute(f"CREATE TABLE {self.quote(table)} ({types})")
        marks = ", ".join("%s" for _ in columns)
        with self._connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {self.quote(table).replace('%', '%%')} VALUES ({marks})",
                stored(columns, rows),
            )

    def query(self, sql: str) -> list[Row]:
        """Return every row.

        Raises
        ------
        ValueError
            For a column of type FLOAT: the server sends six digits of it and no more.
        """
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            for name, type_, *_ in cursor.description:
                if type_ == FIELD_TYPE_FLOAT:
                    raise ValueError(f"{name} is FLOAT and comes rounded: select it AS DOUBLE")
            return list(cursor.fetchall())

    def execute(self, sql: str) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(sql)

    def quote(self, name: str) -> str:
        return "`" + name.replace("`", "``") + "`"

    def clear(self) -> None:
        self.execute("DROP DATABASE segkit")
        self.execute("CREATE DATABASE segkit")
        self.execute("USE segkit")

    def close(self) -> None:
        self._connection.close()


@contextmanager
def open_mysql() -> Iterator[MySQL]:
    try:
        import pymysql
    except ImportError as error:
        raise Missing("no package PyMySQL: pip install '.[warehouses]'") from error
    install = "apt-get install mariadb-server"
    install_db = program("mariadb-install-db", install)
    mariadbd = program("mariadbd", install, "usr/sbin/mariadbd")
    user = server_user("mysql")
    with server_directory(user) as directory:
        socket = str(directory / "socket")
        # in /tmp each server that starts removes the temporary tables of the others
        own = ["--no-defaults", f"--datadir={directory / 'data'}", f"--tmpdir={directory}"]
        # root without a password: the directory lets nobody else in
        bare = ["--skip-test-db", "--auth-root-authentication-method=normal"]
        run_as(user, [install_db, *own, *bare], directory)
        command = [mariadbd, *own, f"--socket={socket}", "--skip-networking"]
        # as Debian's own configuration has it
        command += ["--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci"]
        command += ["--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=0"]
        with running(command, directory, user) as server:
            connection = server.wait_for(
                lambda: pymysql.connect(
                    unix_socket=socket, user="root", charset="utf8mb4", autocommit=True
                ),
                pymysql.OperationalError,
            )
            warehouse = MySQL(connection)
            warehouse.execute("CREATE DATABASE segkit")
            warehouse.execute("USE segkit")
            try:
                yield warehouse
            finally:
                warehouse.close()
