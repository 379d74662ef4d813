"""Conditions asked of the rows: a cast that no type forbids can fail on a value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from segkit.core.columns import Column
from segkit.core.conjunctions import TooComplex, can_hold
from segkit.core.predicate import bound, steps
from segkit.dialects.emit import predicate_sql
from segkit.dialects.phrases import phrases
from segkit.dialects.select import guarded
from segkit.dialects.spelling import identifier
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.errors import DataError, EngineError, Label, Problem
from segkit.project.nodes import BucketSet, Segmentation, SqlCondition

_WITH_ZONE = "TIMESTAMP WITH TIME ZONE"
_ZONED = re.compile(r"TIMESTAMPTZ\s*'[^']*(?:Z|[+-]\d\d(?::?\d\d)?)'", re.IGNORECASE)


def check_where(
    engine: Reader, node: BucketSet | Segmentation, relation_sql: str, columns: Sequence[Column]
) -> None:
    """Raise DataError (SK206) if ``where`` fails on a row of the relation."""
    if node.where is not None:
        _check(engine, [node.where], relation_sql, columns)


def check_rules_run(
    engine: Reader, node: BucketSet, rows_sql: str, columns: Sequence[Column]
) -> None:
    """Raise DataError (SK206) for each rule that fails on one of the rows."""
    _check(engine, node.conditions, rows_sql, columns)


def condition_warnings(
    node: BucketSet | Segmentation, columns: Sequence[Column], dialect: Dialect
) -> Iterator[Problem]:
    """Warn of conditions that read the clock of who asks, or hold for nobody."""
    yield from _zone_warnings(node, columns, dialect)
    yield from _never_warnings(node, columns)


def _zone_warnings(
    node: BucketSet | Segmentation, columns: Sequence[Column], dialect: Dialect
) -> Iterator[Problem]:
    """Warn of conditions that hold for other rows in another time zone of who reads the view."""
    zoned = {c.name.casefold(): c.name for c in columns if c.type.sql.upper() == _WITH_ZONE}
    for condition in _all_conditions(node):
        text = condition.predicate.text
        read = [n.casefold() for n in condition.predicate.columns if n.casefold() in zoned]
        if not read or _is_null_test(text) or not re.search(r"['(:]", _ZONED.sub("", text)):
            continue
        name = zoned[read[0]]
        yield Problem(
            "SK212",
            f"what `{text}` says of `{name}` depends on the time zone of who reads the view",
            (Label(condition.at(0, len(text))),),
            "compare it with a time that has its zone, TIMESTAMPTZ '2026-01-31 00:00:00+00', or "
            "make a TIMESTAMP or a DATE of it in the model: "
            f"{identifier(name, dialect)} AT TIME ZONE 'UTC' AS {identifier(name, dialect)}",
            severity="warning",
        )


def _never_warnings(node: BucketSet | Segmentation, columns: Sequence[Column]) -> Iterator[Problem]:
    """Warn of conditions that contradict themselves: they are TRUE for no row at all."""
    by_name = {column.name: column for column in columns}
    for condition in _all_conditions(node):
        formula = bound(condition.predicate, by_name).formula
        try:
            never = formula is not None and not can_hold(formula, steps(by_name))
        except TooComplex:
            never = False
        if never:
            text = condition.predicate.text
            yield Problem(
                "SK213",
                f"`{text}` never holds, whatever the row",
                (Label(condition.at(0, len(text))),),
                "look at its ends, and at AND where OR is meant",
                severity="warning",
            )


def _is_null_test(text: str) -> bool:
    return re.fullmatch(r"\s*\S+\s+IS\s+(NOT\s+)?NULL\s*", text, re.IGNORECASE) is not None


def _all_conditions(node: BucketSet | Segmentation) -> Iterator[SqlCondition]:
    if node.where is not None:
        yield node.where
    if isinstance(node, BucketSet):
        yield from node.conditions


def _check(
    engine: Reader, conditions: Sequence[SqlCondition], rows_sql: str, columns: Sequence[Column]
) -> None:
    by_name = {column.name: column for column in columns}
    asked = []
    for condition in conditions:
        predicate = bound(condition.predicate, by_name)
        if predicate.formula is None:  # a simple one is a comparison: it cannot fail
            sql = predicate_sql(predicate, guarded(predicate.columns, by_name, engine.dialect))
            asked.append((condition, f"CAST(({sql}) AS BOOLEAN)"))
    if not asked:
        return
    try:
        _ask(engine, [sql for _, sql in asked], rows_sql)
    except EngineError as error:
        problems = [found for pair in asked for found in _failure(engine, *pair, rows_sql)]
        if not problems:  # none fails on its own
            raise error
        raise DataError(problems) from error


def _ask(engine: Reader, asked: Sequence[str], rows_sql: str) -> None:
    """Ask all of every row."""
    held = phrases(engine.dialect).holding(asked)
    engine.query(f"SELECT sum({held}) FROM {rows_sql}")


def _failure(
    engine: Reader, condition: SqlCondition, asked: str, rows_sql: str
) -> Iterator[Problem]:
    try:
        _ask(engine, [asked], rows_sql)
    except EngineError as error:
        yield Problem(
            "SK206",
            f"this condition fails on the data: {error.problems[0].message}",
            (Label(condition.at(0, len(condition.predicate.text))),),
            "compare a column with constants of its own type, or use TRY_CAST: it gives NULL where "
            "a value cannot be cast",
        )
