"""Whether the data can be segmented as declared: all problems at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segkit.core.columns import Column, Kind
from segkit.dialects.phrases import as_text
from segkit.dialects.spelling import identifier, literal
from segkit.dialects.table import Dialect
from segkit.errors import Label, Place, Problem
from segkit.learn.data.levels import KINDS, LEAST, MAX_LEVELS, LevelSummary, is_category
from segkit.learn.data.summary import Counts, Scan
from segkit.project.nodes import Feature, Segmentation

MAX_NON_FINITE = 0.01
_DATE_ADVICE = {
    Kind.DATE: "turn it into days since a date: date_diff('day', {0}, DATE '...') AS {0}_days",
    Kind.TIMESTAMP: "turn it into days since a date: date_diff('day', {0}, TIMESTAMP '...')",
}
_TEXT_ADVICE = (
    "write `{{column: {0}, kind: category}}`, cast it to a number in the model, or leave it out"
)
_CATEGORY_ADVICE = "leave `kind` out, or cast it in the model: CAST({0} AS INTEGER)"


def find_type_problems(
    segmentation: Segmentation, columns: Sequence[Column], dialect: Dialect
) -> tuple[Problem, ...]:
    """Return what is wrong with features and the key before any row is read (SK104, SK105)."""
    by_name = {column.name: column for column in columns}
    has = f"{segmentation.relation} has: {', '.join(by_name)}"
    problems = []
    for feature in segmentation.features:
        column = by_name.get(feature.column)
        if column is None:
            message = f"column `{feature.column}` is not in {segmentation.relation}"
            problems.append(_problem("SK104", message, feature.place, has))
        elif advice := feature_advice(feature, column, dialect):
            what = "a category" if feature.kind == "category" else "a number"
            message = f"`{column.name}` is {column.type.sql}, not {what}"
            problems.append(_problem("SK105", message, feature.place, advice))
    if segmentation.key not in by_name:
        message = f"key `{segmentation.key}` is not in {segmentation.relation}"
        problems.append(_problem("SK104", message, segmentation.key_place, has))
    return tuple(problems)


def feature_advice(feature: Feature, column: Column, dialect: Dialect) -> str | None:
    """What to do about a column whose type cannot be a feature; None where it can."""
    kind = column.type.kind
    if kind in _DATE_ADVICE:
        return _DATE_ADVICE[kind].format(column.name)
    if is_category(feature, column):
        return None if kind in KINDS else _CATEGORY_ADVICE.format(identifier(column.name, dialect))
    return None if column.type.is_numeric else _TEXT_ADVICE.format(column.name)


def level_problems(
    feature: Feature, summary: LevelSummary, segmentation: Segmentation, dialect: Dialect
) -> list[Problem]:
    """Return what forbids a fit with this category."""
    column = feature.column
    if summary.rows and not summary.known:
        return [_no_value(feature, summary.rows, segmentation.relation)]
    if summary.distinct > MAX_LEVELS:
        most = sorted(summary.counts, key=lambda level: (-summary.counts[level], level))[:3]
        listed = ", ".join(literal(level, dialect) for level in most)
        message = (
            f"`{column}` has {summary.distinct:,} categories; more than {MAX_LEVELS} tell "
            "customers apart one by one"
        )
        hint = "is it an id or a free text? leave it out"
        if most:
            name = identifier(column, dialect)
            text = as_text(name, dialect)
            hint = (
                f"keep the most frequent in the model: CASE WHEN {text} IN ({listed}, ...) "
                f"THEN {text} ELSE 'other' END AS {name}"
            )
        return [_problem("SK315", message, feature.place, hint)]
    return []


def label_problems(
    segmentation: Segmentation, labels: Feature, summary: LevelSummary
) -> list[Problem]:
    """Return what forbids to explain the clusters in that column."""
    column, name = labels.column, segmentation.relation
    if len(summary.levels) < 2:
        found = f"{len(summary.levels) or 'no'} cluster of {LEAST} or more customers"
        if summary.distinct < 2:
            found = f"one value only, {summary.levels[0]}" if summary.levels else "no value"
        message = f"`{column}` of {name} has {found}: there is nothing to explain"
        hint = "name the column with the clusters"
        if summary.distinct > MAX_LEVELS:
            hint = f"is it an id? {hint}"
        return [_problem("SK317", message, labels.place, hint)]
    if len(summary.levels) > MAX_LEVELS:
        message = f"`{column}` of {name} has {summary.distinct:,} values, more than {MAX_LEVELS}"
        return [_problem("SK317", message, labels.place, "is it an id? name the clusters' column")]
    leaves = segmentation.rules.max_leaves
    if leaves is not None and leaves < len(summary.levels):
        message = f"`{column}` has {len(summary.levels)} clusters, and {leaves} leaves name fewer"
        hint = "write `max_leaves: auto`, or at least as many leaves as there are clusters"
        return [_problem("SK314", message, labels.place, hint)]
    return []


def find_problems(
    scan: Scan, segmentation: Segmentation, features: Sequence[Feature]
) -> tuple[Problem, ...]:
    """Return everything in the data that forbids a fit, with the column and the count."""
    name = segmentation.relation
    if scan.rows == 0:
        where = segmentation.where
        message = f"{name} has no rows{f' with {where.predicate.text}' if where else ''}"
        place = where.place if where else segmentation.place
        hint = "look at its source, or at a condition that filters all of them"
        return (_problem("SK301", message, place, hint),)
    problems = list(_key_problems(scan, segmentation))
    for feature in features:
        problems += _feature_problems(feature, scan.counts(feature.column), name)
    return (*problems, *_size_problems(scan, segmentation))


def too_few_distinct(segmentation: Segmentation, distinct: int, k: int) -> Problem:
    """The problem for customers who are too much alike for k segments."""
    hint = f"ask for at most {distinct} segments, or add a feature"
    if distinct < 2:
        hint = "use features in which customers differ"
    message = (
        f"{segmentation.relation} has {distinct:,} distinct {_rows(distinct)} of "
        f"features, and {k} segments need at least {k}"
    )
    return _problem("SK303", message, segmentation.place, hint)


def own_problems(segmentation: Segmentation, chosen: Sequence[Feature]) -> Iterator[Problem]:
    """What is wrong with columns that are ``own``, where the features are chosen."""
    names = [feature.column for feature in chosen]
    for column, place in segmentation.own.items():
        if column not in names:
            message = f"`{column}` is `own`, and none of the features that were chosen"
            hint = f"declare `features`, that among them; chosen are {', '.join(names)}"
            yield _problem("SK005", message, place, hint)


def few_without_own(segmentation: Segmentation, rows: int, own: Sequence[str]) -> Problem | None:
    """The problem of too few customers who are in no segment of their own."""
    k = wanted_segments(segmentation)
    if rows >= k:
        return None
    listed = " and ".join(own)
    message = (
        f"{segmentation.relation} has {rows:,} {_rows(rows)} with {listed}, and {k} segments "
        f"beside those that are own need at least {k}"
    )
    hint = "take a column out of `missing`, or ask for fewer segments"
    return _problem("SK302", message, segmentation.own[own[0]], hint)


def never_known(feature: Feature) -> Problem:
    """The problem of a feature that only those have from whom nothing is learned."""
    message = f"`{feature.column}` has no value in any of the rows that are learned from"
    hint = "leave it out, or take what is `own` out of `missing`"
    return _problem("SK306", message, feature.place, hint)


def _key_problems(scan: Scan, segmentation: Segmentation) -> Iterator[Problem]:
    key, name = segmentation.key, segmentation.relation
    if scan.null_keys:
        message = f"key `{key}` is NULL in {_of(scan.null_keys, scan.rows)} of {name}"
        hint = f"leave those rows out: WHERE {key} IS NOT NULL"
        yield _problem("SK304", message, segmentation.key_place, hint)
    twice = scan.rows - scan.null_keys - scan.distinct_keys
    if twice:
        repeat = f"{_of(twice, scan.rows)} of {name} repeat the key of another"
        message = f"key `{key}` is not unique: {repeat}"
        hint = f"make one row a customer in {name}, or name the column that tells customers apart"
        yield _problem("SK305", message, segmentation.key_place, hint)


def _feature_problems(feature: Feature, counts: Counts, name: str) -> Iterator[Problem]:
    column, place, rows = feature.column, feature.place, counts.rows
    if counts.known == 0:
        yield _no_value(feature, rows, name)
    if counts.too_large:
        message = f"`{column}` is beyond 1e15 in {_of(counts.too_large, rows)}"
        hint = "is it an id or a time in nanoseconds? use a smaller unit, or leave it out"
        yield _problem("SK307", message, place, hint)
    if counts.non_finite > MAX_NON_FINITE * rows:
        message = f"`{column}` is NaN or infinite in {_of(counts.non_finite, rows)}"
        hint = "make them NULL in the model, or look at a division by zero"
        yield _problem("SK308", message, place, hint)
    if feature.scale == "log" and counts.negative:
        negative = f"negative in {_of(counts.negative, rows)}"
        message = f"`{column}` is {negative}, and scale: log is ln(1 + x)"
        hint = "use scale: standard, or greatest(x, 0) in the model"
        yield _problem("SK309", message, place, hint)


def _no_value(feature: Feature, rows: int, relation: str) -> Problem:
    message = f"`{feature.column}` has no value in any of the {rows:,} rows of {relation}"
    hint = "leave it out, or look at the model that fills it"
    return _problem("SK306", message, feature.place, hint)


def wanted_segments(segmentation: Segmentation) -> int:
    """At least so many: two, or what is declared."""
    return 2 if segmentation.labels is not None else segmentation.clusters.k or 2


def _size_problems(scan: Scan, segmentation: Segmentation) -> Iterator[Problem]:
    k = wanted_segments(segmentation)
    unassigned = segmentation.missing == "unassigned"
    rows = scan.complete_rows if unassigned else scan.rows
    if rows < k:
        kind = "rows without a missing feature" if unassigned else _rows(rows)
        message = f"{segmentation.relation} has {rows:,} {kind}, and {k} segments need at least {k}"
        hint = "ask for fewer segments, or read more customers"
        yield _problem("SK302", message, segmentation.place, hint)
    elif (scan.complete_rows == scan.rows or unassigned) and scan.distinct_rows < k:
        yield too_few_distinct(segmentation, scan.distinct_rows, k)


def _problem(code: str, message: str, place: Place, help: str) -> Problem:
    return Problem(code, message, (Label(place),), help)


def _of(count: int, rows: int) -> str:
    return f"{count:,} of {rows:,} {_rows(rows)}"


def _rows(count: int) -> str:
    return "row" if count == 1 else "rows"
