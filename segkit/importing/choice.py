"""The choice of a way to write a CASE as buckets: the plainest that is equal to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segkit.engines.base import Reader, Workbench
from segkit.errors import ConfigError, EngineError, Label, Place, Problem
from segkit.importing.analysis import Analysis, quoted
from segkit.importing.bucket_yaml import SetDraft, read_back
from segkit.importing.candidates import Candidate, candidates
from segkit.importing.findings import findings
from segkit.importing.side_by_side import Comparison, count_differing_rows, old_column
from segkit.importing.sql_file import REFUSED
from segkit.project.nodes import BucketSet
from segkit.publish.relations import rows_sql

_NOT_EQUAL = "SK217"
_MAKE_FINITE = (
    "make values that are not finite (NaN, infinity) NULL or a number in a model, and import "
    "from that"
)


@dataclass(frozen=True)
class Chosen:
    """A CASE and the column that is equal to it; ``problems`` are about the CASE."""

    analysis: Analysis
    candidate: Candidate
    node: BucketSet
    comparison: Comparison
    problems: tuple[Problem, ...]


def choose(engine: Workbench, analysis: Analysis) -> Chosen:
    """The plainest way that is equal on every edge case.

    Raises
    ------
    ConfigError
        SK216 if the engine refuses the CASE, SK217 if no way is equal.
    """
    case = analysis.case
    if len(analysis.labels) < 2:
        message = f"`{case.name}` has one label for every row: these are no buckets"
        help_ = "give the CASE two labels or more"
        raise ConfigError(Problem(REFUSED, message, (Label(case.place),), help_))
    closest: tuple[Candidate, Comparison] | None = None
    refused: list[Problem] = []
    try:
        with old_column(engine, analysis) as old:
            for candidate in candidates(analysis):
                node, problems = _read(candidate, analysis)
                if node is None:
                    refused += problems[:1]
                    continue
                comparison = old.compare(candidate, node)
                if comparison.rows and not comparison.differences:
                    found = findings(analysis, candidate, old.of_nulls())
                    return Chosen(analysis, candidate, node, comparison, found)
                closest = closest or (candidate, comparison)
    except EngineError as error:
        raise ConfigError(_not_run(error, analysis)) from error
    raise ConfigError(_not_equal(analysis, closest, refused))


def _read(candidate: Candidate, analysis: Analysis) -> tuple[BucketSet | None, list[Problem]]:
    """The column as the project reads it; None if it would refuse it, and why."""
    name = "segkit_import"
    node, problems = read_back(SetDraft(name, name, "segkit_key", (candidate,)))
    if node is None:
        return None, problems
    column = node.columns[0]
    only = analysis.only_column
    if column.integer_labels and analysis.types_known and only is not None and only.type.step != 1:
        return None, []  # a build would refuse "25-34" of a column that is no integer
    return node, []


def _not_run(error: EngineError, analysis: Analysis) -> Problem:
    types = ", ".join(f"{c.name} is {c.type.sql}" for c in analysis.columns.values())
    assumed = "" if analysis.types_known else " (assumed)"
    name = next(iter(analysis.columns), "age")
    return Problem(
        REFUSED,
        f"`{analysis.case.name}` does not run: {error.problems[0].message}",
        (Label(analysis.case.place),),
        f"types{assumed}: {types}; say what they are with --type {name}=INTEGER, or the dialect of "
        "the file with --dialect",
    )


def _not_equal(
    analysis: Analysis,
    closest: tuple[Candidate, Comparison] | None,
    refused: Sequence[Problem],
) -> Problem:
    name = analysis.case.name
    notes = tuple(dict.fromkeys(problem.message for problem in refused[-1:]))
    if closest is None and not refused:
        notes = ("rules have no order: each would say of too many before it that they do not hold",)
    if closest is not None and closest[1].differences:
        first = closest[1].differences[0]
        row = ", ".join(f"{column} = {text or 'NULL'}" for column, text in first.row)
        said = f'{closest[0].way} would say "{first.new}"'
        notes = (f"for {row} the CASE says {quoted(first.old)}, {said}",)
    message = f"no way of writing `{name}` as buckets is equal to it"
    hint = "write simpler conditions, or import the other columns with --column"
    return Problem(_NOT_EQUAL, message, (Label(analysis.case.place),), hint, notes)


def compare_rows(
    engine: Reader, relation: str, chosen: Sequence[Chosen], where: str | None, name: str
) -> int:
    """The number of rows of the relation, on all of which the columns are equal to the CASE."""
    try:
        found = [
            count_differing_rows(engine, relation, each.analysis, each.candidate, each.node, where)
            for each in chosen
        ]
    except EngineError as error:
        message = f"the SELECT does not run on {name}: {error.problems[0].message}"
        place = chosen[0].analysis.case.place
        raise ConfigError(
            Problem(REFUSED, message, (Label(place),), "look at the types of its columns")
        ) from error
    problems = [
        Problem(
            _NOT_EQUAL,
            f"{count:,} of {rows:,} rows of {name} would be in another bucket of "
            f"`{each.analysis.case.name}`",
            (Label(each.analysis.case.place),),
            f"{_MAKE_FINITE}: for segkit they are missing in {_float_columns(each.analysis)}",
        )
        for each, (rows, count) in zip(chosen, found, strict=True)
        if count
    ]
    if problems:
        raise ConfigError(problems)
    return found[0][0]


def check_where_rows(
    engine: Reader, relation: str, node: BucketSet, where: str, place: Place
) -> None:
    """Raise ConfigError (SK217) if the bucket set has other rows than the WHERE lets in.

    In ``where``, too, segkit reads what is not finite as NULL.
    """
    kept = rows_sql(relation, node, engine.columns(relation), engine.dialect)
    wanted, there = engine.query(
        f"SELECT (SELECT count(*) FROM {relation} WHERE ({where}\n)), "
        f"(SELECT count(*) FROM {kept} AS kept)"
    )[0]
    if wanted != there:
        message = f"WHERE lets {wanted:,} rows in, and `where` of a bucket set {there:,}"
        raise ConfigError(Problem(_NOT_EQUAL, message, (Label(place),), _MAKE_FINITE))


def _float_columns(analysis: Analysis) -> str:
    names = [c.name for c in analysis.columns.values() if c.type.holds_non_finite]
    return " and ".join(f"`{name}`" for name in names) or "every column"
