"""What a condition computes and is not finite is NULL: in the view, in the proof, in SQLite."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest
import sqlglot

from segkit.core.case import Case, Outcome, Rules
from segkit.core.columns import Column, parse_type
from segkit.core.predicate import Predicate, bound
from segkit.dialects.flat import flat_sql
from segkit.dialects.select import CodedColumn, ViewSelect, operands_guarded, select_sql
from segkit.dialects.table import DIALECTS, DUCKDB
from segkit.dialects.translate import Translator
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.errors import CompileError, EngineError, Place
from segkit.project.conditions.predicates import parse_condition
from segkit.publish.proof import parity
from segkit.publish.proof.parity import check_parity
from segkit.publish.proof.probes import probe_rows
from tests.publish.arithmetic import (
    CONSTANTS,
    TYPES,
    Dice,
    Row,
    Type,
)

PLACE = Place("buckets.yml", 1, 1)
COLUMNS = {"id": Column("id", parse_type("INTEGER"))} | {
    name: Column(name, parse_type(sql)) for name, (_, sql) in TYPES.items()
}
OUTCOMES = tuple(Outcome(i, t, t) for i, t in enumerate(["Unknown", "yes", "no"]))
MISSING, YES, NO = 0, 1, 2
ALL_SIGNS = ("+", "-", "*", "/", "//", "%")


def predicate_of(text: str) -> Predicate:
    predicate, problems = parse_condition(text, lambda start, length: PLACE, PLACE)
    assert predicate is not None, (text, problems)
    return bound(predicate, COLUMNS)


def view_of(text: str, where: str | None = None) -> ViewSelect:
    rules = Rules(((predicate_of(text), YES),), NO)
    coded = CodedColumn("band_order", Case(rules, OUTCOMES), "band")
    return ViewSelect("id", (), (coded,), COLUMNS, predicate_of(where) if where else None)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckDBEngine]:
    with DuckDBEngine() as scratch:
        yield scratch


def fill(engine: DuckDBEngine, rows: Sequence[Row]) -> None:
    types = ", ".join(f"{name} {sql}" for name, (_, sql) in TYPES.items())
    engine.execute(f"CREATE OR REPLACE TABLE base (id INTEGER, {types})")
    values = ", ".join(
        f"({i}, {', '.join(_literal(row[name]) for name in TYPES)})" for i, row in enumerate(rows)
    )
    engine.execute(f"INSERT INTO base VALUES {values}")


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return f"'{value}'::DOUBLE" if isinstance(value, float) else f"{value}"


def runs(engine: DuckDBEngine, view: ViewSelect) -> bool:
    """False where a whole number or a decimal overflows: that is an error, not infinity."""
    try:
        engine.query(select_sql(view, "base", DUCKDB))
    except EngineError as error:
        if any(
            word in str(error) for word in ("verflow", "Could not cast", "exceeds", "precision")
        ):
            return False
        raise
    return True


def code_of(truth: bool | None) -> int:
    return {True: YES, False: NO, None: MISSING}[truth]


@pytest.mark.slow
def test_the_view_says_what_a_second_reading_says(engine: DuckDBEngine) -> None:
    dice = Dice(Random(13), tuple(TYPES), ALL_SIGNS)
    rows = [dice.row() for _ in range(200)]
    fill(engine, rows)
    found: Counter[bool | None] = Counter()
    for condition in [dice.condition() for _ in range(250)]:
        view = view_of(condition.sql)
        if not runs(engine, view):
            continue
        truths = [condition.of(row) for row in rows]
        expected = [code_of(truth) for truth in truths]
        select = select_sql(view, "base", DUCKDB)
        flat = flat_sql(view.coded[0].case.decision, operands_guarded(view, DUCKDB), str, DUCKDB)
        for sql in (f"SELECT band_order FROM ({select})", f"SELECT {flat} FROM base"):
            assert [code for (code,) in engine.query(f"{sql} ORDER BY id")] == expected, sql
        found.update(truths)
    assert min(found.values()) > 4_000, found


@pytest.mark.parametrize(
    ("columns", "signs", "constants"),
    [
        (("a", "b", "x", "y"), ("+", "-", "*", "/"), CONSTANTS),
        (("a", "b"), ("+", "-", "*", "//", "%"), (("0", "int"), ("3", "int"))),
    ],
)
def test_sqlite_gives_the_same_rows(
    columns: tuple[str, ...], signs: tuple[str, ...], constants: tuple[tuple[str, Type], ...]
) -> None:
    dice = Dice(Random(7), columns, signs, constants)
    rows = [dice.row() for _ in range(200)]
    database = sqlite3.connect(":memory:")
    database.execute(f"CREATE TABLE base (id INTEGER, {', '.join(columns)})")
    marks = ", ".join("?" for _ in columns)
    values = [(i, *(row[name] for name in columns)) for i, row in enumerate(rows)]
    database.executemany(f"INSERT INTO base VALUES (?, {marks})", values)
    sqlite = DIALECTS["sqlite"]
    for condition in [dice.condition() for _ in range(200)]:
        if "%" in condition.sql and "sqrt" in condition.sql:
            continue  # the rest of a fraction: refused
        view = Translator(sqlite).view(view_of(condition.sql), PLACE)
        sql = select_sql(view, "base", sqlite)
        found = database.execute(f"SELECT band_order FROM ({sql}) ORDER BY id").fetchall()
        expected = [code_of(condition.of(row)) for row in rows]
        assert [code for (code,) in found] == expected, (condition.sql, sql)


@pytest.mark.parametrize(
    "name", [n for n, d in DIALECTS.items() if d.is_in_sqlglot and n != "duckdb"]
)
def test_every_dialect_reads_what_is_written_for_it(name: str) -> None:
    dialect = DIALECTS[name]
    signs = ALL_SIGNS if dialect.has_rest_of_fractions else ALL_SIGNS[:-1]
    dice = Dice(Random(3), tuple(TYPES), signs)
    for condition in [dice.condition() for _ in range(20)]:
        view = Translator(dialect).view(view_of(condition.sql), PLACE)
        sqlglot.parse_one(select_sql(view, "base", dialect), dialect=name)


@pytest.mark.parametrize(
    "text",
    [
        "a * 100 / b >= 34",
        "x / b > 50",
        "x / y > 1",
        "a // b = 1 OR d % b = 0",
        "x * y > 3",
        "a / (b - 2) > 1",
        "a / (x - y) > 1",
        "sqrt(x - 1) < 2 AND ln(y) > 0",
        "exp(x) > 3",
        "CASE WHEN a = 0 THEN 0 ELSE b / a END > 1",
        "pow(a, b) > 2 OR mod(a, b) = 1",
    ],
)
def test_it_is_proved_with_zeros_among_the_probes(engine: DuckDBEngine, text: str) -> None:
    dice = Dice(Random(1), tuple(TYPES), ALL_SIGNS)
    fill(engine, [dice.row() for _ in range(300)])
    view = view_of(text)
    engine.execute(f"CREATE OR REPLACE VIEW v AS {select_sql(view, 'base', DUCKDB)}")
    found = check_parity(engine, view, "v", "base")
    assert found.holds, found
    assert found.cases > 8


@pytest.mark.parametrize(
    ("text", "guarded", "bare"),
    [
        ("a * 100 / b >= 34", "nullif(b, 0)", "b"),
        ("a / (b - 2) > 1", "nullif(b - 2, 0)", "(b - 2)"),
        ("x * y > 3", "CASE WHEN isfinite(x_finite * y_finite)", "CASE WHEN TRUE"),
        ("sqrt(x) > 3", "CASE WHEN x_finite >= 0 THEN x_finite END", "x_finite"),
        (
            "a / (x - y) > 1",
            "nullif(CASE WHEN isfinite(x_finite - y_finite)",
            "nullif(CASE WHEN TRUE",
        ),
    ],
)
def test_a_view_without_its_guard_is_found_by_the_probes(
    engine: DuckDBEngine, text: str, guarded: str, bare: str
) -> None:
    """On a table without a row: what is found is found among the probes."""
    fill(engine, [dict.fromkeys(TYPES)])
    view = view_of(text)
    sql = select_sql(view, "base", DUCKDB)
    assert guarded in sql
    rows = parity.probe_rows(view)
    with parity.probe_table(engine, view, list(dict.fromkeys(rows))):
        published = select_sql(replace(view, key=parity.PROBE_KEY), parity.PROBE, DUCKDB)
        told = parity._expected_codes(engine, view)
        worse = engine.query(published.replace(guarded, bare))
    differ = [row for row in worse if told.get(row[0]) not in (None, (row[2],))]
    assert differ


def test_zero_over_zero_and_some_over_zero_are_probed_in_the_check_too() -> None:
    view = view_of("a / b > 1")
    for few in (True, False):
        rows = set(probe_rows(view, few=few))
        assert {("0", "0"), ("1", "0"), ("-1", "0"), (None, "0"), ("0", None)} <= rows
    of_difference = set(probe_rows(view_of("a / (b - d) > 1"), few=True))
    assert any(b == d and b is not None for _, b, d in of_difference)


def test_the_check_brings_no_float_that_overflows() -> None:
    """That is an error in PostgreSQL, and no row of the check could be read."""
    texts = {text for row in probe_rows(view_of("x / y > 1"), few=True) for text in row if text}
    assert "0.0" in texts
    assert not {text for text in texts if 0 < abs(float(text)) < 1e-30}


def test_the_rest_of_a_fraction_is_refused_where_it_would_be_that_of_whole_numbers() -> None:
    for text in ("x % a > 1", "a % 0.5 = 0", "a / b % 2 = 1"):
        with pytest.raises(CompileError, match="`%` takes whole numbers alone"):
            Translator(DIALECTS["sqlite"]).view(view_of(text), PLACE)
        Translator(DIALECTS["mysql"]).view(view_of(text), PLACE)
    Translator(DIALECTS["sqlite"]).view(view_of("a % b = 1"), PLACE)
