"""The customers of a segmentation, read once: what a survey counts is counted of these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from segkit.core.columns import Column
from segkit.core.tree import columns as columns_of_tree
from segkit.dialects.spelling import double, identifier, identifiers
from segkit.engines.base import Reader
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.exact_pass import axes_sql
from segkit.learn.quality import number_leaves
from segkit.monitor.group_sums import number_sql, read_ranges
from segkit.publish.subject import FittedSubject

# columns beside the customers' own; the next to are numbered from 0 on
CODE, LEAF, NEAREST, METRIC, UNIT, AXIS = (
    f"segkit_{name}" for name in ("code", "leaf", "nearest", "m", "u", "z")
)
_NAME, _AWAY = "segkit_survey", "segkit_d"


@dataclass(frozen=True)
class HeldRows:
    """Customers with the columns that rules, features and metrics need, in their own types.

    Beside them are the code of the segment, the place of the leaf, the code whose centre is
    nearest (NULL where K-Means has none), each metric as a number and within its caps from -1 to
    1 (sums of squares of that do not cancel), and each of the ``width`` coordinates in the space
    of the fit.
    """

    subject: FittedSubject
    everyone: AllRows
    metrics: tuple[str, ...]
    width: int

    @property
    def engine(self) -> Reader:
        return self.everyone.engine

    @property
    def measured(self) -> list[str]:
        return [f"{METRIC}{place}" for place in range(len(self.metrics))]

    @property
    def axes(self) -> list[str]:
        return [f"{AXIS}{place}" for place in range(self.width)]

    def axis_of(self, column: str) -> str | None:
        """The coordinate that a number makes, where there is one."""
        at = 0
        for feature in self.subject.fit.features if self.width else ():
            if feature.column == column:
                return self.axes[at]
            at += feature.width
        return None

    @property
    def units(self) -> list[str]:
        return [f"{UNIT}{place}" for place in range(len(self.metrics))]


@contextmanager
def hold_rows(engine: Reader, subject: FittedSubject) -> Iterator[HeldRows]:
    """Hold the customers while the block runs."""
    dialect, columns = engine.dialect, columns_read(subject)
    metrics = metrics_read(subject)
    codes = centre_codes(subject)
    axes = _axes_sql(subject) if codes else []
    measured = [f"{METRIC}{place}" for place in range(len(metrics))]
    placed = [f"{AXIS}{place}" for place in range(len(axes))]
    units = _units_sql(engine, subject, metrics)
    own = identifiers([column.name for column in columns], dialect)
    everyone = AllRows(engine, subject.rows, columns)
    found = [
        own,
        f"{everyone.code_sql(subject.fit.tree)} AS {CODE}",
        f"{everyone.code_sql(number_leaves(subject.fit.tree))} AS {LEAF}",
        *(f"{sql} AS {name}" for sql, name in zip(metrics.values(), measured, strict=True)),
        *(f"{sql} AS {name}" for sql, name in zip(axes, placed, strict=True)),
    ]
    rows = f"SELECT {', '.join(found)} FROM {subject.rows}"
    kept, nearest = [own, CODE, LEAF, *measured, *units, *placed], "CAST(NULL AS INTEGER)"
    if codes:
        away = [f"{_AWAY}{place}" for place in range(len(codes))]
        distances = zip(map(_distance_sql, subject.fit.clusters.centers), away, strict=True)
        listed = ", ".join(f"{sql} AS {name}" for sql, name in distances)
        rows = f"SELECT *, {listed} FROM ({rows}) AS placed"
        whens = " ".join(f"WHEN {d} THEN {c}" for d, c in zip(away, codes, strict=True))
        nearest = f"CASE least({', '.join(away)}) {whens} END"
    select = f"SELECT {', '.join(kept)}, {nearest} AS {NEAREST} FROM ({rows}) AS coded"
    with engine.hold(_NAME, select):
        yield HeldRows(subject, AllRows(engine, _NAME, columns), tuple(metrics), len(placed))


def columns_read(subject: FittedSubject) -> tuple[Column, ...]:
    """The columns of features and rules."""
    features = (feature.column for feature in subject.features)
    wanted = (*features, *columns_of_tree(subject.fit.tree))
    return tuple(subject.by_name[name] for name in dict.fromkeys(wanted))


def metrics_read(subject: FittedSubject) -> dict[str, str]:
    """SQL of each metric as a number, by its column."""
    dialect = subject.dialect
    names = [metric.column for metric in subject.node.metrics]
    return {m: number_sql(identifier(m, dialect), subject.by_name[m], dialect) for m in names}


def _units_sql(engine: Reader, subject: FittedSubject, metrics: Mapping[str, str]) -> list[str]:
    items = [f"{sql} AS {METRIC}{place}" for place, sql in enumerate(metrics.values())]
    names = [f"{METRIC}{place}" for place in range(len(metrics))]
    ranges = read_ranges(engine, f"SELECT {', '.join(items)} FROM {subject.rows}", names)
    units = []
    for place, (range_, name) in enumerate(zip(ranges, names, strict=True)):
        middle, half = (range_.least + range_.most) / 2, (range_.most - range_.least) / 2 or 1.0
        unit = f"({range_.capped_sql(name)} - {double(middle)}) / {double(half)}"
        units.append(f"{unit} AS {UNIT}{place}")
    return units


def _axes_sql(subject: FittedSubject) -> list[str]:
    return [axis for f in subject.fit.features for axis in axes_sql(f, subject.dialect)]


def centre_codes(subject: FittedSubject) -> Sequence[int]:
    """The code of each centre; none where K-Means had no part in the clusters.

    Of given clusters there may be fewer than segments.
    """
    centers, learned = subject.fit.clusters.centers, [s.code for s in subject.fit.learned]
    if len(centers) < 2 or subject.fit.clusters.labels:
        return ()
    return learned if len(learned) == len(centers) else range(1, len(centers) + 1)


def _distance_sql(center: Sequence[float]) -> str:
    """The squared distance to a centre, less a part that is the same for all of them."""
    parts = [f"{AXIS}{place} * {double(-2 * at)}" for place, at in enumerate(center)]
    return " + ".join([double(sum(at * at for at in center)), *parts])
