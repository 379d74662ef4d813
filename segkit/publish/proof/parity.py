"""The proof that a published view says what its cases say.

(a) In the engine, on all rows: the view against an independent rendering of
the same cases, flat, with every leaf's full conditions.
(b) On edge cases: for each leaf a witness row, one feature at a time moved over
every cut and its neighbours in the column's own type, NULL, NaN, both
infinities, an unseen level; the same SELECT over these rows against the
pure-Python reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice

from segkit.core.case import Rules, codes_of
from segkit.core.columns import Column, ColumnType, Kind
from segkit.core.predicate import Predicate
from segkit.dialects.emit import Operand, Operands
from segkit.dialects.flat import flat_sql, step_by_step_sql
from segkit.dialects.phrases import as_double, as_text, phrases
from segkit.dialects.select import (
    SCORE_TYPE,
    CodedColumn,
    ViewSelect,
    guarded,
    operands_guarded,
    select_beside,
    select_sql,
)
from segkit.dialects.spelling import identifier, literal
from segkit.dialects.table import Dialect
from segkit.engines.base import Workbench
from segkit.errors import EngineError
from segkit.publish.proof.edge_values import Text, python_value
from segkit.publish.proof.probes import probe_rows
from segkit.publish.proof.truths import IMPOSSIBLE, Codes, Rows
from segkit.publish.relations import aliased

PROBE = "segkit_probe"
PROBE_KEY = "segkit_probe_id"
_SCORE = "segkit_score_{}"
_VALUE = "segkit_value_{}"
_FINITE = "segkit_finite_{}"
_CODE = Column("code", SCORE_TYPE)
MAX_PROBES = 200_000
_MANY_RULES = 100


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


def check_parity(engine: Workbench, view: ViewSelect, view_sql: str, base_sql: str) -> Parity:
    """Compare the published view ``view_sql`` with its cases, on every row of ``base_sql``.

    ``base_sql`` holds the rows that ``view.where`` lets in.
    """
    rows, rows_differ = _compare_rows(engine, view, view_sql, base_sql)
    cases, cases_differ = _compare_probes(engine, view)
    return Parity(rows, rows_differ, cases, cases_differ)


# (a) all rows -----------------------------------------------------------------------------------


def _compare_rows(
    engine: Workbench, view: ViewSelect, view_sql: str, base_sql: str
) -> tuple[int, int]:
    """Rows of the base, and how many differ.

    A view that publishes what it tests is held against its cases row by row, and what it
    passes against the base. Of another one its SELECT is held against the cases, with what
    it tests beside it, and what it publishes against that. No two relations are joined: a
    key for each customer on both sides would cost more than all the rest.
    """
    dialect = engine.dialect
    passed = {view.key: view.columns[view.key], **{n: view.columns[n] for n in view.passed}}
    if set(view.tested) <= set(view.passed):
        values, proved, other = {n: n for n in view.tested}, view_sql, base_sql
        texts: list[str] = []
    else:
        values = {name: _VALUE.format(i) for i, name in enumerate(view.tested)}
        proved, other = f"({select_beside(view, values, base_sql, dialect)})", view_sql
        passed |= {coded.code: _CODE for coded in view.coded}
        texts = [_other_texts(coded, dialect) for coded in view.coded]
    ours = _checks(passed, dialect)
    differing = _differing(view, dialect, with_texts=not texts)
    differs = f"count(*) FILTER (WHERE {' OR '.join(differing)})"
    rows = _with_scores(view, values, proved, dialect)
    (n, differ, *found) = engine.query(f"SELECT {', '.join(['count(*)', differs, *ours])} {rows}")[
        0
    ]
    (m, wrong, *expected) = engine.query(
        f"SELECT count(*), count(*) FILTER (WHERE {' OR '.join(texts or ['FALSE'])}), "
        f"{', '.join(ours)} FROM {aliased(other, 'segkit_other')}"
    )[0]
    differ = max(int(differ), int(wrong)) + abs(n - m)
    same = all(map(_is_near, found[::3], expected[::3], expected[2::3]))
    counted = found[1::3] == expected[1::3]
    return int(n if other == view_sql else m), differ or int(not (same and counted))


def _with_scores(view: ViewSelect, values: Mapping[str, str], proved: str, dialect: Dialect) -> str:
    """FROM the rows, with what the cases say of the values, each with its whole conditions."""
    finite = guarded(values.values(), {v: view.columns[n] for n, v in values.items()}, dialect)
    read = {n: Operand(_FINITE.format(i), view.columns[n].type) for i, n in enumerate(values)}
    guards = [f"{finite[values[n]].sql} AS {operand.sql}" for n, operand in read.items()]
    scored = [
        f"{flat_sql(coded.case.decision, read, str, dialect)} AS {_SCORE.format(i)}"
        for i, coded in enumerate(view.direct)
    ]
    guarded_sql = f"SELECT {', '.join(['*', *guards])} FROM {proved} AS segkit_rows"
    scored_sql = f"SELECT {', '.join(['*', *scored])} FROM ({guarded_sql}) AS segkit_guarded"
    scores = {c.code: Operand(_SCORE.format(i), SCORE_TYPE) for i, c in enumerate(view.direct)}
    combined = [
        f"{flat_sql(coded.case.decision, {**read, **scores}, str, dialect)}"
        f" AS {_SCORE.format(len(view.direct) + i)}"
        for i, coded in enumerate(view.combined)
    ]
    return (
        f"FROM (SELECT {', '.join(['*', *combined])} FROM ({scored_sql}) AS segkit_scored)"
        " AS segkit_proved"
    )


def _differing(view: ViewSelect, dialect: Dialect, *, with_texts: bool) -> Iterator[str]:
    """Whether a row has another code, or text, than the cases say."""
    for i, coded in enumerate((*view.direct, *view.combined)):
        score, code = _SCORE.format(i), identifier(coded.code, dialect)
        yield f"{score} IS NULL"
        yield f"{code} IS DISTINCT FROM {f'nullif({score}, 0)' if coded.is_score else score}"
        if with_texts:
            yield _other_texts(coded, dialect)


def _other_texts(coded: CodedColumn, dialect: Dialect) -> str:
    """Whether a published text is not what its code stands for."""
    code, codes = identifier(coded.code, dialect), sorted(codes_of(coded.case.decision))
    said = ["FALSE"]
    for column, attribute in coded.texts:
        texts = [literal(getattr(coded.case.outcome(c), attribute), dialect) for c in codes]
        whens = " ".join(f"WHEN {c} THEN {t}" for c, t in zip(codes, texts, strict=True))
        said.append(f"{identifier(column, dialect)} IS DISTINCT FROM CASE {code} {whens} END")
    return " OR ".join(said)


def _checks(columns: Mapping[str, Column], dialect: Dialect) -> list[str]:
    """Three figures of each column: a sum, how many are known, and how large the sum may be.

    Sums of doubles differ in their last digits from reading to reading, so sums are near.
    """
    checks = []
    for name, value in guarded(columns, columns, dialect).items():
        type_ = columns[name].type
        number = as_double(value.sql, dialect)
        if not type_.is_numeric:
            number = as_double(f"length({as_text(value.sql, dialect)})", dialect)
        checks += [f"sum({number})", f"count({identifier(name, dialect)})", f"sum(abs({number}))"]
    return checks


def _is_near(one: float | None, other: float | None, size: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= 1e-9 * (size or 0.0)


# (b) edge cases ---------------------------------------------------------------------------------


def _compare_probes(engine: Workbench, view: ViewSelect) -> tuple[int, int]:
    rows = list(islice(_distinct(probe_rows(view, few=is_large(view))), MAX_PROBES))
    if not view.tested or not rows:
        return 0, 0
    codes = ", ".join(identifier(coded.code, engine.dialect) for coded in view.coded)
    probed = replace(view, key=PROBE_KEY, where=None)
    probes = f"({select_sql(probed, PROBE, engine.dialect)}) AS probed"
    with probe_table(engine, view, rows):
        expected = _expected_codes(engine, view)
        got = {n: tuple(c) for n, *c in engine.query(f"SELECT {PROBE_KEY}, {codes} FROM {probes}")}
    differ = sum(
        tuple(code or 0 for code in got[number]) != wanted for number, wanted in expected.items()
    )
    return len(expected), differ


def with_codes(
    engine: Workbench | None, view: ViewSelect, rows: Sequence[tuple[Text, ...]]
) -> list[tuple[tuple[Text, ...], tuple[int, ...]]]:
    """Return edge cases with the code that each coded column has for them, by the reference.

    ``engine`` judges conditions that Python cannot; None where there are none.
    """
    if engine is None:
        values = {
            name: [python_value(row[place], view.columns[name].type) for row in rows]
            for place, name in enumerate(view.tested)
        }
        codes = _codes(view, Rows(values, len(rows)))
        return [(row, code) for row, code in zip(rows, codes, strict=True) if code]
    with probe_table(engine, view, rows):
        expected = _expected_codes(engine, view)
    return [(rows[number], codes) for number, codes in sorted(expected.items())]


def is_large(view: ViewSelect) -> bool:
    """True where every edge beside every way to a rule would be too many rows."""
    rules = [coded.case.decision for coded in view.coded]
    return sum(len(d.rules) for d in rules if isinstance(d, Rules)) > _MANY_RULES


def _distinct(rows: Iterator[tuple[Text, ...]]) -> Iterator[tuple[Text, ...]]:
    seen: set[tuple[Text, ...]] = set()
    for row in rows:
        if row not in seen:
            seen.add(row)
            yield row


@contextmanager
def probe_table(
    engine: Workbench, view: ViewSelect, rows: Sequence[tuple[Text, ...]]
) -> Iterator[None]:
    """The rows as a table, numbered from 0, with the types of the view's columns."""
    columns = list(dict.fromkeys([*view.passed, *view.tested]))
    types = [
        f"{identifier(name, engine.dialect)} {view.columns[name].type.sql}" for name in columns
    ]
    engine.execute(f"DROP TABLE IF EXISTS {PROBE}")
    engine.execute(f"CREATE TEMP TABLE {PROBE} ({PROBE_KEY} INTEGER, {', '.join(types)})")
    names = ", ".join([PROBE_KEY, *(identifier(name, engine.dialect) for name in view.tested)])
    for start in range(0, len(rows), 1000):
        values = ", ".join(
            f"({', '.join([str(start + i), *(_written(v, engine.dialect) for v in row)])})"
            for i, row in enumerate(rows[start : start + 1000])
        )
        engine.execute(f"INSERT INTO {PROBE} ({names}) VALUES {values}")
    try:
        yield
    finally:
        engine.execute(f"DROP TABLE {PROBE}")


def _expected_codes(engine: Workbench, view: ViewSelect) -> dict[int, tuple[int, ...]]:
    """The codes of each edge case by the pure-Python reference, which reads what was stored."""
    tested = list(view.tested)
    asked = _asked(view)
    operands: Operands = operands_guarded(view, engine.dialect)
    truths = [f"({step_by_step_sql(predicate, operands)})" for predicate in asked]
    if truths:
        _delete_failing(engine, truths)
    read = [
        _as_python(identifier(name, engine.dialect), view.columns[name].type) for name in tested
    ]
    found = engine.query(f"SELECT {', '.join([PROBE_KEY, *read, *truths])} FROM {PROBE}")
    if not found:
        return {}
    numbers, *columns = zip(*found, strict=True)
    values = dict(zip(tested, columns, strict=False))
    told = dict(zip(asked, columns[len(tested) :], strict=True))
    codes = _codes(view, Rows(values, len(numbers), told))
    return {number: code for number, code in zip(numbers, codes, strict=True) if code}


def _delete_failing(engine: Workbench, truths: Sequence[str]) -> None:
    """Delete the rows of which a condition is an error: a cast of an invented text can fail."""
    attempted = phrases(engine.dialect).attempted
    if attempted is not None:
        fails = (f"{attempted(f'coalesce(CAST({t} AS INTEGER), 2)')} IS NULL" for t in truths)
        engine.execute(f"DELETE FROM {PROBE} WHERE {' OR '.join(fails)}")
        return
    ((least, most),) = engine.query(f"SELECT min({PROBE_KEY}), max({PROBE_KEY}) FROM {PROBE}")
    halves = [(least, most)] if least is not None else []
    while halves:
        low, high = halves.pop()
        where = f"WHERE {PROBE_KEY} BETWEEN {low} AND {high}"
        try:
            counts = ", ".join(f"count({truth})" for truth in truths)
            engine.query(f"SELECT {counts} FROM {PROBE} {where}")
        except EngineError:
            if low == high:
                engine.execute(f"DELETE FROM {PROBE} {where}")
            else:
                middle = (low + high) // 2
                halves += [(low, middle), (middle + 1, high)]


def _as_python(sql: str, type_: ColumnType) -> str:
    """The value where Python compares it; of other types (a time needs pytz) a text will do."""
    compared = type_.is_numeric or type_.kind in (Kind.TEXT, Kind.BOOLEAN)
    return sql if compared else f"CAST({sql} AS VARCHAR)"


def _asked(view: ViewSelect) -> list[Predicate]:
    """Predicates that Python cannot judge: the engine says what each is, apart from the view."""
    return [p for p in dict.fromkeys(view.predicates) if p.formula is None]


def _codes(view: ViewSelect, rows: Rows) -> Iterator[tuple[int, ...] | None]:
    """The codes of each row; None for an invented one on which two rules hold."""
    codes: dict[str, Codes] = {}
    for coded in (*view.direct, *view.combined):
        codes[coded.code] = rows.codes(coded.case.decision, codes)
    for row in zip(*(codes[coded.code].tolist() for coded in view.coded), strict=True):
        yield None if IMPOSSIBLE in row else row


def _written(text: str | None, dialect: Dialect) -> str:
    return "NULL" if text is None else literal(text, dialect)
