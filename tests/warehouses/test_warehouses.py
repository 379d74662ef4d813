"""What goes into a warehouse comes out, bit for bit, under any name."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.warehouses.base import NoSuchType, NoSuchValue, Warehouse
from tests.warehouses.fixtures import OpenWarehouse, each_warehouse

pytestmark = pytest.mark.warehouse

MAX_DOUBLE = 1.7976931348623157e308
MAX_FLOAT = 3.4028234663852886e38
SMALLEST_FLOAT = 2.0**-149
FLOATS = [0.1, 1 / 3, 42.5, 16777217.0, 0.30000001192092896, 1e-40, SMALLEST_FLOAT, MAX_FLOAT]
VALUES: dict[str, Sequence[Any]] = {
    "DOUBLE": [
        *(0.1, 0.1 + 0.2, 1 / 3, -0.0, 0.0, 5e-324, -5e-324, 2.225073858507201e-308),
        *(2.2250738585072014e-308, MAX_DOUBLE, -MAX_DOUBLE, 9007199254740993.0, 1e22, 1e23),
        *(123456789.12345679, math.nextafter(42.5, 0), math.nextafter(42.5, 99), None),
    ],
    "FLOAT": [*FLOATS, *(-value for value in FLOATS), 0.0, -0.0, None],
    "DECIMAL(18,2)": [Decimal("0.10"), Decimal("-1234567890123456.78"), Decimal(7), None],
    "DECIMAL(38,10)": [
        *(Decimal("0.1234567891"), Decimal("1E-10"), Decimal("-0.3"), None),
        *(Decimal("9999999999999999999999999999.9999999999"), Decimal("0.3000000001")),
    ],
    "TINYINT": [-128, 0, 127, None],
    "SMALLINT": [-32768, 32767, None],
    "INTEGER": [-(2**31), 2**31 - 1, None],
    "BIGINT": [2**53 + 1, -(2**53) - 1, -(2**63), 2**63 - 1, None],
    "UBIGINT": [0, 2**63, 2**64 - 1, None],
    "HUGEINT": [2**64 + 1, -(10**38) + 1, 10**38 - 1, None],
    "VARCHAR": [
        *("it's", 'a "b"', "back\\slash", "tab\tnew\nline", "100%", "%s", "\\N", "NULL", "", " a "),
        *("Größe (€)", "日本", "👩🏽\u200d🚀", "A", "a", "null", None),
    ],
    "BOOLEAN": [True, False, None],
}
EMOJI = "👩🏽\u200d🚀"
NAMES = ["order", "Größe (€)", 'a"b', "a`b", "back\\slash", "semi;colon", "dot.ted", "%s", EMOJI]
# As long as each database takes it. Postgres cuts longer ones at 63 bytes without an error.
LONGEST = {"postgres": 63, "mysql": 64}
NO_NEGATIVE_ZERO = ("mysql", "sqlite")


def bits(value: Any) -> Any:
    """A float as its bits, so that -0.0 is not 0.0; everything else as it is."""
    return struct.pack(">d", value) if isinstance(value, float) else value


def round_trip(warehouse: Warehouse, type_: str, values: Sequence[Any]) -> list[Any]:
    warehouse.load("round_trip", {"id": "INTEGER", "x": type_}, list(enumerate(values)))
    column = "x"
    if warehouse.name == "mysql" and type_ == "FLOAT":  # the server sends six digits of a FLOAT
        column = "CAST(x AS DOUBLE)"
    return [row[1] for row in warehouse.query(f"SELECT id, {column} FROM round_trip ORDER BY id")]


@pytest.mark.parametrize("type_", VALUES)
def test_values_come_back(warehouse: Warehouse, type_: str) -> None:
    values = VALUES[type_]
    if warehouse.name == "sqlite" and type_ in ("UBIGINT", "HUGEINT"):
        with pytest.raises(NoSuchType):
            round_trip(warehouse, type_, values)
        return
    back = round_trip(warehouse, type_, values)
    if type_ == "FLOAT":
        values = [v and struct.unpack("f", struct.pack("f", v))[0] for v in values]
    if warehouse.name == "sqlite" and type_.startswith("DECIMAL"):
        values = [v and float(v) for v in values]
    if warehouse.name in NO_NEGATIVE_ZERO:
        values = [0.0 if v == 0 and isinstance(v, float) else v for v in values]
    assert [bits(value) for value in back] == [bits(value) for value in values]
    plain = (int, float, Decimal, str, bool, type(None))
    assert {type(value) for value in back} <= set(plain)


def test_not_finite(warehouse: Warehouse) -> None:
    for type_ in ("DOUBLE", "FLOAT"):
        for value, held in [
            (math.nan, warehouse.holds_nan),
            (math.inf, warehouse.holds_infinity),
            (-math.inf, warehouse.holds_infinity),
        ]:
            if held:
                [back, null] = round_trip(warehouse, type_, [value, None])
                assert repr(back) == repr(value)
                assert null is None
            else:
                with pytest.raises(NoSuchValue):
                    round_trip(warehouse, type_, [value])


def test_names_of_columns(warehouse: Warehouse) -> None:
    names = [*NAMES, "n" * LONGEST.get(warehouse.name, 100)]
    if warehouse.name == "mysql":  # nothing past U+FFFF
        names.remove(EMOJI)
    warehouse.load("named", dict.fromkeys(names, "INTEGER"), [tuple(range(len(names)))])
    for i, name in enumerate(names):
        assert warehouse.query(f"SELECT {warehouse.quote(name)} FROM named") == [(i,)]


def test_names_of_views(warehouse: Warehouse) -> None:
    warehouse.load("base", {"x": "INTEGER"}, [(1,)])
    column = warehouse.quote("Größe (€)")
    names = ["order", "Größe (€)", 'a"b']
    if warehouse.name == "spark":  # only letters, digits and underscores, in tables too
        names = ["order", "a1_b"]
    for name in names:
        view = warehouse.quote(name)
        warehouse.execute(f"CREATE VIEW {view} AS SELECT x AS {column} FROM base")
        assert warehouse.query(f"SELECT {column} FROM {view}") == [(1,)]
        warehouse.load(f"t_{name}", {"x": "INTEGER"}, [(2,)])
        assert warehouse.query(f"SELECT x FROM {warehouse.quote(f't_{name}')}") == [(2,)]


def test_load_replaces_a_table(warehouse: Warehouse) -> None:
    warehouse.load("replaced", {"x": "INTEGER"}, [(1,)])
    warehouse.load("replaced", {"y": "VARCHAR", "z": "INTEGER"}, [])
    assert warehouse.query("SELECT y, z FROM replaced") == []


def test_columns_may_share_a_name(warehouse: Warehouse) -> None:
    warehouse.load("base", {"x": "INTEGER", "y": "INTEGER"}, [(1, 2)])
    sql = "SELECT x AS a, y AS a FROM base"
    if warehouse.name in ("clickhouse", "datafusion"):
        with pytest.raises(Exception, match=r"for alias a|have the same name"):
            warehouse.query(sql)
    else:
        assert warehouse.query(sql) == [(1, 2)]


def test_many_rows(warehouse: Warehouse) -> None:
    rows = [(i, i / 7, f"n{i}", i % 2 == 0) for i in range(30_000)]
    columns = {"id": "INTEGER", "x": "DOUBLE", "name": "VARCHAR", "even": "BOOLEAN"}
    warehouse.load("many", columns, rows)
    assert warehouse.query("SELECT * FROM many ORDER BY id") == rows


def test_clear_drops_everything(warehouse: Warehouse) -> None:
    warehouse.load("base", {"x": "INTEGER"}, [(1,)])
    warehouse.execute("CREATE VIEW over_base AS SELECT x FROM base")
    warehouse.clear()
    for name in ("base", "over_base"):
        with pytest.raises(Exception, match=name):
            warehouse.query(f"SELECT x FROM {name}")


FAILS_WHILE_IT_RUNS = {
    "clickhouse": "SELECT CAST(x AS INTEGER) FROM base",  # of a NULL
    "datafusion": "SELECT 1 / (x - 1) FROM base",
    "duckdb": "SELECT error(CAST(x AS VARCHAR)) FROM base",
    "mysql": "SELECT exp(x * 1000) FROM base",
    "postgres": "SELECT 1 / (x - 1) FROM base",
    "spark": "SELECT 1 / (x - 1) FROM base",
    "sqlite": "SELECT json(x || 'no') FROM base",
}


def test_the_next_answer_is_right_after_an_error(warehouse: Warehouse) -> None:
    warehouse.load("base", {"x": "INTEGER"}, [(5,), (1,), (None,)])
    with pytest.raises(Exception, match=r"."):
        warehouse.query(FAILS_WHILE_IT_RUNS[warehouse.name])
    assert warehouse.query("SELECT x + 1 AS y FROM base WHERE x = 5") == [(6,)]


@pytest.mark.parametrize("name", each_warehouse("mysql"))
def test_a_rounded_float_is_refused(name: str, open_warehouse: OpenWarehouse) -> None:
    mysql = open_warehouse(name)
    mysql.load("rounded", {"x": "FLOAT"}, [(0.1,)])
    with pytest.raises(ValueError, match="x is FLOAT and comes rounded"):
        mysql.query("SELECT x FROM rounded")
    assert mysql.query("SELECT CAST(x AS DOUBLE) FROM rounded") == [(0.10000000149011612,)]
