"""Moments of what is measured, by stratum, arm and fold: one GROUP BY over the customers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from segkit.dialects.phrases import phrases
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.experiments.arm_moments import Floats, Moments
from segkit.experiments.customer_rows import ROWS
from segkit.experiments.policy import FOLDS
from segkit.project.nodes import Experiment, Measure

_KEY = ("segment_id", "period", "known", "arm", "fold")


@dataclass(frozen=True)
class Value:
    """A metric as it is reckoned with: ``number`` is its measure's; ``cap`` None: as it is."""

    measure: Measure
    number: int
    cap: float | None = None
    is_uncapped: bool = False  # of a measure that has a cap


@dataclass(frozen=True)
class Cells:
    """Moments of a value by stratum and arm, of all customers and of each fold.

    ``complete`` and ``missing`` (arms) count customers whose time is over, and those of them
    without a value; ``strata`` are (segment, period, known).
    """

    value: Value
    strata: tuple[tuple[str, int, bool], ...]
    segments: tuple[str, ...]
    whole: Moments
    folds: Moments
    complete: Floats
    missing: Floats


def read_cells(engine: Reader, node: Experiment) -> tuple[Cells, ...]:
    """Return the moments of each measure; of one with a cap, as it is and with it.

    Values are summed less a number near their mean, so that no digits are lost by squares.
    """
    values = [*_values(engine, node)]
    centers = _centers(engine, node, values)
    groups: list[int] = []
    items: list[str] = []
    for value in values:
        terms = _terms(value, node, centers)
        groups.append(len(terms))
        items += _sum_items(value, terms, engine.dialect)
    key = ", ".join(_KEY)
    found = engine.query(
        f"SELECT {key}, {', '.join(items)} FROM {ROWS} GROUP BY {key} ORDER BY {key}"
    )
    strata = tuple(sorted({(str(r[0]), int(r[1]), bool(r[2])) for r in found}))
    at, cells = len(_KEY), []
    for value, d in zip(values, groups, strict=True):
        size = 3 + d + d * (d + 1) // 2
        center = [centers[name] for name in _names(value, node)]
        cells.append(_cells(node, value, strata, found, at, d, np.array(center)))
        at += size
    return tuple(cells)


def _values(engine: Reader, node: Experiment) -> Iterator[Value]:
    for number, measure in enumerate(node.measures):
        if measure.cap is None or measure.per is not None:
            yield Value(measure, number)
            continue
        quantile = phrases(engine.dialect).quantiles(f"y{number}", [measure.cap])
        ((found,),) = engine.query(f"SELECT {quantile} FROM {ROWS}")
        cap = found[0] if found else None
        yield Value(measure, number, None if cap is None else float(cap))
        yield Value(measure, number, is_uncapped=True)


def _names(value: Value, node: Experiment) -> list[str]:
    names = [f"y{value.number}"] + ([f"d{value.number}"] if value.measure.per else [])
    return names + [f"x{i}" for i in range(len(node.covariates))]


def _centers(engine: Reader, node: Experiment, values: Sequence[Value]) -> Mapping[str, float]:
    names = list(dict.fromkeys(name for value in values for name in _names(value, node)))
    means = ", ".join(f"avg({name})" for name in names)
    found = engine.query(f"SELECT {means} FROM {ROWS}")[0]
    return {n: float(f"{float(mean or 0):.4g}") for n, mean in zip(names, found, strict=True)}


def _terms(value: Value, node: Experiment, centers: Mapping[str, float]) -> list[str]:
    terms = []
    for name in _names(value, node):
        sql = name
        if name == f"y{value.number}" and value.cap is not None:
            sql = f"least({name}, {value.cap!r})"
        sql = f"({sql} - {centers[name]!r})" if centers[name] else sql
        terms.append(f"coalesce({sql}, 0)" if name.startswith("x") else sql)
    return terms


def _sum_items(value: Value, terms: Sequence[str], dialect: Dialect) -> Iterator[str]:
    total = phrases(dialect).exact_sum
    is_there = " AND ".join(
        f"{letter}{value.number} IS NOT NULL" for letter in ("yd" if value.measure.per else "y")
    )
    yield "count(*)"
    yield f"sum(c{value.number})"
    yield f"sum(CASE WHEN {is_there} THEN 1 ELSE 0 END)"
    for i, first in enumerate(terms):
        yield total(f"CASE WHEN {is_there} THEN {first} END")
        for second in terms[i:]:
            yield total(f"CASE WHEN {is_there} THEN {first} * {second} END")


def _cells(
    node: Experiment,
    value: Value,
    strata: Sequence[tuple[str, int, bool]],
    found: Sequence[tuple[Any, ...]],
    at: int,
    d: int,
    center: Floats,
) -> Cells:
    arms, place = list(node.arms), {stratum: i for i, stratum in enumerate(strata)}
    shape = (FOLDS, len(strata), len(arms))
    n, sums, products = np.zeros(shape), np.zeros((*shape, d)), np.zeros((*shape, d, d))
    complete, missing = np.zeros(len(arms)), np.zeros(len(arms))
    for row in found:
        arm = arms.index(row[3])
        cell = (int(row[4]), place[str(row[0]), int(row[1]), bool(row[2])], arm)
        _, over, there, *rest = row[at : at + 3 + d + d * (d + 1) // 2]
        n[cell] = there
        complete[arm] += over
        missing[arm] += over - there
        numbers = iter(float(each or 0.0) for each in rest)
        for i in range(d):
            sums[(*cell, i)] = next(numbers)
            for j in range(i, d):
                products[(*cell, i, j)] = products[(*cell, j, i)] = next(numbers)
    segments = tuple(sorted({segment for segment, _, _ in strata}))
    segment = np.array([segments.index(s) for s, _, _ in strata], dtype=np.int64)
    known = np.array([k for _, _, k in strata], dtype=bool)
    is_ratio = value.measure.per is not None

    def moments(n: Floats, sums: Floats, products: Floats) -> Moments:
        return Moments.of_sums(n, sums, products, segment, known, is_ratio=is_ratio).shifted(center)

    whole = moments(n.sum(axis=0), sums.sum(axis=0), products.sum(axis=0))
    return Cells(
        value, tuple(strata), segments, whole, moments(n, sums, products), complete, missing
    )
