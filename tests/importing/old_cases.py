"""Random CASEs over typed columns, and rows with the values at which engines part.

What DuckDB makes of an import is held against the engine whose dialect it is.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from segkit.core.columns import Column, parse_type
from segkit.dialects.select import expression_sql
from segkit.dialects.table import DUCKDB
from segkit.engines.duckdb.connection import DuckDBEngine
from segkit.errors import ConfigError
from segkit.importing.analysis import analysed
from segkit.importing.choice import choose, compare_rows
from segkit.importing.column_types import columns_of
from segkit.importing.old_cases import read_case
from segkit.importing.old_meaning import in_duckdb
from segkit.importing.sql_file import read_sql_file
from segkit.importing.statement import read_statement
from segkit.pipeline import ImportOptions
from segkit.publish.views.bucket_view import bucket_view

TYPES = {
    "i": "INTEGER",
    "b": "BIGINT",
    "c": "BIGINT",
    "n": "DECIMAL(8,2)",
    "m": "DECIMAL(8,2)",
    "d": "DOUBLE",
    "e": "DOUBLE",
    "t": "VARCHAR",
    "u": "VARCHAR",
    "f": "BOOLEAN",
    "g": "BOOLEAN",
    "day": "DATE",
}
_WHOLE = (0, 1, -1, 2, 3, 5, 7, -7, 10, 25, 29, 100)
_TEXTS = ["", "a", "A", "anna", "Anna", "ANNA", "anna ", " anna", "Ä", "ä", "äb", "\u212a", "k"]
_TEXTS += ["10", "9", "12abc", "a%b", "a_b", "a\\b", "a\nb", "\t a", "e\u0301", "🤦🏼", "x'y", "B"]
_DOUBLES = (0.0, -0.0, 0.5, 1.5, 2.5, -2.5, 3.5, 5.9, -5.9, 0.1, 0.2, 0.30000000000000004)
_DOUBLES += (0.49999999999999994, 1e300, -1e300, 5e-324, 9007199254740992.0, 50.0, 50.5)
VALUES: dict[str, Sequence[Any]] = {
    "i": (*_WHOLE, 2147483647, -2147483648),
    "b": (*_WHOLE, 2**53 + 1, 2**62, -(2**63)),
    "c": (*_WHOLE, 2**31, 0, 0),
    "n": [Decimal(x) for x in ("0", "0.5", "1.5", "2.5", "-2.5", "0.1", "0.3", "10", "99.99", "7")],
    "m": [Decimal(x) for x in ("0", "3", "0.2", "-0.1", "100", "2", "33.33")],
    "d": _DOUBLES,
    "e": (0.0, 1.0, 3.0, 0.1, -2.0, 10.0, 1e308),
    "t": _TEXTS,
    "u": _TEXTS,
    "f": (True, False),
    "g": (True, False),
    "day": [date(2024, 2, 29), date(1999, 12, 31), date(2000, 1, 1), date(1965, 7, 1)],
}


def rows(count: int = 90) -> list[tuple[Any, ...]]:
    """Rows with a number first; every value of every column is in some, NULL in many."""
    rng = random.Random(20)
    found = []
    for number in range(count):
        row = []
        for name in TYPES:
            values = VALUES[name]
            value = values[number % len(values)] if rng.random() < 0.5 else rng.choice(values)
            row.append(None if rng.random() < 0.12 else value)
        found.append((number, *row))
    return found


class Cases:
    """Random CASEs of one dialect, sqlite or postgres."""

    def __init__(self, dialect: str, seed: int) -> None:
        self._rng = random.Random(f"{dialect} {seed}")
        self._is_sqlite = dialect == "sqlite"

    def case(self) -> str:
        form = self._rng.random()
        if form < 0.15:
            return self._simple()
        whens = "".join(
            f" WHEN {self._condition(2)} THEN {self._label(i)}"
            for i in range(self._rng.choice((1, 1, 2, 3)))
        )
        otherwise = "" if self._rng.random() < 0.2 else " ELSE 'rest'"
        return f"CASE{whens}{otherwise} END"

    def _label(self, number: int) -> str:
        if self._rng.random() < 0.05:
            return f"CASE WHEN {self._condition(0)} THEN 'in' ELSE 'out' END"
        return f"'{'abcd'[number]}'"

    def _simple(self) -> str:
        if self._rng.random() < 0.3:
            operand, values = self._text(1), ["u", "'a'"]
        else:
            operand, values = self._number(1), ["2", "3", self._rng.choice(("0", "NULL", "0.5"))]
        pairs = zip(values, "xyz", strict=False)
        whens = " ".join(f"WHEN {value} THEN '{label}'" for value, label in pairs)
        return f"CASE {operand} {whens} ELSE 'rest' END"

    def _pick(self, *choices: Callable[[], str]) -> str:
        return self._rng.choice(choices)()

    def _condition(self, depth: int) -> str:
        if depth > 0 and self._rng.random() < 0.45:
            inner = [self._condition(depth - 1) for _ in "12"]
            return self._rng.choice(
                (f"({inner[0]} AND {inner[1]})", f"({inner[0]} OR {inner[1]})", f"NOT {inner[0]}")
            )
        return self._pick(
            self._comparison,
            self._comparison,
            self._comparison,
            self._of_texts,
            self._of_texts,
            self._of_lists,
            self._of_flags,
            self._of_nulls,
            self._of_dates,
        )

    def _comparison(self) -> str:
        sign = self._rng.choice(("<", "<=", ">", ">=", "=", "<>"))
        if self._rng.random() < 0.06:
            return f"{self._number(1)} {sign} {self._text(0)}"
        other = self._number(1) if self._rng.random() < 0.25 else self._constant()
        return f"{self._number(2)} {sign} {other}"

    def _of_texts(self) -> str:
        rng = self._rng
        pattern = rng.choice(("a%", "%A", "_nn_", "Ä%", "%b", "10", "a\\%", "k", "e_", "a_b", "%"))
        constant = rng.choice(("'a'", "'Anna'", "'ä'", "'10'", "''", "u"))
        return rng.choice(
            (
                f"{self._text(1)} = {constant}",
                f"{self._text(1)} <> {self._text(1)}",
                f"{self._text(0)} < {constant}",
                f"{self._text(1)} {rng.choice(('', 'NOT '))}LIKE '{pattern}'",
                f"t {'GLOB' if self._is_sqlite else 'ILIKE'} '{pattern}'",
                f"{self._text(0)} BETWEEN 'A' AND 'b'",
            )
        )

    def _of_lists(self) -> str:
        word = self._rng.choice(("IN", "NOT IN"))
        return self._rng.choice(
            (
                f"{self._number(1)} {word} (1, 2, {self._constant()})",
                f"b {word} (1, NULL)",
                f"t {word} ('a', 'Anna', 'Ä')",
                f"{self._number(1)} BETWEEN {self._constant()} AND {self._constant()}",
                f"{self._number(1)} NOT BETWEEN -1 AND 10.5",
            )
        )

    def _of_flags(self) -> str:
        one = "f = 1" if self._is_sqlite else "f = TRUE"
        return self._rng.choice(
            ("f", "NOT g", one, "f IS TRUE", "g IS NOT TRUE", "f = g", f"(b > 1) = {'g'}", "f <> g")
        )

    def _of_nulls(self) -> str:
        both = ("b IS c", "t IS NOT u") if self._is_sqlite else ("b IS DISTINCT FROM c",) * 2
        name = self._rng.choice(list(TYPES))
        return self._rng.choice(
            (f"{name} IS NULL", f"{name} IS NOT NULL", f"({self._number(1)}) IS NULL", *both)
        )

    def _of_dates(self) -> str:
        if self._is_sqlite:
            return self._rng.choice(("day < '2000-01-01'", "day = '2024-02-29'"))
        return self._rng.choice(
            (
                "day < '2000-01-01'",
                "day >= DATE '1999-12-31'",
                "day + 1 > DATE '2000-01-01'",
                "day - DATE '1999-12-31' > 0",
                "EXTRACT(year FROM day) >= 2000",
                "EXTRACT(year FROM day) / 100 >= 20",
                "day BETWEEN '1999-01-01' AND '2000-12-31'",
            )
        )

    def _constant(self) -> str:
        return self._rng.choice(
            ("0", "1", "2", "3", "-1", "50", "0.5", "2.5", "0.3", "-0.1", "10", "34", "1e3")
        )

    def _number(self, depth: int) -> str:
        rng = self._rng
        if depth == 0 or rng.random() < 0.3:
            return rng.choice(("i", "b", "c", "n", "m", "d", "e", "b", "c", "d"))
        one, two = self._number(depth - 1), self._number(depth - 1)
        if rng.random() < 0.6:
            sign = rng.choice(("+", "-", "*", "/", "/", "/", "%"))
            two = rng.choice((two, self._constant(), "10", "7"))
            return f"({one}) {sign} ({two})" if rng.random() < 0.5 else f"{one} {sign} {two}"
        greatest, least = ("max", "min") if self._is_sqlite else ("GREATEST", "LEAST")
        real = "REAL" if self._is_sqlite else rng.choice(("DOUBLE PRECISION", "REAL", "NUMERIC"))
        return rng.choice(
            (
                f"CAST({one} AS INTEGER)",
                f"CAST({one} AS {rng.choice(('BIGINT', 'INTEGER'))})",
                f"CAST({one} AS {real})",
                f"CAST({rng.choice(('t', 'f', 'n'))} AS INTEGER)",
                f"ABS({one})",
                f"ROUND({one})",
                f"COALESCE({one}, {self._constant()})",
                f"COALESCE({one}, {two})",
                f"NULLIF({one}, {self._constant()})",
                f"{greatest}({one}, {two})",
                f"{least}({one}, {self._constant()})",
                f"CASE WHEN {self._condition(0)} THEN {one} ELSE {two} END",
                f"LENGTH({self._text(1)})",
                f"-({one})",
                f"FLOOR({one})",
            )
        )

    def _text(self, depth: int) -> str:
        rng = self._rng
        if depth == 0 or rng.random() < 0.4:
            return rng.choice(("t", "u", "t"))
        inner = self._text(depth - 1)
        return rng.choice(
            (
                f"LOWER({inner})",
                f"UPPER({inner})",
                f"TRIM({inner})",
                f"SUBSTR({inner}, {rng.choice(('1', '2', '0', '-1'))}, 2)",
                f"{inner} || u",
                f"{inner} || b",
                f"COALESCE({inner}, 'a')",
                f"CAST({rng.choice(('b', 'n', 'd', 'f'))} AS TEXT)",
                f"REPLACE({inner}, 'a', 'b')",
                f"NULLIF({inner}, '')",
                inner if self._is_sqlite else f"CONCAT({inner}, u)",
            )
        )


# imports ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """``said`` is equal, not proved or refused; ``labels`` by row, where it is not refused.

    A row that DuckDB refuses to compute has no label: a build fails with it.
    """

    said: str
    labels: dict[int, str | None]
    spec: str = ""


def load(engine: DuckDBEngine) -> None:
    """The rows as the relation ``grid``."""
    listed = ", ".join(f"{name} {type_}" for name, type_ in TYPES.items())
    engine.execute(f"CREATE OR REPLACE TABLE grid (id INTEGER, {listed})")
    marks = ", ".join("?" for _ in range(len(TYPES) + 1))
    for row in rows():
        engine.execute(f"INSERT INTO grid VALUES ({marks})", row)


def imported(engine: DuckDBEngine, case: str, dialect: str, *, typed: bool = True) -> Outcome:
    """What an import of the CASE from ``grid`` says, and the labels that it would publish."""
    try:
        return _imported(engine, case, dialect, typed=typed)
    except ConfigError as error:
        assert {p.code for p in error.problems} <= {"SK206", "SK216", "SK217"}, error.problems
        return Outcome("refused", {})


def _imported(engine: DuckDBEngine, case: str, dialect: str, *, typed: bool) -> Outcome:
    file = read_sql_file(f"SELECT id, {case} AS band FROM grid", "old.sql", dialect)
    statement = read_statement(file)
    items = [("band", statement.items[1])]
    read_case(file, statement.items[1], "band", statement.aliases)
    known = {name: Column(name, parse_type(type_)) for name, type_ in TYPES.items()}
    given = ImportOptions(Path("old.sql"))
    columns = columns_of(file, statement, given, known if typed else {}, [statement.items[1]])
    meant = in_duckdb(file, statement, items, columns, set(known) if typed else ())
    old = read_case(file, meant.items[0][1], "band", statement.aliases)
    chosen = choose(engine, analysed(old, columns, types_known=typed))
    said = "not proved" if meant.doubtful else "equal"
    if not typed:
        return Outcome(said, {})
    try:
        compare_rows(engine, "grid", [chosen], None, "grid")
    except ConfigError as error:
        if "does not run" not in error.problems[0].message:
            raise
        # a row that fails: nothing would be published with it, all else would without it
    view = replace(bucket_view(chosen.node, list(known.values()), {}), key="id")
    band = expression_sql(view.coded[0], view, DUCKDB)
    labels = labels_of(lambda where: engine.query(f"SELECT id, {band} FROM grid {where}"))
    absent = chosen.candidate.absent
    found = {n: None if label in absent else label for n, label in labels.items()}
    return Outcome(said, found, str(chosen.candidate.spec))


def labels_of(query: Callable[[str], Sequence[tuple[Any, ...]]]) -> dict[int, str | None]:
    """What an engine says of each row, but for those on which it fails.

    ``query`` gets a WHERE, or nothing.
    """
    try:
        return dict(query(""))  # type: ignore[arg-type]
    except Exception:
        found: dict[int, str | None] = {}
        for number, *_ in rows():
            with suppress(Exception):  # each engine has errors of its own
                found.update(dict(query(f"WHERE id = {number}")))  # type: ignore[arg-type]
        return found


@dataclass(frozen=True)
class Held:
    """Imports beside the engine whose dialect they are in.

    ``wrong`` are those called equal that are not. Counts are by what is said, with the
    types of the relation and without; ``rows`` were compared of those called equal.
    """

    typed: Counter[str]
    untyped: Counter[str]
    wrong: list[str]
    rows: int

    def __str__(self) -> str:
        shares = [
            ", ".join(f"{said} {n}" for said, n in sorted(counts.items()))
            for counts in (self.typed, self.untyped)
        ]
        return f"with types: {shares[0]}; without: {shares[1]}; {self.rows:,} rows"


# Rows with a number that leaves 64 bits in some sums: there an import may fail.
_LARGE = {n for n, *row in rows() if any(isinstance(x, int) and abs(x) >= 2**53 for x in row)}


def hold(
    engine: DuckDBEngine,
    query: Callable[[str], Sequence[tuple[Any, ...]]],
    dialect: str,
    count: int,
    seed: int = 0,
) -> Held:
    """Import random CASEs, and ask the engine itself; what it refuses is no CASE of its own."""
    load(engine)
    cases, held = Cases(dialect, seed), Held(Counter(), Counter(), [], 0)
    while held.typed.total() < count:
        case = cases.case()
        there = labels_of(partial(_asked, query, case))
        if not there:
            continue
        outcome = imported(engine, case, dialect)
        held.typed[outcome.said] += 1
        held.untyped[imported(engine, case, dialect, typed=False).said] += 1
        if outcome.said != "equal":
            continue
        both = set(there) & set(outcome.labels)
        failed = set(there) - set(outcome.labels) - _LARGE
        if failed and dialect == "sqlite":  # the others fail, too, or did not try
            held.wrong.append(f"{case}\n{outcome.spec}\nfails on rows {sorted(failed)[:3]}")
        held = replace(held, rows=held.rows + len(both))
        differ = [(n, there[n], outcome.labels[n]) for n in both if there[n] != outcome.labels[n]]
        if differ:
            held.wrong.append(f"{case}\n{outcome.spec}\n{differ[:3]}")
    return held


def _asked(
    query: Callable[[str], Sequence[tuple[Any, ...]]], case: str, where: str
) -> Sequence[tuple[Any, ...]]:
    return query(f"SELECT id, {case} AS band FROM grid {where}")
