"""A new group: customers far from every segment of the fit, and close to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np

from segkit.core.drift_result import EarlierBuild
from segkit.dialects.phrases import as_text, hash_of, in_byte_order, phrases
from segkit.dialects.spelling import double, identifier
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.learn.numbers import Floats
from segkit.monitor.drift.against_fit import is_suspect
from segkit.monitor.drift.evidence import Evidence, Far, Kind, Line
from segkit.monitor.drift.moments import Mask, Moments
from segkit.monitor.drift.paired_sums import Relations

_BEYOND = 0.995  # of the customers of the fit lie nearer
_LEAST = 20  # customers who may be a group
_LOOKED_AT = 2000  # of them: all pairs are compared
_SALT = "segkit:drift"


@dataclass(frozen=True, eq=False)
class Space:
    """Steady features in standard deviations of the fit, and where the segments lie there.

    ``inertia``: the mean square of a customer's distance from the own segment's mean.
    """

    features: tuple[str, ...]
    means: Floats
    sds: Floats
    centers: Floats
    inertia: float

    def scaled(self, rows: Floats) -> Floats:
        """Rows of values (NaN: missing, as the mean) as points of the space."""
        points = (rows - self.means) / self.sds
        return np.where(np.isnan(points), 0.0, points)

    def distances(self, points: Floats) -> Floats:
        """The square of each point's distance from the nearest centre."""
        return np.asarray(((points[:, None] - self.centers) ** 2).sum(-1).min(1))


def space_of(evidence: Evidence, kinds: Mapping[str, Kind | None]) -> Space | None:
    """The space of the features that neither age nor accumulate; None where there is none."""
    cells = evidence.cells
    if not cells.n[cells.are_there].sum():
        return None
    masks = [cells.were_in(segment) for segment in cells.segments]
    were_in = [mask for mask in masks if cells.n[mask].sum()]
    steady = [x for x in evidence.features if x in evidence.values and not kinds.get(x)]
    found = {name: _axis(evidence.values[name], were_in) for name in steady}
    axes = {name: axis for name, axis in found.items() if axis is not None}
    if not axes:
        return None
    means, sds, centers, within = zip(*axes.values(), strict=True)
    return Space(
        tuple(axes), np.array(means), np.array(sds), np.array(centers).T, float(sum(within))
    )


def _axis(
    value: Moments, were_in: Sequence[Mask]
) -> tuple[float, float, list[float], float] | None:
    """Mean, deviation, segments' means and the variance within them, both in deviations."""
    n = float(value.known0.sum())
    mean = float(value.sum0.sum()) / max(n, 1.0)
    sd = sqrt(max(float(value.square0.sum()) / max(n, 1.0) - mean**2, 0.0))
    if not sd:
        return None
    known = [max(float(value.known0[mask].sum()), 1.0) for mask in were_in]
    sums = [float(value.sum0[mask].sum()) for mask in were_in]
    # of a segment where nobody has a value: in the middle
    at = [(s / k - mean) / sd if s else 0.0 for s, k in zip(sums, known, strict=True)]
    between = sum(s**2 / k for s, k in zip(sums, known, strict=True))
    within = max(float(value.square0.sum()) - between, 0.0) / n / sd**2
    return value.center + mean, sd, at, within


def dense(points: Floats, inertia: float) -> int:
    """How many of the points lie in one ball as wide as a segment is."""
    if not len(points):
        return 0
    reach, best = 2 * inertia, 0  # two customers of a segment are twice as far apart
    near = ((points[:, None] - points) ** 2).sum(-1) <= reach
    center = points[int(near.sum(1).argmax())]
    for _ in range(3):
        inside = ((points - center) ** 2).sum(-1) <= reach
        best = max(best, int(inside.sum()))
        center = points[inside].mean(0) if inside.any() else center
    return best


def with_dense(far: Far, points: Floats, inertia: float) -> Far:
    """The counts, with those who lie together: as many of all as of the points."""
    if far.far1 < _LEAST or not len(points):
        return far
    return replace(far, dense=round(dense(points, inertia) * far.far1 / len(points)))


def kept_line(space: Space, n0: int, earlier: Sequence[EarlierBuild]) -> Line | None:
    """The line that an earlier build found in the same features."""
    name = ", ".join(space.features)
    for build in earlier:
        limit, far0 = (build.figure(check, name, None) for check in ("far", "far n"))
        if limit is not None and far0 is not None:
            return Line(name, limit, n0, int(far0))
    return None


def read_far(
    engine: Reader, relations: Relations, space: Space | None, line: Line | None, alpha: float
) -> Far | None:
    """Count those who are beyond the line; rows are looked at only if there are more than usual."""
    if space is None:
        return None
    dialect = engine.dialect
    line = line or _read_line(engine, relations.base, space)
    (n1, far1) = _count_beyond(engine, relations.now, space, line.limit)
    far = Far(line, n1, far1)
    if not is_suspect(far, alpha):
        return far
    beyond = f"{_distance_sql(space)} > {double(line.limit)}"
    scaled = f"(SELECT *, {_scaled_sql(space, dialect)} FROM {relations.now}) AS scaled"
    rows = sample_rows(engine, scaled, space.features, _LOOKED_AT, beyond)
    return with_dense(far, space.scaled(rows[:, :-1]), space.inertia)


def _read_line(engine: Reader, base: str, space: Space) -> Line:
    dialect = engine.dialect
    quantile = phrases(dialect).quantiles("d", [_BEYOND])
    ((found,),) = engine.query(
        f"SELECT {quantile} FROM (SELECT {_distance_sql(space)} AS d"
        f" FROM (SELECT {_scaled_sql(space, dialect)} FROM {base}) AS scaled) AS base"
    )
    n0, far0 = _count_beyond(engine, base, space, found[0])
    return Line(", ".join(space.features), found[0], n0, far0)


def _count_beyond(engine: Reader, relation: str, space: Space, limit: float) -> tuple[int, int]:
    beyond = f"{_distance_sql(space)} > {double(limit)}"
    ((n, far),) = engine.query(
        f"SELECT count(*), count(CASE WHEN {beyond} THEN 1 END)"
        f" FROM (SELECT {_scaled_sql(space, engine.dialect)} FROM {relation}) AS scaled"
    )
    return n, far


def sample_rows(
    engine: Reader, relation: str, features: Sequence[str], n: int, where: str = "1 = 1"
) -> Floats:
    """Numbers of some customers, by a hash of their key; NaN where one is missing.

    The last column deals customers, 0 or 1: the same customer alike in any build.
    """
    dialect = engine.dialect
    listed = ", ".join(identifier(name, dialect) for name in features)
    key = as_text("key", dialect)
    hashed = hash_of(key, _SALT, dialect)
    dealt = f"CASE WHEN substr({hashed}, 32, 1) < '8' THEN 1 ELSE 0 END"
    by_hash = f"{in_byte_order(hashed, dialect)}, {in_byte_order(key, dialect)}"
    rows = engine.query(
        f"SELECT {listed}, {dealt} FROM {relation} WHERE {where} ORDER BY {by_hash} LIMIT {n}"
    )
    return np.array(rows, float).reshape(len(rows), len(features) + 1)


def _scaled_sql(space: Space, dialect: Dialect) -> str:
    """Columns z0, z1, ...: the features in standard deviations, 0 where missing."""
    scaled = []
    for place, name in enumerate(space.features):
        value, mean = identifier(name, dialect), double(space.means[place])
        away = f"({value} - {mean}) / {double(space.sds[place])}"
        scaled.append(f"coalesce({away}, 0) AS z{place}")
    return ", ".join(scaled)


def _distance_sql(space: Space) -> str:
    parts = []
    for center in space.centers:
        away = [f"(z{place} - {double(at)})" for place, at in enumerate(center)]
        parts.append(" + ".join(f"{each} * {each}" for each in away))
    return f"least({', '.join(parts)})" if len(parts) > 1 else f"({parts[0]})"
