"""From a bucket set and its stored edges to SQL: the view, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from segkit.core.columns import Column
from segkit.core.edges import EdgeSet, ScoreEdges
from segkit.core.labels import number_text
from segkit.dialects.select import ViewSelect
from segkit.project.nodes import BucketSet
from segkit.publish.views.compiled import Described, ViewText, bound_condition


def bucket_view(
    buckets: BucketSet, columns: Sequence[Column], edges: Mapping[str, ScoreEdges]
) -> ViewSelect:
    """``edges`` are the stored ones, by the name of the score."""
    by_name = {column.name: column for column in columns}
    coded = tuple(c for column in buckets.columns for c in column.coded(by_name, edges))
    return ViewSelect(buckets.key, (), coded, by_name, bound_condition(buckets.where, by_name))


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
            if found.nested:
                listed = f"{len(found.nested)} times, within {' and '.join(score.within)}"
            else:
                listed = ", ".join(map(number_text, found.counted())) or "none"
            lines.append(
                f"-- {score.name}: edges {edges.label} of {score.column} on "
                f"{found.rows:,} rows: {listed}"
            )
    return "\n".join(lines)


def bucket_text(buckets: BucketSet, columns: Sequence[Column], edges: EdgeSet | None) -> ViewText:
    """The view with what is said of it; ``edges`` where there are scores."""
    view = bucket_view(buckets, columns, edges.scores if edges else {})
    text = buckets.description or f"business buckets of {buckets.relation}"
    about = {name: said for column in buckets.columns for name, said in column.about.items()}
    return ViewText(view, bucket_header(buckets, edges), Described(text, about))
