"""How many customers are in each bucket."""

from __future__ import annotations

from segkit.dialects.spelling import identifier
from segkit.engines.base import Reader
from segkit.project.nodes import BucketSet
from segkit.survey.page_data import BucketColumnSurvey, BucketCount, BucketSetReport


def count_buckets(engine: Reader, node: BucketSet) -> BucketSetReport:
    """Return the counts of a bucket set, from its published view."""
    view, dialect = identifier(node.name, engine.dialect), engine.dialect
    there = {column.name for column in engine.columns(view)}
    columns = []
    for column in node.columns:
        if not (column.is_named and column.order in there):
            continue
        label, order = identifier(column.name, dialect), identifier(column.order, dialect)
        found = engine.query(
            f"SELECT {label}, {order}, count(*) FROM {view} "
            f"GROUP BY {label}, {order} ORDER BY {order}"
        )
        buckets = tuple(BucketCount(str(name), int(place), int(n)) for name, place, n in found)
        columns.append(BucketColumnSurvey(column.name, buckets))
    rows = int(engine.query(f"SELECT count(*) FROM {view}")[0][0])
    return BucketSetReport(node.name, rows, tuple(columns))
