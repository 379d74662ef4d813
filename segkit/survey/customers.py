"""Customers to look at: dots of a picture, and some of each segment with the reason why."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from segkit.core.axis import Axis
from segkit.core.evaluate import evaluate, level, number
from segkit.core.fit import Fit, on_scale
from segkit.core.near import Ruler, ruler_of
from segkit.core.nearest import nearest_change
from segkit.core.tree import Below, Leaf, Split, Tree
from segkit.dialects.phrases import as_text, hash_of, in_byte_order, phrases
from segkit.dialects.spelling import double, identifiers
from segkit.learn.numbers import Floats
from segkit.publish.checks.axes import read_axes
from segkit.survey.held_rows import CODE, NEAREST, HeldRows
from segkit.survey.page_data import Dot, Example

OF_EACH = 250  # customers of a segment that are looked at
DOTS = 600  # of all segments together
_SALT = "segkit:survey"
_CLEAR = 0.05  # of the distance between the first and the last decile: no line is nearer
_TRIED = 6  # candidates for the border whose nearest change is worked out
_TYPICAL, _BORDERLINE = 2, 2


@dataclass(frozen=True)
class Customer:
    """``row`` has the columns of the rules in their own types, ``cluster`` K-Means' code."""

    id: str
    code: int
    cluster: int | None
    row: Mapping[str, object]
    values: tuple[float | str | None, ...]  # features
    metrics: tuple[float | None, ...]


Drawn = Mapping[int, Sequence[Customer]]  # by code


def examples_of(held: HeldRows, drawn: Drawn) -> Mapping[str, tuple[Example, ...]]:
    """Return examples by segment id."""
    axes = read_axes(held.engine, held.everyone.relation, held.subject.fit, held.subject.by_name)
    return {
        segment.id: tuple(_examples(held, drawn.get(segment.code, []), axes))
        for segment in held.subject.fit.segments
    }


def draw(held: HeldRows, sizes: Mapping[int, int]) -> Drawn:
    """Up to so many customers of each code, by a hash of their key."""
    if not any(sizes.values()):
        return {}  # of a relation without rows
    dialect, subject = held.engine.dialect, held.subject
    key = as_text(subject.key, dialect)
    columns = [column.name for column in held.everyone.columns[1:]]
    listed = ", ".join([CODE, NEAREST, identifiers(columns, dialect), *held.measured])
    # few are put in order: three times as many as are wanted
    likely = {code: min(1.0, 3 * OF_EACH / n) for code, n in sizes.items() if n}
    whens = " ".join(f"WHEN {code} THEN {double(chance)}" for code, chance in likely.items())
    by_hash = f"{in_byte_order('h', dialect)}, {in_byte_order('k', dialect)}"
    digits = f"{phrases(dialect).number_of_hex('substr(h, 17, 8)')} / {double(2**32)}"
    rows = held.engine.query(
        f"SELECT k, {listed} FROM ("
        f"SELECT *, row_number() OVER (PARTITION BY {CODE} ORDER BY {by_hash}) AS place FROM ("
        f"SELECT {key} AS k, {hash_of(key, _SALT, dialect)} AS h, {listed} "
        f"FROM {held.everyone.relation}) AS hashed WHERE {digits} <= CASE {CODE} {whens} END"
        f") AS numbered WHERE place <= {OF_EACH} ORDER BY {CODE}, place"
    )
    found: dict[int, list[Customer]] = {}
    learned = {segment.code for segment in subject.fit.learned}
    for id_, code, nearest, *cells in rows:
        row = dict(zip(columns, cells, strict=False))
        cluster = int(nearest) if nearest is not None and code in learned else None
        values = tuple(_shown(held, f.column, row[f.column]) for f in subject.features)
        metrics = tuple(None if m is None else float(m) for m in cells[len(columns) :])
        customer = Customer(str(id_), int(code), cluster, row, values, metrics)
        found.setdefault(int(code), []).append(customer)
    return found


def _shown(held: HeldRows, column: str, value: Any) -> float | str | None:
    if not held.subject.by_name[column].type.is_numeric:
        return level(value)
    known = number(value)
    return None if known is None else float(known)


def dots_of(drawn: Drawn, sizes: Mapping[int, int]) -> tuple[Dot, ...]:
    """By the root of their size: the few of a small segment can be seen, a large one is no blot."""
    roots = {code: math.sqrt(sizes.get(code, 0)) for code in drawn}
    total = math.fsum(roots.values()) or 1.0
    return tuple(
        Dot(code, customer.cluster, customer.values)
        for code, customers in sorted(drawn.items())
        for customer in customers[: math.ceil(DOTS * roots[code] / total)]
    )


# examples ----------------------------------------------------------------------------------------


def _examples(
    held: HeldRows, customers: Sequence[Customer], axes: Mapping[str, Axis]
) -> Iterator[Example]:
    fit = held.subject.fit
    if not customers:
        return
    points = np.array([_point(fit, customer) for customer in customers])
    away = np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=1))
    rulers = {f.column: ruler_of(fit, f.column) for f in fit.features if not f.is_category}
    margins = np.array([_margin(fit, customer, rulers) for customer in customers])
    taken: set[tuple[object, ...]] = set()
    settled = np.array([customer.cluster in (None, customer.code) for customer in customers])
    clear = settled & (margins > _CLEAR)
    for place in np.argsort(np.where(clear, away, np.inf), kind="stable"):
        if len(taken) == _TYPICAL or not clear[place]:
            break
        customer = customers[place]
        if customer.values not in taken:
            taken.add(customer.values)
            yield Example("typical", customer.id, (*customer.values, *customer.metrics))
    yield from _borderline(held, customers, margins, axes, rulers)
    yield from _odd(held, customers, away, taken)


def _point(fit: Fit, customer: Customer) -> tuple[float, ...]:
    """Where the customer lies in the space of the fit."""
    coordinates: list[float] = []
    for feature in fit.features:
        value = customer.row[feature.column]
        known = level(value) if feature.is_category else number(value)
        coordinates += feature.coordinates(float(known) if isinstance(known, Decimal) else known)
    return tuple(coordinates)


def _margin(fit: Fit, customer: Customer, rulers: Mapping[str, Ruler | None]) -> float:
    """How far the nearest cut on the customer's way lies, in distances of the outer deciles."""
    scales = {feature.column: feature.scale for feature in fit.features}
    node: Tree = fit.tree
    least = math.inf
    while not isinstance(node, Leaf):
        value = customer.row[node.column]
        if isinstance(node.test, Below) and (known := _number(value)) is not None:
            ruler = rulers.get(node.column)
            width = float(ruler.width) if ruler and ruler.width else 1.0
            scale = scales[node.column]
            off = on_scale(known, scale) - on_scale(float(node.test.cut), scale)
            least = min(least, abs(off) / width)
        node = node.yes if _is_yes(node, customer.row) else node.no
    return least


def _is_yes(split: Split, row: Mapping[str, object]) -> bool:
    return bool(evaluate(Split(split.column, split.test, Leaf(1), Leaf(0), split.missing), row))


def _number(value: object) -> float | None:
    known = number(value)
    return None if known is None else float(known)


def _borderline(
    held: HeldRows,
    customers: Sequence[Customer],
    margins: Floats,
    axes: Mapping[str, Axis],
    rulers: Mapping[str, Ruler | None],
) -> Iterator[Example]:
    """Those whom the smallest change of a value moves."""
    fit = held.subject.fit
    known = {column: ruler for column, ruler in rulers.items() if ruler and ruler.width}
    farthest = {column: ruler.width for column, ruler in known.items()}
    ids = {segment.code: segment.id for segment in fit.segments}
    found = []
    for place in np.argsort(margins, kind="stable")[:_TRIED]:
        if not math.isfinite(margins[place]):
            break
        customer = customers[place]
        change = nearest_change(fit.tree, customer.row, axes, known, farthest)
        if change is not None:
            found.append((change.distance / farthest[change.split.column], customer, change))
    for _, customer, change in sorted(found, key=lambda each: each[0])[:_BORDERLINE]:
        values = (*customer.values, *customer.metrics)
        column, other = change.split.column, ids.get(change.code)
        yield Example("borderline", customer.id, values, column, change.change, other)


def _odd(
    held: HeldRows, customers: Sequence[Customer], away: Floats, taken: set[tuple[object, ...]]
) -> Iterator[Example]:
    """The one farthest from all others, if possible one whom K-Means has elsewhere."""
    ids = {segment.code: segment.id for segment in held.subject.fit.segments}
    elsewhere = np.array([c.cluster not in (None, c.code) for c in customers])
    place = int(np.argmax(np.where(elsewhere, away, -1) if elsewhere.any() else away))
    customer = customers[place]
    if customer.values in taken:
        return
    other = None if customer.cluster in (None, customer.code) else ids[customer.cluster or 0]
    yield Example("odd", customer.id, (*customer.values, *customer.metrics), other=other)
