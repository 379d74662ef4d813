"""Buckets held against the rows that fall into them: what is wrong, and what looks wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, islice

from segkit.core.columns import Column
from segkit.core.predicate import bound
from segkit.dialects.emit import predicate_sql
from segkit.dialects.select import ViewSelect, guarded, select_beside
from segkit.dialects.spelling import identifier, identifiers
from segkit.engines.base import Reader
from segkit.errors import DataError, Label, Place, Problem
from segkit.learn.data.sentinels import code_by_name, query_sentinels
from segkit.project.buckets.rule_buckets import MAX_OVERLAPS
from segkit.project.nodes import BucketColumn, BucketSet, ScoredGroup

LEAST_ROWS = 20  # fewer say nothing about a bucket
CROWDED = 0.95
_COUNTED = "segkit_counted"


def check_rules_in_data(
    engine: Reader, node: BucketSet, base_sql: str, columns: Sequence[Column]
) -> None:
    """Count the rows on which two rules hold, where it is not proved that there are none.

    Raises
    ------
    DataError
        SK201, with both rules and the number of rows.
    """
    by_name = {column.name: column for column in columns}
    problems: list[Problem] = []
    for bucket in node.columns:
        if bucket.exclusive:
            problems += _overlaps_in_data(engine, node, bucket, base_sql, by_name)
    if problems:
        raise DataError(problems)


def _overlaps_in_data(
    engine: Reader,
    node: BucketSet,
    bucket: BucketColumn,
    base_sql: str,
    columns: Mapping[str, Column],
) -> Iterator[Problem]:
    asked = bucket.overlap_asked(columns)
    if not asked:
        return
    predicates = [bound(rule.condition.predicate, columns) for rule in bucket.exclusive]
    operands = guarded([n for p in predicates for n in p.columns], columns, engine.dialect)
    marks = (
        f"CASE WHEN ({predicate_sql(predicates[i], operands)}) THEN '{i},' ELSE '' END"
        for i in asked
    )
    held = engine.query(
        f"SELECT held, count(*) FROM (SELECT concat({', '.join(marks)}) AS held FROM {base_sql}) "
        "AS marked WHERE held LIKE '%,%,%' GROUP BY held"
    )
    counts: Counter[tuple[int, int]] = Counter()
    for text, count in held:
        numbers = list(map(int, text.rstrip(",").split(",")))[:MAX_OVERLAPS]
        for j, i in combinations(numbers, 2):
            counts[i, j] += count
    rows = engine.query(f"SELECT count(*) FROM {base_sql}")[0][0] if counts else 0
    for (i, j), count in islice(sorted(counts.items()), MAX_OVERLAPS):
        first, second = bucket.exclusive[j], bucket.exclusive[i]
        yield Problem(
            "SK201",
            f"rules of `{bucket.name}` overlap: {count:,} of {rows:,} rows of {node.relation} "
            "are in two of them",
            (
                Label(first.condition.at(0, len(first.condition.predicate.text)), first.label),
                Label(second.condition.at(0, len(second.condition.predicate.text)), second.label),
            ),
            f'add to "{second.label}" what tells it apart: '
            f"`AND NOT ({first.condition.predicate.text})`",
        )


def crowded_buckets(engine: Reader, node: BucketSet) -> list[Problem]:
    """A warning for each column that puts nearly everybody into one bucket of the view."""
    problems = []
    for column in (column for column in node.columns if column.is_named):
        view, order = (identifier(name, engine.dialect) for name in (node.name, column.order))
        found = engine.query(  # by its number: to group by texts takes three times as long
            f"SELECT {order}, count(*), sum(count(*)) OVER () FROM {view} "
            "GROUP BY 1 ORDER BY 2 DESC LIMIT 1"
        )
        for code, count, rows in found:
            if rows >= LEAST_ROWS and count > CROWDED * rows:
                name = identifier(column.name, engine.dialect)
                named = f"SELECT {name} FROM {view} WHERE {order} = {code} LIMIT 1"
                label = engine.query(named)[0][0]
                message = (
                    f'{count:,} of {rows:,} rows are in one bucket of `{column.name}`: "{label}"'
                )
                hint = f"{column.why_crowded(label)} look at `segkit show {node.name}`"
                problems.append(
                    Problem("SK209", message, (Label(column.place),), hint, severity="warning")
                )
    return problems


def names_of_scores(
    engine: Reader, node: BucketSet, view: ViewSelect, rows_sql: str
) -> Iterator[Problem]:
    """Warnings for names that the scores of the view's customers do not bear out."""
    for column in node.columns:
        if not (column.is_named and column.counts):
            continue
        names = column.order, *(score.name for score in column.own_scores)
        shown = identifiers(names, engine.dialect)
        rows = select_beside(view, {column.counts: _COUNTED}, rows_sql, engine.dialect)
        grouped = engine.query(
            f"SELECT count(*), count(*) FILTER (WHERE {_COUNTED} <= 1), {shown} "
            f"FROM ({rows}) AS segkit_scored GROUP BY {shown}"
        )
        case = next(coded.case for coded in view.coded if coded.code == column.order)
        found = [(n, once, case.outcome(code).name, *own) for n, once, code, *own in grouped]
        if sum(row[0] for row in found) >= LEAST_ROWS:
            groups = [ScoredGroup(label, tuple(own), n, once) for n, once, label, *own in found]
            yield from column.name_warnings(groups)


def strange_values(
    engine: Reader, node: BucketSet, rows_sql: str, columns: Sequence[Column]
) -> list[Problem]:
    """Warnings for codes that are cut as if they were quantities, and for 999 as a value."""
    by_name = {column.name: column for column in columns}
    problems, numbers = [], _numbers(node)
    codes = {name: reason for name in numbers if (reason := code_by_name(name))}
    operands = guarded([n for n in numbers if n not in codes], by_name, engine.dialect)
    values = {name: operand.sql for name, operand in operands.items()}
    sentinels = list(query_sentinels(engine, rows_sql, values))
    for name, place in numbers.items():
        if name in codes:
            message = f"`{name}` is cut as a number, and looks like {codes[name]}"
            hint = 'use `rules` with a list: `when: "' + name + ' IN (...)"`'
            problems.append(Problem("SK211", message, (Label(place),), hint, severity="warning"))
        problems += [
            Problem("SK210", str(found), (Label(place),), found.advice, severity="warning")
            for found in sentinels
            if found.column == name
        ]
    return problems


def _numbers(node: BucketSet) -> dict[str, Place]:
    """Columns that are cut by their size, and where each is named first."""
    found: dict[str, Place] = {}
    for column in node.columns:
        for cut in column.cut_columns:
            found.setdefault(cut.column, cut.place)
    return found
