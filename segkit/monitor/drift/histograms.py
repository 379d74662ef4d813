"""Counts of customers by bin, at the fit and now, in SQL: what distances are told from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from segkit.core.drift_result import Value
from segkit.dialects.spelling import double, identifier, literal
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.learn.numbers import Floats


def read_histograms(
    engine: Reader, base: str, now: str, features: Sequence[Value]
) -> dict[str, tuple[Floats, Floats]]:
    """Counts by bin of every feature that has bins; missing values are the last one."""
    binned = [f for f in features if (f.levels if f.is_category else f.edges)]
    unknown = [value for value in binned if not value.histogram]
    before = {value.name: np.array(value.histogram, float) for value in binned if value.histogram}
    before |= _counts_by_bin(engine, base, unknown)
    there = _counts_by_bin(engine, now, binned)
    return {name: (before[name], counts) for name, counts in there.items()}


def _counts_by_bin(engine: Reader, relation: str, values: Sequence[Value]) -> dict[str, Floats]:
    if not values:
        return {}
    bins = [f"b{place}" for place in range(len(values))]
    listed = ", ".join(
        f"{_bin_sql(value, engine.dialect)} AS {name}"
        for value, name in zip(values, bins, strict=True)
    )
    flags = ", ".join(f"grouping({name})" for name in bins)
    rows = engine.query(
        f"SELECT {', '.join(bins)}, {flags}, count(*) FROM (SELECT {listed} FROM {relation})"
        f" AS binned GROUP BY GROUPING SETS ({', '.join(f'({name})' for name in bins)})"
    )
    found = {}
    for place, value in enumerate(values):
        counts = np.zeros(len(value.levels if value.is_category else value.edges) + 2)
        for row in rows:
            if not row[len(bins) + place]:
                counts[row[place]] = row[-1]
        found[value.name] = counts
    return found


def _bin_sql(value: Value, dialect: Dialect) -> str:
    name = identifier(value.name, dialect)
    if value.is_category:
        tests = [f"{name} = {literal(level, dialect)}" for level in value.levels]
    else:
        tests = [f"{name} < {double(edge)}" for edge in value.edges]
    whens = " ".join(f"WHEN {test} THEN {place}" for place, test in enumerate(tests))
    return f"CASE WHEN {name} IS NULL THEN {len(tests) + 1} {whens} ELSE {len(tests)} END"
