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
from segkit.dialects.phrases import as_text, hash_of, in_byte_order
from segkit.dialects.spelling import identifiers
from segkit.learn.data.all_rows import AllRows
from segkit.learn.numbers import Floats, squared_distances
from segkit.publish.checks.axes import read_axes
from segkit.survey.everybody import CODE, columns_read, metrics_read
from segkit.survey.held_rows import HeldRows, centre_codes
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
    axes = read_axes(held.engine, held.drawn.relation, held.subject.fit, held.subject.by_name)
    return {
        segment.id: tuple(_examples(held, drawn.get(segment.code, []), axes))
        for segment in held.subject.fit.segments
    }


def draw(held: HeldRows) -> Drawn:
    """Up to so many customers of each code, by a hash of their key."""
    counted = f"SELECT {CODE}, count(*) FROM {held.drawn.relation} GROUP BY {CODE}"
    sizes: dict[int, int] = dict(held.engine.query(counted))
    dialect, subject = held.engine.dialect, held.subject
    columns = [column.name for column in columns_read(subject)]
    own = dict.fromkeys([subject.node.key, *columns, *held.metrics])
    code = AllRows(held.engine, held.rows, columns_read(subject)).code_sql(subject.fit.tree)
    hash_sql = hash_of(as_text(subject.key, dialect), _SALT, dialect)
    # few are put in order: three times as many as are wanted
    likely = {code: 3 * OF_EACH / n for code, n in sizes.items() if n}
    if not likely:
        return {}  # of a relation without rows
    ends = {c: f"{int(p * 16**8):08x}" if p < 1 else "g" for c, p in likely.items()}
    whens = " ".join(f"WHEN {c} THEN '{end}'" for c, end in ends.items())
    key, by_hash = as_text(subject.key, dialect), in_byte_order("segkit_h", dialect)
    by_key = in_byte_order(key, dialect)
    listed = [key, CODE, identifiers(columns, dialect)]
    rows = held.engine.query(
        f"SELECT {', '.join([*listed, *metrics_read(subject).values()])} FROM ("
        f"SELECT *, row_number() OVER (PARTITION BY {CODE} ORDER BY {by_hash}, {by_key}) AS "
        f"segkit_place FROM (SELECT *, {code} AS {CODE} FROM ("
        f"SELECT {identifiers(own, dialect)}, {hash_sql} AS segkit_h FROM {held.rows}"
        f") AS hashed WHERE {by_hash} <= '{max(ends.values())}'"
        f") AS coded WHERE {by_hash} <= CASE {CODE} {whens} END"
        f") AS numbered WHERE segkit_place <= {OF_EACH} ORDER BY {CODE}, segkit_place"
    )
    found: dict[int, list[Customer]] = {}
    learned = {segment.code for segment in subject.fit.learned}
    centers, codes = np.array(subject.fit.clusters.centers), centre_codes(subject)
    for id_, code, *cells in rows:
        row = dict(zip(columns, cells, strict=False))
        cluster = None
        if codes and code in learned:
            away = squared_distances(np.array([_point(subject.fit, row)]), centers)
            cluster = codes[int(away.argmin())]
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
    points = np.array([_point(fit, customer.row) for customer in customers])
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
            values = (*customer.values, *customer.metrics)
            yield Example("typical", customer.id, values, _unknown(fit, customer))
    yield from _borderline(held, customers, margins, axes, rulers)
    yield from _odd(held, customers, away, taken)


def _unknown(fit: Fit, customer: Customer) -> str | None:
    """The column without a value that puts the customer into a segment of its own."""
    for column, segment in fit.own.items():
        value = customer.row[column]
        if segment.code == customer.code and number(value) is None and level(value) is None:
            return column
    return None


def _point(fit: Fit, row: Mapping[str, object]) -> tuple[float, ...]:
    """Where the customer lies in the space of the fit."""
    coordinates: list[float] = []
    for feature in fit.features:
        value = row[feature.column]
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
