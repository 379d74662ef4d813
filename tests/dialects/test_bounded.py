"""Comparisons that leave out what is not finite, on rows that are after them."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from segkit.core.case import Case, Outcome
from segkit.core.columns import Column, parse_type
from segkit.core.evaluate import evaluate
from segkit.core.tree import Below, Known, Leaf, Side, Split, Tree
from segkit.dialects.emit import only_compared
from segkit.dialects.select import CodedColumn, ViewSelect, expression_sql, select_sql
from segkit.dialects.table import DUCKDB, POSTGRES, SNOWFLAKE, Dialect
from tests.conftest import insert_rows
from tests.warehouses.fixtures import OpenWarehouse

TYPES = {"d": "DOUBLE", "e": "DOUBLE", "f": "FLOAT"}
OUTCOMES = tuple(Outcome(code, f"S{code}", f"Segment {code}") for code in range(10))
ODD = (None, math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0)
ENDS = {
    "DOUBLE": (5e-324, -5e-324, 1.7976931348623157e308, -1.7976931348623157e308, 1e-310),
    "FLOAT": (1.401298464324817e-45, 3.4028234663852886e38, -3.4028234663852886e38),
}
CUTS = (*map(Decimal, ("0", "0.1", "-3.5", "77.96", "1e-5", "1e300", "-1e300", "2.5e38", "1e16")),)
ROWS = 1500


def view_of(tree: Tree, double: str = "DOUBLE", single: str = "FLOAT") -> ViewSelect:
    names = {"DOUBLE": double, "FLOAT": single}
    columns = {n: Column(n, parse_type(names[t])) for n, t in TYPES.items()}
    columns["n"] = Column("n", parse_type("INTEGER"))
    coded = CodedColumn("code", Case(tree, OUTCOMES), "name", "id")
    return ViewSelect("n", (), (coded,), columns)


def random_tree(draw: random.Random, leaves: int, *, none_missing_yes: bool) -> Tree:
    if leaves == 1:
        return Leaf(draw.randint(1, 9))
    left = draw.randint(1, leaves - 1)
    sides = [random_tree(draw, n, none_missing_yes=none_missing_yes) for n in (left, leaves - left)]
    missing: Side = "no" if none_missing_yes else draw.choice(("yes", "no"))
    test = Below(draw.choice(CUTS), draw.random() < 0.3)
    return Split(draw.choice(list(TYPES)), test, sides[0], sides[1], missing)


def single(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])


def pool(type_: str) -> list[float | None]:
    values: list[float | None] = [*ODD, *ENDS[type_]]
    for cut in map(float, CUTS):
        if type_ == "DOUBLE":
            values += [cut, math.nextafter(cut, math.inf), math.nextafter(cut, -math.inf)]
        elif abs(cut) < 3e38:
            values += [single(cut), single(cut * (1 + 1e-7)), single(cut * (1 - 1e-7))]
    return values


def rows_of(draw: random.Random) -> list[tuple[Any, ...]]:
    pools = [pool(type_) for type_ in TYPES.values()]
    return [(n, *(draw.choice(values) for values in pools)) for n in range(ROWS)]


def check(
    query: Callable[[str], Sequence[tuple[Any, ...]]],
    rows: Sequence[tuple[Any, ...]],
    dialect: Dialect,
    leaves: int,
) -> None:
    draw = random.Random(leaves)
    bounded = 0
    for turn in range(12):
        tree = random_tree(draw, leaves, none_missing_yes=turn % 2 == 0)
        names = ("DOUBLE PRECISION", "REAL") if dialect is POSTGRES else ("DOUBLE", "FLOAT")
        view = view_of(tree, *names)
        text = select_sql(view, "adversaries", dialect)
        bounded += "Infinity'" in text and "finite" not in text
        wanted = [evaluate(tree, dict(zip(TYPES, row[1:], strict=True))) for row in rows]
        found = query(f"SELECT code FROM ({text}) AS v ORDER BY n")
        assert [code for (code,) in found] == wanted
        expression = expression_sql(view.coded[0], view, dialect)
        ids = query(f"SELECT {expression} AS id FROM adversaries ORDER BY n")
        assert [id_ for (id_,) in ids] == [f"S{code}" for code in wanted]
    assert bounded >= 2


@pytest.mark.parametrize("leaves", [8, 50, 200])
def test_duckdb(leaves: int) -> None:
    rows = rows_of(random.Random(1))
    connection = duckdb.connect()
    connection.execute("CREATE TABLE adversaries (n INTEGER, d DOUBLE, e DOUBLE, f FLOAT)")
    insert_rows(connection, "adversaries", [list(row) for row in rows])
    check(lambda sql: connection.execute(sql).fetchall(), rows, DUCKDB, leaves)


@pytest.mark.warehouse
def test_postgres(open_warehouse: OpenWarehouse) -> None:
    rows = rows_of(random.Random(1))
    connection = open_warehouse("postgres").connection  # type: ignore[attr-defined]
    connection.execute(
        "CREATE TEMP TABLE adversaries (n INTEGER, d DOUBLE PRECISION, e DOUBLE PRECISION, f REAL)"
    )
    with connection.cursor().copy("COPY adversaries FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    for leaves in (8, 50):
        check(lambda sql: connection.execute(sql).fetchall(), rows, POSTGRES, leaves)
    connection.execute("DROP TABLE adversaries")


def test_what_is_asked_otherwise_is_not_only_compared() -> None:
    falls = Split("d", Below(Decimal(1)), Leaf(1), Leaf(2), "no")
    assert only_compared(falls) == {"d"}
    known = Split("e", Known(), falls, Leaf(3))
    assert only_compared(known) == {"d"}
    assert only_compared(Split("d", Known(), falls, Leaf(3))) == frozenset()


def test_a_dialect_whose_order_is_not_known_has_a_step() -> None:
    tree = Split("d", Below(Decimal(1)), Leaf(1), Leaf(2), "no")
    assert "finite AS (" in select_sql(view_of(tree), "t", SNOWFLAKE)
    assert "d < 1 AND d > '-Infinity'" in select_sql(view_of(tree), "t", DUCKDB)
    whole = view_of(tree, "DECIMAL(9, 2)")
    assert "Infinity" not in select_sql(whole, "t", DUCKDB)
