"""The proof that a published view says what the tree says.

(a) In the engine, on all rows: the view against an independent rendering of
the same tree, flat, with every leaf's full conditions.
(b) On edge cases: for each leaf a witness row, one feature at a time moved over
every cut and its neighbours in the column's own type, NULL, NaN and both
infinities; the same SELECT over these rows against the pure-Python reference.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np

from segkit.core.columns import ColumnType, Kind
from segkit.core.dialect import identifier, literal
from segkit.core.emit import flat_case
from segkit.core.evaluate import evaluate, matches
from segkit.core.rules import rules_of
from segkit.core.select import CodedColumn, ViewSelect, operands_guarded, select_sql
from segkit.core.tree import Below, splits
from segkit.engines.base import Engine

_PROBE = "segkit_probe"
_PROBE_KEY = "segkit_probe_id"
_INTEGER_BITS = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64, "HUGEINT": 128}
_MAX_PROBES = 200_000


@dataclass(frozen=True)
class Parity:
    """Rows and edge cases that were compared, and how many of them differ."""

    rows: int
    rows_differ: int
    cases: int
    cases_differ: int

    @property
    def holds(self) -> bool:
        return self.rows_differ == 0 and self.cases_differ == 0


def check_parity(engine: Engine, view: ViewSelect, view_sql: str, base_sql: str) -> Parity:
    """Compare the published view ``view_sql`` with the tree, on every row of ``base_sql``."""
    rows, rows_differ = _compare_rows(engine, view, view_sql, base_sql)
    cases, cases_differ = _compare_probes(engine, view)
    return Parity(rows, rows_differ, cases, cases_differ)


def _compare_rows(
    engine: Engine, view: ViewSelect, view_sql: str, base_sql: str
) -> tuple[int, int]:
    key = identifier(view.key)
    operands = operands_guarded(view)
    wanted = [f"{key} AS k", *(f"{identifier(n)} AS p{i}" for i, n in enumerate(view.passed))]
    differs = ["v.k IS NULL", "b.k IS NULL"]
    differs += [f"v.p{i} IS DISTINCT FROM b.p{i}" for i in range(len(view.passed))]
    published = list(wanted)
    for i, coded in enumerate(view.coded):
        rules = rules_of(coded.case.tree)
        texts = {"c": str, "n": _text_of(coded, "name"), "i": _text_of(coded, "id")}
        outputs = {"c": coded.code, "n": coded.name_column, "i": coded.id_column}
        for letter, column in outputs.items():
            if column:
                wanted.append(f"{flat_case(rules, operands, texts[letter])} AS {letter}{i}")
                published.append(f"{identifier(column)} AS {letter}{i}")
                differs.append(f"v.{letter}{i} IS DISTINCT FROM b.{letter}{i}")
                differs.append(f"b.{letter}{i} IS NULL")
    found = engine.query(
        f"SELECT count(*), count(*) FILTER (WHERE {' OR '.join(differs)}) "
        f"FROM (SELECT {', '.join(published)} FROM {view_sql}) AS v "
        f"FULL JOIN (SELECT {', '.join(wanted)} FROM {base_sql}) AS b ON v.k = b.k"
    )
    return int(found[0][0]), int(found[0][1])


def _text_of(coded: CodedColumn, attribute: str) -> Any:
    return lambda code: literal(getattr(coded.case.outcome(code), attribute))


def _compare_probes(engine: Engine, view: ViewSelect) -> tuple[int, int]:
    tested = list(view.tested)
    rows = list(dict.fromkeys(_probe_rows(view)))[:_MAX_PROBES]
    if not tested or not rows:
        return 0, 0
    columns = list(dict.fromkeys([*view.passed, *tested]))
    types = [f"{identifier(name)} {view.columns[name].type.sql}" for name in columns]
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE {_PROBE} ({_PROBE_KEY} INTEGER, {', '.join(types)})"
    )
    names = ", ".join([_PROBE_KEY, *(identifier(name) for name in tested)])
    for start in range(0, len(rows), 1000):
        values = ", ".join(
            f"({start + i}, {', '.join('NULL' if v is None else literal(v) for v in row)})"
            for i, row in enumerate(rows[start : start + 1000])
        )
        engine.execute(f"INSERT INTO {_PROBE} ({names}) VALUES {values}")
    codes = ", ".join(identifier(coded.code) for coded in view.coded)
    probed = replace(view, key=_PROBE_KEY)
    probes = f"({select_sql(probed, _PROBE)}) AS probed"
    got = {n: tuple(c) for n, *c in engine.query(f"SELECT {_PROBE_KEY}, {codes} FROM {probes}")}
    stored = engine.query(f"SELECT {names} FROM {_PROBE}")
    engine.execute(f"DROP TABLE {_PROBE}")
    differ = 0
    for number, *found in stored:
        row = dict(zip(tested, found, strict=True))
        expected = tuple(evaluate(coded.case.tree, row) for coded in view.coded)
        differ += got.get(number) != expected
    return len(stored), differ


def _probe_rows(view: ViewSelect) -> Iterator[tuple[str | None, ...]]:
    """Rows as texts (NULL is None), one value a tested column."""
    tested = list(view.tested)
    values = {name: _edge_values(view, name) for name in tested}
    for coded in view.coded:
        for rule in rules_of(coded.case.tree):
            conditions = {condition.column: condition for condition in rule.conditions}
            witness: dict[str, str | None] = {}
            for name in tested:
                condition = conditions.get(name)
                fitting = (
                    text
                    for text, value in values[name].items()
                    if condition is None or matches(condition, value)
                )
                witness[name] = next(fitting, None)
            for name in dict.fromkeys(splits_columns(coded)):
                for text in values[name]:
                    yield tuple((text if n == name else witness[n]) for n in tested)


def splits_columns(coded: CodedColumn) -> list[str]:
    return [split.column for split in splits(coded.case.tree)]


def _edge_values(view: ViewSelect, column: str) -> dict[str | None, Any]:
    """Text -> value: every cut and its neighbours in the column's own type, and the odd ones."""
    type_ = view.columns[column].type
    cuts = sorted(
        {
            split.test.cut
            for coded in view.coded
            for split in splits(coded.case.tree)
            if split.column == column and isinstance(split.test, Below)
        }
    )
    values: dict[str | None, Any] = {}
    for cut in cuts:
        for value in _neighbours(cut, type_):
            values[_text(value)] = value
    if not cuts:
        values["0"] = 0
    values[None] = None
    if type_.holds_non_finite:
        values |= {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
    return values


def _neighbours(cut: Decimal, type_: ColumnType) -> list[Any]:
    if type_.kind is Kind.DOUBLE:
        at = float(cut)
        return [math.nextafter(at, -math.inf), at, math.nextafter(at, math.inf)]
    if type_.kind is Kind.FLOAT:
        single = np.float32(float(cut))
        around = [np.nextafter(single, np.float32(end)) for end in (-np.inf, np.inf)]
        return [float(value) for value in (around[0], single, around[1]) if np.isfinite(value)]
    step = Decimal(1).scaleb(-(type_.scale or 0))
    low = (cut / step).to_integral_value() * step
    low_end, high_end = _range(type_)
    return [value for value in (low - step, low, low + step) if low_end <= value <= high_end]


def _range(type_: ColumnType) -> tuple[Decimal, Decimal]:
    if type_.kind is Kind.DECIMAL:
        step = Decimal(1).scaleb(-(type_.scale or 0))
        top = Decimal(10) ** ((type_.precision or 18) - (type_.scale or 0)) - step
        return -top, top
    name = type_.sql.upper()
    unsigned = name.startswith("U")
    bits = _INTEGER_BITS.get(name.removeprefix("U"), 64)
    if unsigned:
        return Decimal(0), Decimal(2) ** bits - 1
    return -(Decimal(2) ** (bits - 1)), Decimal(2) ** (bits - 1) - 1


def _text(value: Any) -> str:
    return repr(value) if isinstance(value, float) else format(value, "f")
