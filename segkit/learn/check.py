"""Whether the data can be segmented as declared: all problems at once, then what to be wary of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from segkit.core.columns import Column, Kind
from segkit.errors import Label, Place, Problem
from segkit.learn.summary import Counts, Sample, Scan, Summary
from segkit.project.nodes import Feature, Segmentation

MAX_NON_FINITE = 0.01
HEAVY_SKEW = 2.0
_CAST_ADVICE = {
    Kind.DATE: "turn it into days since a date: date_diff('day', {0}, DATE '...') AS {0}_days",
    Kind.TIMESTAMP: "turn it into days since a date: date_diff('day', {0}, TIMESTAMP '...')",
    Kind.BOOLEAN: "cast it to 0 and 1 in the model: CAST({0} AS INTEGER) AS {0}",
}
_TEXT_ADVICE = "a feature must be numeric: cast it in the model, or leave it out"


def find_type_problems(
    segmentation: Segmentation, columns: Sequence[Column]
) -> tuple[Problem, ...]:
    """Return what is wrong with features before any row is read (SK104, SK105)."""
    by_name = {column.name: column for column in columns}
    problems = []
    for feature in segmentation.features:
        column = by_name.get(feature.column)
        if column is None:
            has = ", ".join(by_name)
            problems.append(
                _problem(
                    "SK104",
                    f"column `{feature.column}` is not in {segmentation.relation}",
                    feature.place,
                    f"{segmentation.relation} has: {has}",
                )
            )
        elif not column.type.is_numeric:
            advice = _CAST_ADVICE.get(column.type.kind, _TEXT_ADVICE).format(column.name)
            problems.append(
                _problem(
                    "SK105",
                    f"`{column.name}` is {column.type.sql}, not a number",
                    feature.place,
                    advice,
                )
            )
    return tuple(problems)


def find_problems(
    scan: Scan, segmentation: Segmentation, features: Sequence[Feature]
) -> tuple[Problem, ...]:
    """Return everything in the data that forbids a fit, with the column and the count."""
    name = segmentation.relation
    if scan.rows == 0:
        return (
            _problem(
                "SK301",
                f"{name} has no rows",
                segmentation.place,
                "look at its source, or at a condition that filters all of them",
            ),
        )
    problems = list(_key_problems(scan, segmentation))
    for feature in features:
        problems += _feature_problems(feature, scan.counts(feature.column), name)
    return (*problems, *_size_problems(scan, segmentation))


def too_few_distinct(segmentation: Segmentation, distinct: int, k: int) -> Problem:
    """The problem for customers who are too much alike for k segments."""
    help = (
        "use features in which customers differ"
        if distinct < 2
        else f"ask for at most {distinct} segments, or add a feature"
    )
    return _problem(
        "SK303",
        f"{segmentation.relation} has {distinct:,} distinct {_rows(distinct)} of "
        f"features, and {k} segments need at least {k}",
        segmentation.place,
        help,
    )


def _key_problems(scan: Scan, segmentation: Segmentation) -> Iterator[Problem]:
    key, name = segmentation.key, segmentation.relation
    if scan.null_keys:
        yield _problem(
            "SK304",
            f"key `{key}` is NULL in {_of(scan.null_keys, scan.rows)} of {name}",
            segmentation.key_place,
            f"leave those rows out: WHERE {key} IS NOT NULL",
        )
    twice = scan.rows - scan.null_keys - scan.distinct_keys
    if twice:
        yield _problem(
            "SK305",
            f"key `{key}` is not unique: {_of(twice, scan.rows)} of {name} repeat "
            "the key of another",
            segmentation.key_place,
            f"make one row a customer in {name}, or name the column that tells customers apart",
        )


def _feature_problems(feature: Feature, counts: Counts, name: str) -> Iterator[Problem]:
    column, rows = feature.column, counts.rows
    if counts.known == 0:
        yield _problem(
            "SK306",
            f"`{column}` has no value in any of the {rows:,} rows of {name}",
            feature.place,
            "leave it out, or look at the model that fills it",
        )
    if counts.too_large:
        yield _problem(
            "SK307",
            f"`{column}` is beyond 1e15 in {_of(counts.too_large, rows)}",
            feature.place,
            "is it an id or a time in nanoseconds? use a smaller unit, or leave it out",
        )
    if counts.non_finite > MAX_NON_FINITE * rows:
        yield _problem(
            "SK308",
            f"`{column}` is NaN or infinite in {_of(counts.non_finite, rows)}",
            feature.place,
            "make them NULL in the model, or look at a division by zero",
        )
    if feature.scale == "log" and counts.negative:
        yield _problem(
            "SK309",
            f"`{column}` is negative in {_of(counts.negative, rows)}, and scale: log is ln(1 + x)",
            feature.place,
            "use scale: standard, or greatest(x, 0) in the model",
        )


def _size_problems(scan: Scan, segmentation: Segmentation) -> Iterator[Problem]:
    k = segmentation.clusters.k or 2
    unassigned = segmentation.missing == "unassigned"
    rows = scan.complete_rows if unassigned else scan.rows
    if rows < k:
        kind = "rows without a missing feature" if unassigned else _rows(rows)
        yield _problem(
            "SK302",
            f"{segmentation.relation} has {rows:,} {kind}, and {k} segments need at least {k}",
            segmentation.place,
            "ask for fewer segments, or read more customers",
        )
    elif (scan.complete_rows == scan.rows or unassigned) and scan.distinct_rows < k:
        yield too_few_distinct(segmentation, scan.distinct_rows, k)


def find_warnings(
    features: Sequence[Feature], summaries: Sequence[Summary], sample: Sample, k: int | None
) -> tuple[str, ...]:
    """Return sentences about data that can be segmented, but with care."""
    found: list[str] = []
    for feature, summary in zip(features, summaries, strict=True):
        found += _feature_warnings(feature, summary)
    found += _correlations(features, summaries, sample)
    enough = max(20 * (k or 2), 200)
    if sample.rows < enough:
        found.append(
            f"{sample.rows:,} customers are few: with less than {enough} the segments "
            "may look different next time"
        )
    return tuple(found)


def _feature_warnings(feature: Feature, summary: Summary) -> Iterator[str]:
    column, counts = feature.column, summary.counts
    if counts.non_finite:
        yield f"{column} is NaN or infinite in {_of(counts.non_finite, counts.rows)}: missing"
    if counts.nulls > counts.rows / 2:
        yield f"{column} is NULL in {_of(counts.nulls, counts.rows)}"
    if summary.is_constant:
        yield f"{column} hardly differs between customers: it is left out of the fit"
        return
    ends = (counts.minimum or 0.0, counts.maximum or 0.0)
    far = max(abs(end - summary.mean) for end in ends) / summary.sd
    skewed = feature.scale != "log" and summary.skew > HEAVY_SKEW
    if feature.scale != "log" and far > 20:
        yield f"{column} has a value {far:.0f} standard deviations from its mean"
    if skewed and (counts.minimum or 0.0) >= 0:
        yield f"{column} is very skewed (skew {summary.skew:.1f}): consider scale: log"
    elif skewed or (feature.scale != "log" and summary.skew < -HEAVY_SKEW):
        yield f"{column} is very skewed (skew {summary.skew:.1f})"


def _correlations(
    features: Sequence[Feature], summaries: Sequence[Summary], sample: Sample
) -> Iterator[str]:
    used = [f.column for f, s in zip(features, summaries, strict=True) if not s.is_constant]
    for place, first in enumerate(used):
        for second in used[place + 1 :]:
            a, b = sample.column(first), sample.column(second)
            both = np.isfinite(a) & np.isfinite(b)
            a, b = a[both], b[both]
            if len(a) < 3 or min(np.ptp(a), np.ptp(b)) == 0:
                continue
            a, b = a - a.mean(), b - b.mean()
            r = float((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()))
            if abs(r) > 0.95:
                yield f"{first} and {second} say nearly the same (r = {r:.2f}): it counts twice"


def _problem(code: str, message: str, place: Place, help: str) -> Problem:
    return Problem(code, message, labels=(Label(place),), help=help)


def _of(count: int, rows: int) -> str:
    return f"{count:,} of {rows:,} {_rows(rows)}"


def _rows(count: int) -> str:
    return "row" if count == 1 else "rows"
