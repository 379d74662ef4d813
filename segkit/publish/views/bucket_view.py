"""From a bucket set and its stored edges to SQL: the view, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from segkit.core.bands import case_of_bands
from segkit.core.case import Case, Cells, Decision, Gate, Outcome, Rules
from segkit.core.columns import Column
from segkit.core.edges import EdgeSet, ScoreEdges, score_case
from segkit.core.labels import number_text
from segkit.core.predicate import bound
from segkit.core.tree import Leaf, Split, Tree
from segkit.dialects.select import CodedColumn, ViewSelect
from segkit.project.nodes import (
    NOT_SCORED,
    BandColumn,
    BucketColumn,
    BucketSet,
    QuantileColumn,
    RfmColumn,
    RuleColumn,
)
from segkit.publish.views.compiled import Described, ViewText, bound_condition


def bucket_view(
    buckets: BucketSet, columns: Sequence[Column], edges: Mapping[str, ScoreEdges]
) -> ViewSelect:
    """``edges`` are the stored ones, by the name of the score."""
    by_name = {column.name: column for column in columns}
    coded = tuple(c for column in buckets.columns for c in _coded(column, by_name, edges))
    return ViewSelect(buckets.key, (), coded, by_name, bound_condition(buckets.where, by_name))


def _coded(
    column: BucketColumn, columns: Mapping[str, Column], edges: Mapping[str, ScoreEdges]
) -> Iterator[CodedColumn]:
    code = f"{column.name}_order"
    if isinstance(column, BandColumn):
        bands = [(band.label, band.interval) for band in column.bands]
        yield CodedColumn(code, case_of_bands(column.column, bands, column.missing), column.name)
    elif isinstance(column, QuantileColumn):
        score = column.score
        case = score_case(
            score.column,
            edges[score.name].distinct,
            labels=column.labels,
            missing=column.missing,
        )
        yield CodedColumn(code, case, column.name)
    elif isinstance(column, RuleColumn):
        yield CodedColumn(code, _rules_case(column, columns), column.name)
    else:
        yield CodedColumn(code, _rfm_case(column, columns), column.name)
        for score in column.scores:
            case = score_case(score.column, edges[score.name].distinct, turned=score.turned)
            assert isinstance(case.decision, Leaf | Split)
            gated = _gated(column, columns, 0, case.decision)
            yield CodedColumn(score.name, Case(gated))


def _rules_case(column: RuleColumn, columns: Mapping[str, Column]) -> Case:
    rules = tuple(
        (bound(rule.condition.predicate, columns), code)
        for code, rule in enumerate(column.rules, start=1)
    )
    last = len(rules) + 1
    labels = [rule.label for rule in column.rules]
    labels += [column.otherwise] if column.otherwise is not None else []
    return Case(
        Rules(rules, last if column.otherwise is not None else None),
        _outcomes(labels, column.missing),
    )


def _rfm_case(column: RfmColumn, columns: Mapping[str, Column]) -> Case:
    labels = [name for name, _ in column.table.names]
    cells = Cells(
        tuple(score.name for score in column.scores[: column.table.width]),
        tuple(
            (cell, code)
            for code, (_, cells) in enumerate(column.table.names, start=1)
            for cell in cells
        ),
    )
    decision = _gated(column, columns, len(labels) + 1, cells)
    labels += [NOT_SCORED] if column.not_scored else []
    return Case(decision, _outcomes(labels, column.missing))


def _gated(
    column: RfmColumn, columns: Mapping[str, Column], code: int, rest: Tree | Cells
) -> Decision:
    if column.not_scored is None:
        return rest
    return Gate(bound(column.not_scored.predicate, columns), code, rest)


def _outcomes(labels: Sequence[str], missing: str) -> tuple[Outcome, ...]:
    return tuple(Outcome(code, text, text) for code, text in enumerate([missing, *labels]))


def bucket_header(buckets: BucketSet, edges: EdgeSet | None) -> str:
    """The comment above the view: what it is, and by which stored edges."""
    names = ", ".join(column.name for column in buckets.columns)
    lines = [
        f"-- {buckets.name}: {names}",
        "-- every row is in exactly one bucket of each, NULL and non-finite included",
    ]
    if edges is not None:
        for score in buckets.scores:
            found = edges.scores[score.name]
            listed = ", ".join(map(number_text, found.distinct))
            lines.append(
                f"-- {score.name}: edges {edges.label} of {score.column} on "
                f"{found.rows:,} rows: {listed}"
            )
    return "\n".join(lines)


def bucket_text(buckets: BucketSet, columns: Sequence[Column], edges: EdgeSet | None) -> ViewText:
    """The view with what is said of it; ``edges`` where there are scores."""
    view = bucket_view(buckets, columns, edges.scores if edges else {})
    return ViewText(view, bucket_header(buckets, edges), _described(buckets))


def _described(buckets: BucketSet) -> Described:
    text = buckets.description or f"business buckets of {buckets.relation}"
    about: dict[str, str] = {}
    for column in buckets.columns:
        about |= about_bucket(column)
    return Described(text, about)


def about_bucket(column: BucketColumn) -> dict[str, str]:
    """What each published column of a bucket column holds, in words."""
    about = {
        column.name: _about_column(column),
        f"{column.name}_order": f"{column.name} as a number, for sorting; 0 is missing",
    }
    if isinstance(column, RfmColumn):
        for score in column.scores:
            note = ": few are good" if score.turned else ""
            about[score.name] = f"score of {score.column}, the highest is best{note}"
    return about


def _about_column(column: BucketColumn) -> str:
    if isinstance(column, BandColumn):
        return f"bands of {column.column}"
    if isinstance(column, QuantileColumn):
        return f"{column.score.column} by its quantiles, the lowest first"
    if isinstance(column, RuleColumn):
        return "by rules: " + "; ".join(
            f"{rule.label}: {' '.join(rule.condition.predicate.text.split())}"
            for rule in column.rules
        )
    names = " and ".join(score.column for score in column.scores[: column.table.width])
    return f"name of the scores of {names}"
