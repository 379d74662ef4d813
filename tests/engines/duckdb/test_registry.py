from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.engines.duckdb.registry import (
    CREATE_SQL,
    Registered,
    last_run,
    others,
    read_registry,
    relations,
    write_rows,
)


def test_what_a_file_holds_besides_segkits_own() -> None:
    with DuckDBEngine() as engine:
        engine.execute(CREATE_SQL)
        customers = Registered("shop", "crm", "Customers", "table", "crm.customers", 2)
        own = Registered("shop", "main", "_segkit", "registry", "", 3)
        write_rows(engine.execute, "shop", [customers])
        write_rows(engine.execute, "shop", [own, customers])
        engine.execute("CREATE SCHEMA crm; CREATE TABLE crm.customers (id INTEGER)")
        rows = read_registry(engine.query, "memory")
        assert rows is not None
        assert rows == (customers, own)
        assert others(rows, relations(engine.query, "memory")) == []
        assert last_run(rows, "shop") == 3
        assert last_run(rows, "other") == 0
        for made in (
            "VIEW v AS SELECT 1 AS a",
            "SEQUENCE s",
            "TYPE t AS ENUM ('a')",
            "MACRO m(x) AS x + 1",
            "TABLE crm.orders (id INTEGER)",
        ):
            engine.execute(f"CREATE {made}")
        assert others(rows, relations(engine.query, "memory")) == [
            ("crm", "orders"),
            ("main", "m"),
            ("main", "s"),
            ("main", "t"),
            ("main", "v"),
        ]


def test_a_table_that_is_only_called_so_is_no_registry() -> None:
    with DuckDBEngine() as engine:
        assert read_registry(engine.query, "memory") is None
        engine.execute("CREATE TABLE _segkit (id INTEGER)")
        assert read_registry(engine.query, "memory") is None
