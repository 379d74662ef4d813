"""The sums that drift is judged by, from arrays: the same as SQL makes of the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from segkit.core.drift_result import Flow
from segkit.learn.numbers import Floats, Ints
from segkit.monitor.drift.against_fit import is_suspect
from segkit.monitor.drift.evidence import Evidence, Far, Line, Pairs, Sums
from segkit.monitor.drift.moments import Cells, Moments
from segkit.monitor.drift.new_group import Space, with_dense


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Customers of one build: in rising order of their ids. ``segment`` has codes from 0."""

    ids: Ints
    segment: Ints
    values: Mapping[str, Floats]
    flags: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)


def letter(code: int) -> str:
    return chr(65 + code)


def moments_of(
    base: Snapshot, now: Snapshot, names: tuple[str, ...], days: int
) -> tuple[Cells, dict[str, Moments], dict[str, Pairs]]:
    """Cells, and the sums of each value by cell."""
    there = np.zeros(int(max(base.ids[-1], now.ids[-1])) + 1, bool)
    there[base.ids] = there[now.ids] = True
    everyone = np.flatnonzero(there)
    place_of = np.cumsum(there) - 1
    at0, at1 = place_of[base.ids], place_of[now.ids]
    cell = np.zeros((len(everyone), 2), int)  # 0: not there
    cell[at0, 0], cell[at1, 1] = base.segment + 1, now.segment + 1
    size = int(cell.max()) + 1
    code = cell[:, 0] * size + cell[:, 1]
    used = np.flatnonzero(np.bincount(code))
    place = np.searchsorted(used, code)

    def by_cell(what: Floats) -> Floats:
        return np.bincount(place, what, len(used)).astype(float)

    codes = used.tolist()
    before = tuple(letter(c // size - 1) if c // size else None for c in codes)
    after = tuple(letter(c % size - 1) if c % size else None for c in codes)
    cells = Cells(before, after, by_cell(np.ones(len(everyone))))
    found, pairs = {}, {}
    for name in names:
        center = float(np.nanmean(base.values[name]))
        x0, x1 = np.full(len(everyone), np.nan), np.full(len(everyone), np.nan)
        x0[at0], x1[at1] = base.values[name] - center, now.values[name] - center
        known0, known1 = ~np.isnan(x0), ~np.isnan(x1)
        both = known0 & known1
        y0, y1 = np.where(known0, x0, 0), np.where(known1, x1, 0)
        sums = (known0, y0, y0**2, known1, y1, y1**2, both, y0 * both, y1 * both, y0 * y1)
        by_cells = [by_cell(np.asarray(each, float)) for each in sums]
        found[name] = Moments(*by_cells, center=center)  # type: ignore[misc, arg-type]
        d = (x1 - x0)[both]
        same = np.isclose(d, days) & (days > 0)
        pairs[name] = Pairs(
            int(both.sum()),
            int((d < 0).sum()),
            int((d > 0).sum()),
            int(same.sum()),
            int((d > days + 1e-6).sum()),
        )
    return cells, found, pairs


def flows_of(
    as_of: date,
    previous: Snapshot,
    calendar: Ints | None,
    now: Snapshot,
    band: Ints | None,
) -> tuple[Flow, ...]:
    """Counts of customers by where they were, the calendar put them, and are."""
    at = np.searchsorted(now.ids, previous.ids)
    stays = (at < len(now.ids)) & (now.ids[np.minimum(at, len(now.ids) - 1)] == previous.ids)
    joined = ~np.isin(now.ids, previous.ids)
    active = now.flags["active"]
    counts: Counter[tuple[str | None, str | None, int | None, str | None, bool | None]] = Counter()
    aged = previous.segment if calendar is None else calendar
    bands = np.zeros(len(previous.ids), int) if band is None else band
    here = at[stays]
    columns = [previous.segment[stays], aged[stays], bands[stays], now.segment[here], active[here]]
    sizes = [int(column.max(initial=0)) + 1 for column in columns]
    n = np.bincount(np.ravel_multi_index(columns, sizes))
    for code in np.flatnonzero(n):
        a, b, c, d, e = (int(part) for part in np.unravel_index(code, sizes))
        counts[(letter(a), letter(b), c, letter(d), bool(e))] += int(n[code])
    for code, count in Counter(now.segment[joined].tolist()).items():
        counts[(None, None, None, letter(code), None)] += count
    for code, count in Counter(previous.segment[~stays].tolist()).items():
        counts[(letter(code), None, None, None, None)] += count
    return tuple(Flow(as_of, *key, n) for key, n in sorted(counts.items(), key=repr))


def joined_of(previous: Snapshot, now: Snapshot, names: tuple[str, ...]) -> dict[str, Sums]:
    joined = ~np.isin(now.ids, previous.ids)
    found = {}
    for name in names:
        x = now.values[name][joined]
        x = x[~np.isnan(x)]
        found[name] = Sums(len(x), float(x.sum()), float((x**2).sum()))
    return found


def far_of(base: Snapshot, now: Snapshot, space: Space | None, alpha: float) -> Far | None:
    if space is None:
        return None
    points = [
        space.scaled(np.column_stack([each.values[name] for name in space.features]))
        for each in (base, now)
    ]
    away = [space.distances(each) for each in points]
    limit = float(np.quantile(away[0], 0.995))
    is_far = [each > limit for each in away]
    line = Line(", ".join(space.features), limit, len(away[0]), int(is_far[0].sum()))
    far = Far(line, len(away[1]), int(is_far[1].sum()))
    if not is_suspect(far, alpha):
        return far
    return with_dense(far, points[1][is_far[1]][:2000], space.inertia)


def totals_of(
    cells: Cells, values: Mapping[str, Moments], metrics: tuple[str, ...]
) -> dict[str, tuple[Floats, Floats]]:
    found = {}
    for metric in metrics:
        value = values[metric]
        found[metric] = (
            value.sum0 + value.center * value.known0,
            value.sum1 + value.center * value.known1,
        )
    return found


def evidence_of(
    as_of: date,
    base_as_of: date,
    base: Snapshot,
    previous: Snapshot,
    now: Snapshot,
    *,
    features: tuple[str, ...],
    metrics: tuple[str, ...],
    calendar: Ints | None,
    band: Ints | None,
    aged: Ints | None,
    no_rule: frozenset[str] = frozenset(),
) -> Evidence:
    """Everything of one build. ``calendar`` and ``aged``: codes of who was there, aged to today."""
    days = (as_of - base_as_of).days
    cells, values, pairs = moments_of(base, now, (*features, *metrics), days)
    return Evidence(
        as_of,
        base_as_of,
        cells,
        features,
        metrics,
        values,
        pairs=pairs,
        flows=flows_of(as_of, previous, calendar, now, band),
        joined=joined_of(previous, now, features),
        aged=None if aged is None else {letter(k): v for k, v in Counter(aged.tolist()).items()},
        totals=totals_of(cells, values, metrics),
        no_rule=no_rule,
    )
