"""Spark: a standalone cluster of our own, a master and a worker on loopback."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.warehouses.base import Columns, Missing, Row, arrow_table
from tests.warehouses.processes import program, running, server_directory

INSTEAD = {"UBIGINT": "DECIMAL(20,0)"}  # no unsigned integers; HUGEINT is DECIMAL(38, 0)


class Spark:
    name = "spark"
    holds_nan = True
    holds_infinity = True

    def __init__(self, session: Any) -> None:
        self._session = session

    def load(self, table: str, columns: Columns, rows: Sequence[Row]) -> None:
        """Create or replace a table, whose name Spark allows only ``[A-Za-z0-9_]``."""
        # a table, not a temporary view: a view that stays may not read one
        self.execute(f"DROP TABLE IF EXISTS {self.quote(table)}")
        frame = self._session.createDataFrame(arrow_table(columns, rows, INSTEAD))
        frame.write.saveAsTable(self.quote(table))

    def query(self, sql: str) -> list[Row]:
        return [tuple(row) for row in self._session.sql(sql).collect()]

    def execute(self, sql: str) -> None:
        self._session.sql(sql)

    def quote(self, name: str) -> str:
        return "`" + name.replace("`", "``") + "`"

    def clear(self) -> None:
        self.execute("DROP DATABASE IF EXISTS segkit CASCADE")
        self.execute("CREATE DATABASE segkit")
        self.execute("USE segkit")

    def close(self) -> None:
        self._session.stop()


@contextmanager
def open_spark() -> Iterator[Spark]:
    try:
        import pyarrow  # noqa: F401
        import pyspark
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise Missing("no package pyspark or pyarrow: pip install '.[warehouses]'") from error
    program("java", "apt-get install openjdk-17-jre-headless")
    spark_class = str(Path(pyspark.__file__).parent / "bin" / "spark-class")
    with server_directory(None) as directory:
        env = {
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(directory),
            "SPARK_DAEMON_MEMORY": "256m",
        }
        deploy = "org.apache.spark.deploy"
        loopback = ["--host", "127.0.0.1", "--webui-port", "0"]
        with running(
            [spark_class, f"{deploy}.master.Master", *loopback, "--port", "0"], directory, env=env
        ) as master:
            url = master.wait_for(
                lambda: _logged(master.log, r"Starting Spark master at (spark://\S+)"), OSError
            )
            limits = ["--cores", "2", "--memory", "1g", "--work-dir", str(directory / "work")]
            with running(
                [spark_class, f"{deploy}.worker.Worker", *loopback, *limits, url],
                directory,
                env=env,
            ) as worker:
                worker.wait_for(
                    lambda: _logged(worker.log, r"(Successfully registered) with master"), OSError
                )
                settings: dict[str, Any] = {
                    "spark.driver.bindAddress": "127.0.0.1",
                    "spark.driver.host": "127.0.0.1",
                    "spark.driver.memory": "1g",
                    "spark.executor.memory": "1g",
                    "spark.local.dir": str(directory),
                    "spark.sql.shuffle.partitions": "2",
                    "spark.sql.warehouse.dir": str(directory / "warehouse"),
                    "spark.ui.enabled": "false",
                    "spark.ui.showConsoleProgress": "false",
                }
                builder = SparkSession.builder.master(url).appName("segkit")
                warehouse = Spark(builder.config(map=settings).getOrCreate())
                warehouse.clear()
                try:
                    yield warehouse
                finally:
                    warehouse.close()


def _logged(log: Path, pattern: str) -> str | None:
    found = re.search(pattern, log.read_text(errors="replace"))
    return found[1] if found else None
