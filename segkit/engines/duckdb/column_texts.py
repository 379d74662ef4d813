"""What DuckDB counts of the texts of a column, for the decision of what they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from segkit.engines.duckdb.text_sql import distinct_sql, orders_sql, shapes_sql
from segkit.files.column_readings import read_columns
from segkit.files.csv_options import FileOptions
from segkit.files.file_columns import ColumnReading, ColumnTexts, Readings
from segkit.files.shapes import MOST, Shape

Query = Callable[[str], list[tuple[Any, ...]]]


def read_all_texts(
    query: Query,
    relation: str,
    columns: Mapping[str, str],
    options: FileOptions,
    kept: Sequence[ColumnReading] = (),
) -> Readings:
    """Return what the columns are by all of their texts; ``columns`` are their SQL by name."""
    texts = [column_texts(query, relation, sql, name) for name, sql in columns.items()]
    found = _with_orders(query, relation, columns, read_columns(texts, options, kept))
    no_days = {
        q.columns[0]: "VARCHAR" for q in found.questions if q.kind == "two orders" and not q.n
    }
    if not no_days:
        return found
    # 13/14/2024 is of the form of a day, and none by either order
    options = replace(options, types={**options.types, **no_days})
    return _with_orders(query, relation, columns, read_columns(texts, options, kept))


def column_texts(query: Query, relation: str, column: str, name: str) -> ColumnTexts:
    shapes = column_shapes(query, relation, column)
    distinct, *same = query(distinct_sql(column, relation))[0]
    known = None if len(shapes) > MOST else shapes
    return ColumnTexts(name, known, distinct, None if None in same else (same[0], same[1]))


def column_shapes(query: Query, relation: str, column: str) -> tuple[Shape, ...]:
    return tuple(
        Shape(text, n, least, greatest, tuple(parts[:3]), tuple(parts[3:]))
        for text, n, least, greatest, *parts in query(shapes_sql(column, relation))
    )


def _with_orders(
    query: Query, relation: str, columns: Mapping[str, str], found: Readings
) -> Readings:
    """With how many days have which order, where a column has two."""
    questions = []
    for question in found.questions:
        if question.kind == "two orders":
            sql = orders_sql(columns[question.columns[0]], relation)
            n, one, of, other = query(sql)[0]
            is_so = n > 0 and of > 0
            question = replace(question, n=n * is_so, of=of, example=f"{one}, {other}")
        questions.append(question)
    return replace(found, questions=tuple(questions))
