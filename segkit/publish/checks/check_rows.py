"""The rows that a node is made of: their keys, and conditions that are asked of all of them.

A cast that no type forbids can fail on a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

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
from segkit.learn.data.key_counts import count_keys
from segkit.project.nodes import BucketSet, Segmentation, SqlCondition

_WITH_ZONE = "TIMESTAMP WITH TIME ZONE"
_ZONED = re.compile(r"TIMESTAMPTZ\s*'[^']*(?:Z|[+-]\d\d(?::?\d\d)?)'", re.IGNORECASE)


def check_keys(
    engine: Reader,
    node: Segmentation | BucketSet,
    relation_sql: str,
    counted: set[tuple[str, str]] | None = None,
) -> None:
    """Raise DataError if the key has NULLs or duplicates: then nothing can be proved.

    ``counted`` are rows and their keys that were so before, and takes in these.
    """
    key = identifier(node.key, engine.dialect)
    if counted is not None and (relation_sql, key) in counted:
        return
    rows, known, distinct = count_keys(engine, key, relation_sql)
    problems = []
    if known < rows:
        message = (
            f"{rows - known:,} of {rows:,} rows of {node.relation} "
            f"{'has' if rows - known == 1 else 'have'} no `{node.key}`"
        )
        hint = "every customer needs a key: leave these rows out in the model"
        problems.append(Problem("SK304", message, (Label(node.key_place),), hint))
    if distinct < known:
        message = (
            f"`{node.key}` is not unique in {node.relation}: "
            f"{known - distinct:,} of {rows:,} rows repeat a key"
        )
        hint = "make one row a customer in the model, for example with GROUP BY"
        problems.append(Problem("SK305", message, (Label(node.key_place),), hint))
    if problems:
        raise DataError(problems)
    if counted is not None:
        counted.add((relation_sql, key))


def emptiness(engine: Reader, node: Segmentation | BucketSet, rows_sql: str) -> tuple[Problem, ...]:
    """A warning if there is nobody: such a view is right, and empty."""
    if engine.query(f"SELECT 1 FROM {rows_sql} LIMIT 1"):
        return ()
    kept = " that `where` lets in" if node.where is not None else ""
    message = f"{node.relation} has no rows{kept}"
    place = node.where.place if node.where else node.place
    hint = f"{node.name} is empty, too: look at what {node.relation} is made of"
    return (Problem("SK301", message, (Label(place),), hint, severity="warning"),)


def check_conditions(
    engine: Reader,
    conditions: Iterable[SqlCondition | None],
    rows_sql: str,
    columns: Sequence[Column],
) -> None:
    """Raise DataError (SK206) for each condition that fails on one of the rows."""
    by_name = {column.name: column for column in columns}
    asked = []
    for condition in filter(None, conditions):
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
            message = f"`{text}` never holds, whatever the row"
            label = Label(condition.at(0, len(text)))
            hint = "look at its ends, and at AND where OR is meant"
            yield Problem("SK213", message, (label,), hint, severity="warning")


def _is_null_test(text: str) -> bool:
    return re.fullmatch(r"\s*\S+\s+IS\s+(NOT\s+)?NULL\s*", text, re.IGNORECASE) is not None


def _all_conditions(node: BucketSet | Segmentation) -> Iterator[SqlCondition]:
    if node.where is not None:
        yield node.where
    if isinstance(node, BucketSet):
        yield from node.conditions


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
