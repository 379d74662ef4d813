"""Buckets held against the rows that fall into them: what is wrong, and what looks wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, islice

from segkit.core.columns import Column
from segkit.core.predicate import bound
from segkit.dialects.emit import predicate_sql
from segkit.dialects.select import guarded
from segkit.dialects.spelling import identifier
from segkit.engines.base import Reader
from segkit.errors import DataError, Label, Place, Problem
from segkit.learn.data.sentinels import code_by_name, query_sentinels
from segkit.project.buckets.rule_buckets import MAX_OVERLAPS
from segkit.project.nodes import BucketColumn, BucketSet, ScoredGroup
from segkit.publish.relations import aliased

LEAST_ROWS = 20  # fewer say nothing about a bucket
CROWDED = 0.95


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
        found = engine.query(
            f"SELECT {identifier(column.name, engine.dialect)}, count(*), sum(count(*)) OVER () "
            f"FROM {identifier(node.name, engine.dialect)} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1"
        )
        for label, count, rows in found:
            if rows >= LEAST_ROWS and count > CROWDED * rows:
                message = (
                    f'{count:,} of {rows:,} rows are in one bucket of `{column.name}`: "{label}"'
                )
                hint = f"{column.why_crowded(label)} look at `segkit show {node.name}`"
                problems.append(
                    Problem("SK209", message, (Label(column.place),), hint, severity="warning")
                )
    return problems


def names_of_scores(engine: Reader, node: BucketSet, rows_sql: str) -> Iterator[Problem]:
    """Warnings for names that the scores of the view's customers do not bear out."""
    for column in node.columns:
        if not (column.is_named and column.counts):
            continue
        key, counted, label, *scores = (
            identifier(name, engine.dialect)
            for name in (node.key, column.counts, column.name, *(s.name for s in column.own_scores))
        )
        shown = [f"v.{name}" for name in (label, *scores)]
        found = engine.query(
            f"SELECT count(*), count(*) FILTER (WHERE r.{counted} <= 1), {', '.join(shown)} "
            f"FROM {identifier(node.name, engine.dialect)} AS v "
            f"JOIN {aliased(rows_sql, 'r')} ON r.{key} = v.{key} GROUP BY {', '.join(shown)}"
        )
        if sum(row[0] for row in found) >= LEAST_ROWS:
            groups = [ScoredGroup(label, tuple(own), n, once) for n, once, label, *own in found]
            yield from column.name_warnings(groups)


def strange_values(
    engine: Reader, node: BucketSet, rows_sql: str, columns: Sequence[Column]
) -> list[Problem]:
    """Warnings for codes that are cut as if they were quantities, and for 999 as a value."""
    by_name = {column.name: column for column in columns}
    problems, numbers = [], _numbers(node)
    values: dict[str, str] = {}
    for name, place in numbers.items():
        if reason := code_by_name(name):
            message = f"`{name}` is cut as a number, and looks like {reason}"
            hint = 'use `rules` with a list: `when: "' + name + ' IN (...)"`'
            problems.append(Problem("SK211", message, (Label(place),), hint, severity="warning"))
        else:
            values[name] = guarded([name], by_name, engine.dialect)[name].sql
    for found in query_sentinels(engine, rows_sql, values):
        label = Label(numbers[found.column])
        problems.append(Problem("SK210", str(found), (label,), found.advice, severity="warning"))
    return problems


def _numbers(node: BucketSet) -> dict[str, Place]:
    """Columns that are cut by their size, and where each is named first."""
    found: dict[str, Place] = {}
    for column in node.columns:
        for cut in column.cut_columns:
            found.setdefault(cut.column, cut.place)
    return found
