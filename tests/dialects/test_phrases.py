"""Each phrase on DuckDB and on PostgreSQL, held against the same values."""

from __future__ import annotations

import hashlib
from typing import Any

import duckdb
import pytest

from segkit.core.columns import Column, parse_type
from segkit.dialects.phrases import (
    as_double,
    as_text,
    hash_of,
    in_byte_order,
    md5,
    phrases,
    value_in_order,
)
from segkit.dialects.table import DUCKDB, POSTGRES, Dialect
from tests.warehouses.fixtures import OpenWarehouse

# as doubles: 0.1 ten times, so that a sum depends on the order of what is added
TENTHS = "(VALUES (1e16), (1.0), (-1e16), (0.1), (NULL)) AS t (x)"
HALVES = "(VALUES (0.5), (1.5), (2.5), (-0.5), (-2.5), (0.49999999999999994), (NULL)) AS t (x)"
TEXTS = "(VALUES ('a'), ('Z'), ('Ä'), ('a'), ('b'), ('b'), (NULL)) AS t (x)"
FORMS = "(VALUES ('12'), (' 1.5e3 '), ('-.5'), ('x1'), (''), ('1,5'), (NULL)) AS t (x)"


def ask(dialect: Dialect, asked: Any, rows: str) -> str:
    """The query: doubles are cast, for a number with a point is a decimal."""
    column = "CAST(x AS DOUBLE PRECISION)" if rows in (TENTHS, HALVES) else "CAST(x AS VARCHAR)"
    items = asked(dialect, phrases(dialect))
    return f"SELECT {items} FROM (SELECT {column} AS x FROM {rows}) AS named"


PHRASES: dict[str, tuple[Any, str, list[tuple[Any, ...]]]] = {
    "quantiles": (
        lambda d, p: p.quantiles("x", [0.25, 0.5]),
        HALVES,
        [([-0.25, 0.49999999999999994 / 2 + 0.25],)],
    ),
    "median": (lambda d, p: p.median("x"), TENTHS, [(0.55,)]),
    "mode": (
        lambda d, p: p.mode("x", value_in_order("x", Column("x", parse_type("VARCHAR")), d)),
        TEXTS,
        [("a",)],
    ),
    "mode_count": (lambda d, p: f"{p.mode_count('x')}, count(*)", TEXTS, [(2, 7)]),
    "exact_sum": (lambda d, p: p.exact_sum("x"), HALVES, [(2.0,)]),
    "exact_mean": (lambda d, p: p.exact_mean("x"), HALVES, [(1 / 3,)]),
    "mean": (lambda d, p: p.mean("1"), HALVES, [(1.0,)]),
    "rounded": (
        lambda d, p: f"{p.rounded('x')} AS r",
        HALVES,
        [(1,), (2,), (3,), (-1,), (-3,), (0,), (None,)],
    ),
    "as_number": (
        lambda d, p: f"{p.as_number('x')} AS n",
        FORMS,
        [(12,), (1500,), (-0.5,), (None,), (None,), (None,), (None,)],
    ),
    "matches": (
        lambda d, p: f"sum(CASE WHEN {p.matches('x', _PATTERN)} THEN 1 ELSE 0 END)",
        FORMS,
        [(1,)],
    ),
    "holding": (
        lambda d, p: f"{p.holding(['x = ' + chr(39) + '12' + chr(39), 'x IS NULL', 'x > x'])} AS n",
        FORMS,
        [(1,), (0,), (0,), (0,), (0,), (0,), (1,)],
    ),
    "number_of_hex": (lambda d, p: p.number_of_hex("max('ffffffff')"), TEXTS, [(2**32 - 1,)]),
    "md5": (
        lambda d, p: f"max({md5('x', d)}), max({hash_of('x', 's', d)})",
        "(VALUES ('Ä')) AS t (x)",
        [(hashlib.md5("Ä".encode()).hexdigest(), hashlib.md5("s|Ä".encode()).hexdigest())],
    ),
    "share": (lambda d, p: d.share.format("count(x)", "count(*)"), TEXTS, [(6 / 7,)]),
    "byte_order": (
        lambda d, p: f"max({in_byte_order('x', d)}), min({in_byte_order('x', d)})",
        TEXTS,
        [("Ä", "Z")],
    ),
    "casts": (
        lambda d, p: f"max({as_text('1', d)}), max({as_double('1', d)})",
        TEXTS,
        [("1", 1.0)],
    ),
    "sum_over_all": (lambda d, p: f"{p.sum_over_all('x')} AS s", HALVES, [(2.0,)] * 7),
}
_PATTERN = "'[0-9]{1,15}'"


def same(found: list[tuple[Any, ...]], expected: list[tuple[Any, ...]]) -> bool:
    plain = [tuple(_plain(value) for value in row) for row in found]
    wanted = [tuple(_plain(value) for value in row) for row in expected]
    return sorted(plain, key=repr) == sorted(wanted, key=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, str) else round(float(value), 12)


@pytest.mark.parametrize("name", PHRASES)
def test_a_phrase_on_duckdb(name: str) -> None:
    asked, rows, expected = PHRASES[name]
    found = duckdb.sql(ask(DUCKDB, asked, rows)).fetchall()
    assert same(found, expected), found


@pytest.mark.warehouse
@pytest.mark.parametrize("name", PHRASES)
def test_a_phrase_on_postgresql(open_warehouse: OpenWarehouse, name: str) -> None:
    asked, rows, expected = PHRASES[name]
    found = open_warehouse("postgres").query(ask(POSTGRES, asked, rows))
    assert same(list(found), expected), found


@pytest.mark.warehouse
def test_an_exact_sum_does_not_depend_on_the_order(open_warehouse: OpenWarehouse) -> None:
    rows = ["1e15", "0.1", "-1e15", "0.2", "0.3"]
    found = set()
    for turn in range(len(rows)):
        listed = ", ".join(f"({row})" for row in rows[turn:] + rows[:turn])
        named = f"(SELECT CAST(x AS DOUBLE PRECISION) AS x FROM (VALUES {listed}) AS t (x)) AS n"
        ((value,),) = open_warehouse("postgres").query(
            f"SELECT {phrases(POSTGRES).exact_sum('x')} FROM {named}"
        )
        found.add(value)
    assert found == {0.6}


def test_only_engines_that_are_read_have_phrases() -> None:
    from segkit.dialects.table import DIALECTS

    with pytest.raises(KeyError):
        phrases(DIALECTS["mysql"])
