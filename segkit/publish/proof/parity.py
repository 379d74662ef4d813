"""The proof that a published view says what its cases say.

(a) In the engine, on all rows: the view against an independent rendering of
the same cases, flat, with every leaf's full conditions; on the same row where
the engine keeps of the view what it keeps of the SELECT that is asked.
(b) On edge cases: for each leaf a witness row, one feature at a time moved over
every cut and its neighbours in the column's own type, NULL, NaN, both
infinities, an unseen level; the same SELECT over these rows against the
pure-Python reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from segkit.core.case import Rules, codes_of
from segkit.core.columns import ColumnType, Kind
from segkit.core.predicate import Predicate
from segkit.dialects.emit import Operand, Operands
from segkit.dialects.flat import flat_sql, step_by_step_sql
from segkit.dialects.phrases import phrases
from segkit.dialects.select import SCORE_TYPE, CodedColumn, ViewSelect, operands_guarded, select_sql
from segkit.dialects.spelling import identifier, literal
from segkit.dialects.table import Dialect
from segkit.engines.base import Workbench
from segkit.errors import EngineError
from segkit.publish.proof.edge_values import Text, python_value
from segkit.publish.proof.one_scan import NO_SCAN, NOTHING, Figures, Scan, scan_view
from segkit.publish.proof.probes import probe_rows
from segkit.publish.proof.truths import IMPOSSIBLE, Codes, Rows

PROBE = "segkit_probe"
PROBE_KEY = "segkit_probe_id"
_SAME = "segkit_same"
_SCORE = "segkit_score_{}"
_VALUE = "segkit_value_{}"
MAX_PROBES = 200_000
_MANY_RULES = 100


@dataclass(frozen=True)
class Parity:
    """Rows and edge cases that were compared, and how many of them differ."""

    rows: int
    rows_differ: int
    cases: int
    cases_differ: int
    scan: Scan = field(default=NO_SCAN, compare=False)

    @property
    def holds(self) -> bool:
        return self.rows_differ == 0 and self.cases_differ == 0


def check_parity(
    engine: Workbench,
    view: ViewSelect,
    view_sql: str,
    base_sql: str,
    *,
    relation_sql: str | None = None,
    figures: Figures = NOTHING,
) -> Parity:
    """Compare the published view ``view_sql`` with its cases, on every row of ``base_sql``.

    ``base_sql`` holds the rows of ``relation_sql`` that ``view.where`` lets in. A view that the
    engine keeps as the very SELECT of the cases is compared as it is scanned for ``figures``;
    any other is joined with its rows.
    """
    scan = scan_view(engine, view, base_sql, figures)
    select = select_sql(view, relation_sql or base_sql, engine.dialect)
    rows, differ = scan.rows, 0
    is_proved = scan.agrees and _is_kept_as(engine, view_sql, select)
    if not (is_proved and _lets_in(engine, view, view_sql, base_sql, rows)):
        rows, differ = _compare_rows(engine, view, view_sql, base_sql)
    cases, cases_differ = _compare_probes(engine, view)
    return Parity(rows, differ, cases, cases_differ, scan)


# (a) all rows -----------------------------------------------------------------------------------


def _is_kept_as(engine: Workbench, view_sql: str, select: str) -> bool:
    """Whether the engine keeps of the view what it keeps of this SELECT."""
    kept = engine.view_text(view_sql)
    if kept is None:
        return False
    engine.execute(f"CREATE TEMP VIEW {_SAME} AS {select}")
    try:
        return kept == engine.view_text(_SAME)
    finally:
        engine.execute(f"DROP VIEW {_SAME}")


def _lets_in(engine: Workbench, view: ViewSelect, view_sql: str, base_sql: str, both: int) -> bool:
    """Whether the view has all rows of the base and no others, if ``both`` have so many."""
    if view.where is None:  # then it reads them as they are
        return True
    counts = (engine.query(f"SELECT count(*) FROM {sql}")[0][0] for sql in (base_sql, view_sql))
    return all(count == both for count in counts)


def _compare_rows(
    engine: Workbench, view: ViewSelect, view_sql: str, base_sql: str
) -> tuple[int, int]:
    key = identifier(view.key, engine.dialect)
    read = {
        name: Operand(_VALUE.format(i), view.columns[name].type)
        for i, name in enumerate(view.tested)
    }
    known = operands_guarded(view, engine.dialect)  # what is not finite made NULL, once
    guards = [f"{known[name].sql} AS {operand.sql}" for name, operand in read.items()]
    scored = [
        f"{flat_sql(coded.case.decision, read, str, engine.dialect)} AS {_SCORE.format(i)}"
        for i, coded in enumerate(view.direct)
    ]
    scores = {
        coded.code: Operand(_SCORE.format(i), SCORE_TYPE) for i, coded in enumerate(view.direct)
    }
    wanted = [
        f"{key} AS k",
        *(f"{identifier(n, engine.dialect)} AS p{i}" for i, n in enumerate(view.passed)),
    ]
    published = list(wanted)
    differs = ["v.k IS NULL", "b.k IS NULL"]
    differs += [_differs(f"v.p{i}", f"b.p{i}", view, n) for i, n in enumerate(view.passed)]
    # A view that publishes what it tests is read once, so that the rules see the very same values:
    # a sum of doubles is another one each time that the relation below it is read.
    reads_itself = set(view.tested) <= set(view.passed)
    rendered, where = (published, "v") if reads_itself else (wanted, "b")
    for i, coded in enumerate(view.coded):
        for letter, column, text_of in _texts(coded, engine.dialect):
            rules = _flat(coded, {**read, **scores}, scores, text_of, engine.dialect)
            rendered.append(f"{rules} AS f{letter}{i}")
            published.append(f"{identifier(column, engine.dialect)} AS {letter}{i}")
            there = f"{where}.f{letter}{i}"
            differs.append(f"{there} IS NULL")
            there = f"nullif({there}, 0)" if coded.is_score else there
            differs.append(f"v.{letter}{i} IS DISTINCT FROM {there}")
    sources = {"v": view_sql, "b": base_sql}
    sources[where] = (
        f"(SELECT {', '.join(['*', *scored])} FROM "
        f"(SELECT {', '.join(['*', *guards])} FROM {sources[where]}) AS guarded) AS scored"
    )
    found = engine.query(
        f"SELECT count(*), count(*) FILTER (WHERE {' OR '.join(differs)}) "
        f"FROM (SELECT {', '.join(published)} FROM {sources['v']}) AS v "
        f"FULL JOIN (SELECT {', '.join(wanted)} FROM {sources['b']}) AS b ON v.k = b.k"
    )
    return int(found[0][0]), int(found[0][1])


def _flat(
    coded: CodedColumn,
    read: Operands,
    scores: Operands,
    text_of: Callable[[int], str],
    dialect: Dialect,
) -> str:
    """What a code stands for; conditions are read once, where the scores are made."""
    decision = coded.case.decision
    if coded.code not in scores:
        return flat_sql(decision, read, text_of, dialect)
    codes = sorted(codes_of(decision))
    whens = " ".join(f"WHEN {code} THEN {text_of(code)}" for code in codes)
    return f"CASE {scores[coded.code].sql} {whens} END"


def _differs(one: str, other: str, view: ViewSelect, column: str) -> str:
    """Whether two values of a column differ; sums of doubles do in their last digits."""
    differs = f"{one} IS DISTINCT FROM {other}"
    if view.columns[column].type.kind in (Kind.DOUBLE, Kind.FLOAT):
        near = f"coalesce(abs({one} - {other}) <= 1e-9 * abs({other}), FALSE)"
        return f"({differs} AND NOT {near})"
    return differs


def _texts(coded: CodedColumn, dialect: Dialect) -> Iterator[tuple[str, str, Any]]:
    """A letter, the published column, and what it holds for a code."""
    yield "c", coded.code, str
    for column, attribute in coded.texts:

        def text_of(code: int, attribute: str = attribute) -> str:
            return literal(getattr(coded.case.outcome(code), attribute), dialect)

        yield attribute[0], column, text_of


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
