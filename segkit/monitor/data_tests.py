"""Data tests: each is a query that returns the failing rows. No rows, no failure.

Nothing here prints a value of a customer; who wants to see the rows runs the
compiled query, whose file the problem names.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from segkit.core.columns import spelling_of
from segkit.core.fact_english import grown_sentence
from segkit.core.missing_values import WORTH_A_WARNING, MissingValues
from segkit.dialects.spelling import identifier, literals
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.errors import EngineError, Label, Place, Problem
from segkit.project.jinja.source_map import map_position, token_at
from segkit.project.nodes import DataTest, Segmentation
from segkit.publish.relations import aliased, rows_sql
from segkit.publish.stored.write_files import write_files
from segkit.results import NodeResult, Status

RelationOf = Callable[[str], str]


def test_sql(test: DataTest, relation_of: RelationOf, dialect: Dialect) -> str:
    """Return the query whose rows are the failures.

    NULL passes every check but ``not_null``, as in dbt. ``accepted_values`` are
    written as texts, which the engine reads in the column's own type.

    ``relation_of``: name of a node -> its relation as quoted SQL.
    """
    if test.check == "sql":
        return _own_sql(test)
    column, table = identifier(test.column, dialect), relation_of(test.node)
    match test.check:
        case "unique":
            return (
                f"SELECT checked.{column} AS unique_field, count(*) AS n_records\n"
                f"FROM {table} AS checked\n"
                f"WHERE checked.{column} IS NOT NULL\n"
                "GROUP BY 1\n"
                "HAVING count(*) > 1"
            )
        case "not_null":
            return f"SELECT *\nFROM {table} AS checked\nWHERE checked.{column} IS NULL"
        case "accepted_values":
            # a NULL in the list would make every NOT IN unknown, and the test pass whatever comes
            values = [_text_of(value) for value in test.arguments["values"] if value is not None]
            listed = literals(values, dialect)
            refused = f"\n  AND checked.{column} NOT IN ({listed})" if values else ""
            return (
                f"SELECT checked.{column} AS value_field, count(*) AS n_records\n"
                f"FROM {table} AS checked\n"
                f"WHERE checked.{column} IS NOT NULL{refused}\n"
                "GROUP BY 1"
            )
        case "relationships":
            field = identifier(test.arguments["field"], dialect)
            return (
                f"SELECT child.{column} AS from_field\n"
                f"FROM {table} AS child\n"
                f"WHERE child.{column} IS NOT NULL\n"
                "  AND NOT EXISTS (\n"
                "    SELECT 1\n"
                f"    FROM {relation_of(test.arguments['to'])} AS parent\n"
                f"    WHERE parent.{field} = child.{column}\n"
                "  )"
            )


def _own_sql(test: DataTest) -> str:
    return test.sql.strip().rstrip(";").rstrip()


# "3 values occur more than once": one and many
_FAILED_WORDS: Mapping[str, tuple[str, str]] = {
    "unique": ("value occurs more than once", "values occur more than once"),
    "not_null": ("row is NULL", "rows are NULL"),
    "accepted_values": ("value is not in the list", "values are not in the list"),
    "relationships": ("row has no partner", "rows have no partner"),
    "sql": ("row fails", "rows fail"),
    "one_each": (
        "customer is not in exactly one segment",
        "customers are not in exactly one segment",
    ),
}


def _text_of(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class _Check:
    """A query to count, and the words for its verdict."""

    name: str
    words: str
    subject: str  # "customer_features.customer_id", or the test's own name
    sql: str
    severity: Literal["error", "warn"]
    place: Place


def run_test(
    engine: Reader, test: DataTest, relation_of: RelationOf, *, directory: Path | None = None
) -> NodeResult:
    """Run the test and return its verdict with the number of failing rows.

    ``directory``: the project's. On failure the query is written to ``target/tests`` there.
    """
    subject = f"{test.node}.{test.column}"
    if test.check == "sql":
        subject = test.name
        try:
            engine.columns_of_query(_own_sql(test))  # as the query alone, for places
        except EngineError as error:
            return _refused(test.name, error, _place_in_file(test, error))
    sql = test_sql(_spelled(engine, test, relation_of), relation_of, engine.dialect)
    check = _Check(test.name, test.check, subject, sql, test.severity, test.place)
    return _run(engine, check, directory)


def _spelled(engine: Reader, test: DataTest, relation_of: RelationOf) -> DataTest:
    """The test with its columns as the relations write them."""
    if test.check == "sql":
        return test
    arguments = dict(test.arguments)
    if "field" in arguments:
        parents = engine.columns(relation_of(arguments["to"]))
        arguments["field"] = spelling_of(parents)(arguments["field"])
    column = spelling_of(engine.columns(relation_of(test.node)))(test.column)
    return replace(test, column=column, arguments=arguments)


def segmentation_tests(
    engine: Reader,
    segmentation: Segmentation,
    segment_ids: Sequence[str],
    missing: Sequence[MissingValues],
    relation_of: RelationOf,
    *,
    directory: Path | None = None,
    is_proved: bool = False,
    sizes: Mapping[str, int] | None = None,
) -> tuple[NodeResult, ...]:
    """Return the tests that every published segmentation gets.

    The key is unique; every customer of the relation is in exactly one segment;
    no segment of ``segment_ids`` holds less than ``min_share`` (a warning); no
    share of missing values rose by more than ``missing_grew`` since the fit. ``is_proved``:
    this build has counted the relation's keys, and held the view against it row for row; so
    the first two hold. ``sizes`` of the segments where they are known.
    """
    key, relation = identifier(segmentation.key, engine.dialect), relation_of(segmentation.relation)
    unique = DataTest(
        f"unique {segmentation.name}.{segmentation.key}",
        "unique",
        (segmentation.name,),
        segmentation.key_place,
        segmentation.name,
        segmentation.key,
    )
    rows = rows_sql(relation, segmentation, engine.columns(relation), engine.dialect)
    one_each_sql = (
        f"SELECT customer.{key}, count(published.segment_id) AS n_segments\n"
        f"FROM {aliased(rows, 'customer')}\n"
        f"LEFT JOIN {relation_of(segmentation.name)} AS published\n"
        f"  ON published.{key} = customer.{key}\n"
        "GROUP BY 1\n"
        "HAVING count(published.segment_id) <> 1"
    )
    one_each = _Check(
        f"one segment each {segmentation.name}",
        "one_each",
        segmentation.name,
        one_each_sql,
        "error",
        segmentation.place,
    )
    if is_proved:
        names = (unique.name, one_each.name)
        first = [NodeResult(name, "test", "pass", name, failures=0) for name in names]
    else:
        first = [
            run_test(engine, unique, relation_of, directory=directory),
            _run(engine, one_each, directory),
        ]
    return (
        *first,
        _smallest_share(engine, segmentation, segment_ids, relation_of(segmentation.name), sizes),
        *_missing_grew(segmentation, missing),
    )


def _smallest_share(
    engine: Reader,
    segmentation: Segmentation,
    segment_ids: Sequence[str],
    view: str,
    sizes: Mapping[str, int] | None,
) -> NodeResult:
    name, least = f"smallest share {segmentation.name}", segmentation.rules.min_share
    started = time.perf_counter()
    counts = sizes or dict(engine.query(f"SELECT segment_id, count(*) FROM {view} GROUP BY 1"))
    rows = sum(counts.values())
    shares = {segment: counts.get(segment, 0) / rows if rows else 0.0 for segment in segment_ids}
    small = {segment: share for segment, share in shares.items() if share < least}
    seconds = time.perf_counter() - started
    if not small:
        return NodeResult(name, "test", "pass", name, seconds=seconds, failures=0)
    said = ", ".join(f"{segment} ({share:.2%})" for segment, share in small.items())
    message = f"segments of {segmentation.name} under {least:.2%} of the customers: {said}"
    hint = "lower `rules: {min_share: ...}`, or ask for fewer clusters"
    problem = Problem("SK501", message, (Label(segmentation.place),), hint, severity="warning")
    return NodeResult(
        name, "test", "warn", name, seconds=seconds, problems=(problem,), failures=len(small)
    )


def _missing_grew(
    segmentation: Segmentation, columns: Sequence[MissingValues]
) -> Iterator[NodeResult]:
    """The test of broken joins: who has no value counts as everybody else, and nobody sees it."""
    if segmentation.missing_grew is None:
        return
    most = Fraction(str(segmentation.missing_grew))
    name = f"missing grew {segmentation.name}"
    problems = [
        _grown(segmentation, column, fails=column.rose > most)
        for column in columns
        if column.rose > most or column.rose >= WORTH_A_WARNING
    ]
    severities = {problem.severity for problem in problems}
    status: Status = "fail" if "error" in severities else "warn" if severities else "pass"
    yield NodeResult(name, "test", status, name, problems=tuple(problems), failures=len(problems))


def _grown(segmentation: Segmentation, column: MissingValues, *, fails: bool) -> Problem:
    places = {feature.column: feature.place for feature in segmentation.features}
    hint = "look at the file or the join that brings it"
    if fails and column.count < column.rows:
        hint += (
            f"; if it is meant, `segkit fit {segmentation.name} --promote` learns from what is "
            f"there now, and `missing_grew: {_next_share(column.rose):g}` lets it pass"
        )
    return Problem(
        "SK501",
        grown_sentence(column, segmentation.missing),
        (Label(places.get(column.feature.column, segmentation.place)),),
        hint,
        severity="error" if fails else "warning",
    )


def _next_share(rose: Fraction) -> float:
    """The least threshold of one digit that lets it pass."""
    return math.ceil(rose * 10) / 10


def _run(engine: Reader, check: _Check, directory: Path | None) -> NodeResult:
    started = time.perf_counter()
    try:
        # a comment may end the query: the bracket has to stand on the next line
        count = engine.query(f"SELECT count(*) FROM (\n{check.sql}\n) AS failing")[0][0]
    except EngineError as error:
        return _refused(check.name, error, check.place, time.perf_counter() - started)
    seconds = time.perf_counter() - started
    if not count:
        return NodeResult(check.name, "test", "pass", check.name, "", seconds, failures=0)
    warns = check.severity == "warn"
    problem = Problem(
        "SK501",
        f"{check.subject}: {count:,} {_FAILED_WORDS[check.words][count != 1]}",
        (Label(check.place),),
        help="mend the rows, or what makes them"
        + ("" if warns else "; `severity: warn` lets them pass"),
        notes=_written(check, directory),
        severity="warning" if warns else "error",
    )
    return NodeResult(
        check.name, "test", "warn" if warns else "fail", check.name, "", seconds, (problem,), count
    )


def _refused(name: str, error: EngineError, place: Place, seconds: float = 0.0) -> NodeResult:
    problems = tuple(
        replace(
            problem,
            labels=problem.labels or (Label(place),),
            help="a test is one SELECT, which returns the rows that fail"
            if problem.code == "SK403"
            else problem.help or "change the test, or what it looks at",
        )
        for problem in error.problems
    )
    return NodeResult(name, "test", "error", name, "", seconds, problems)


def _place_in_file(test: DataTest, error: EngineError) -> Place:
    if error.position is None or not test.raw_sql:
        return test.place
    line, column = map_position(test.raw_sql, test.sql, *error.position)
    return Place(test.place.path, line, column, len(token_at(test.raw_sql, line, column)) or 1)


def _written(check: _Check, directory: Path | None) -> tuple[str, ...]:
    if directory is None:
        return ()
    stem = re.sub(r"[^A-Za-z0-9_.-]+", "_", check.name).strip("._") or "test"
    path = f"target/tests/{stem}.sql"
    write_files({directory / path: f"{check.sql}\n"}, directory)
    return (f"this query shows them: {path}",)
