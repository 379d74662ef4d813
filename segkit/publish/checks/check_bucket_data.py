"""Buckets held against the rows that fall into them: what is wrong, and what looks wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, islice

from segkit.core.columns import Column
from segkit.core.predicate import bound
from segkit.dialects.emit import Operands, predicate_sql
from segkit.dialects.phrases import as_double
from segkit.dialects.select import ViewSelect, guarded
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.errors import DataError, Label, Place, Problem
from segkit.files.names import code_by_name
from segkit.learn.data.sentinels import query_sentinels
from segkit.project.buckets.rule_buckets import MAX_OVERLAPS
from segkit.project.nodes import BucketColumn, BucketSet, ScoredGroup
from segkit.publish.proof.one_scan import Figures, Scan

LEAST_ROWS = 20  # fewer say nothing about a bucket
CROWDED = 0.95


def check_rules_in_data(
    engine: Reader, node: BucketSet, base_sql: str, columns: Sequence[Column]
) -> None:
    """Count the rows on which two rules hold, where it is not proved that there are none.

    Raises DataError: SK201, with both rules and the number of rows.
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


def bucket_figures(node: BucketSet, dialect: Dialect) -> Figures:
    """What a scan of the set has to tell: ends of its numbers, and who comes once at most."""
    measured, counted = _measured(node), _counted(node)

    def items(known: Operands) -> list[str]:
        doubles = [as_double(known[name].sql, dialect) for name in measured]
        ends = [f"{least}({value})" for value in doubles for least in ("min", "max")]
        return ends + [f"count(*) FILTER (WHERE {known[name].sql} <= 1)" for name in counted]

    return Figures((*measured, *counted), items)


def crowded_buckets(node: BucketSet, view: ViewSelect, scan: Scan) -> list[Problem]:
    """A warning for each column that puts nearly everybody into one bucket of the view."""
    problems = []
    cases = {coded.code: coded.case for coded in view.coded}
    for column in (column for column in node.columns if column.is_named):
        counts: Counter[int] = Counter()
        for group in scan.by([column.order]):
            counts[group.codes[column.order]] += group.rows
        for code, count in counts.most_common(1):
            rows = counts.total()
            if rows >= LEAST_ROWS and count > CROWDED * rows:
                label = cases[column.order].outcome(code).name
                message = (
                    f'{count:,} of {rows:,} rows are in one bucket of `{column.name}`: "{label}"'
                )
                hint = f"{column.why_crowded(label)} look at `segkit show {node.name}`"
                problems.append(
                    Problem("SK209", message, (Label(column.place),), hint, severity="warning")
                )
    return problems


def names_of_scores(node: BucketSet, view: ViewSelect, scan: Scan) -> Iterator[Problem]:
    """Warnings for names that the scores of the view's customers do not bear out."""
    once = 2 * len(_measured(node))  # after the ends of numbers, as ``bucket_figures`` has them
    for column in node.columns:
        if not (column.is_named and column.counts):
            continue
        own = [score.name for score in column.own_scores]
        place = once + _counted(node).index(column.counts)
        counts: Counter[tuple[int, ...]] = Counter()
        counts_once: Counter[tuple[int, ...]] = Counter()
        for group in scan.by((column.order, *own)):
            codes = tuple(group.codes[name] for name in (column.order, *own))
            counts[codes] += group.rows
            counts_once[codes] += int(group.figures[place])
        case = next(coded.case for coded in view.coded if coded.code == column.order)
        if counts.total() >= LEAST_ROWS:
            yield from column.name_warnings(
                [
                    ScoredGroup(
                        case.outcome(code).name,
                        tuple(score or None for score in scores),
                        n,
                        counts_once[code, *scores],
                    )
                    for (code, *scores), n in counts.items()
                ]
            )


def strange_values(
    engine: Reader, node: BucketSet, rows_sql: str, columns: Sequence[Column], scan: Scan
) -> list[Problem]:
    """Warnings for codes that are cut as if they were quantities, and for 999 as a value."""
    by_name = {column.name: column for column in columns}
    problems, measured = [], _measured(node)
    operands = guarded(measured, by_name, engine.dialect)
    values = {name: operand.sql for name, operand in operands.items()}
    ends = {name: _ends(scan, 2 * place) for place, name in enumerate(measured)}
    sentinels = list(query_sentinels(engine, rows_sql, values, ends))
    for name, place in _numbers(node).items():
        if reason := code_by_name(name):
            message = f"`{name}` is cut as a number, and looks like {reason}"
            hint = 'use `rules` with a list: `when: "' + name + ' IN (...)"`'
            problems.append(Problem("SK211", message, (Label(place),), hint, severity="warning"))
        problems += [
            Problem("SK210", str(found), (Label(place),), found.advice, severity="warning")
            for found in sentinels
            if found.column == name
        ]
    return problems


def _ends(scan: Scan, place: int) -> tuple[float, float] | None:
    """The least and the greatest value of which two figures are; None where none is known."""
    pairs = [group.figures[place : place + 2] for group in scan.parts[0]]
    known = [(low, high) for low, high in pairs if low is not None]
    return (min(p[0] for p in known), max(p[1] for p in known)) if known else None


def _measured(node: BucketSet) -> list[str]:
    """Numbers of which it is asked whether some mean that nothing is known: not of codes."""
    return [name for name in _numbers(node) if not code_by_name(name)]


def _counted(node: BucketSet) -> list[str]:
    return [*dict.fromkeys(c.counts for c in node.columns if c.is_named and c.counts)]


def _numbers(node: BucketSet) -> dict[str, Place]:
    """Columns that are cut by their size, and where each is named first."""
    found: dict[str, Place] = {}
    for column in node.columns:
        for cut in column.cut_columns:
            found.setdefault(cut.column, cut.place)
    return found
