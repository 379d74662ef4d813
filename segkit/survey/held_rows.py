"""The customers of a segmentation, read once: what a survey counts is counted of these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from segkit.core.columns import Column
from segkit.core.tree import columns as columns_of_tree
from segkit.dialects.phrases import as_text
from segkit.dialects.spelling import double, identifier, identifiers
from segkit.engines.base import Reader
from segkit.learn.data.all_rows import AllRows
from segkit.learn.data.coreset import known_sql
from segkit.learn.data.exact_pass import axes_sql
from segkit.learn.quality import number_leaves
from segkit.monitor.group_sums import MetricRange, number_sql, read_ranges
from segkit.monitor.nearest_center import nearest_center_sql
from segkit.publish.subject import FittedSubject

# columns beside the customers' own; the next to are numbered from 0 on
CODE, LEAF, NEAREST, METRIC, AXIS = (
    f"segkit_{name}" for name in ("code", "leaf", "nearest", "m", "z")
)
_NAME = "segkit_survey"


@dataclass(frozen=True)
class HeldRows:
    """Customers with the columns that rules, features and metrics need, in their own types.

    Beside them are the code of the segment, the place of the leaf, the code whose centre is
    nearest (NULL where K-Means has none), each metric as a number, and each of the ``width``
    coordinates in the space of the fit. ``ranges`` are those of the metrics.
    """

    subject: FittedSubject
    everyone: AllRows
    metrics: tuple[str, ...]
    ranges: tuple[MetricRange, ...]
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

    def unit_sql(self, place: int) -> str:
        """A metric within its caps, from -1 to 1: sums of squares of it do not cancel."""
        range_ = self.ranges[place]
        middle, half = (range_.least + range_.most) / 2, (range_.most - range_.least) / 2 or 1.0
        capped = range_.capped_sql(self.measured[place])
        return f"({capped} - {double(middle)}) / {double(half)}"


@contextmanager
def hold_rows(engine: Reader, subject: FittedSubject) -> Iterator[HeldRows]:
    """Hold the customers while the block runs."""
    columns = _columns(subject)
    metrics = tuple(metric.column for metric in subject.node.metrics)
    nearest = _nearest_sql(subject)
    axes = _axes_sql(subject) if nearest else []
    items = [
        identifiers([column.name for column in columns], engine.dialect),
        *_codes_sql(AllRows(engine, subject.rows, columns), subject),
        f"{nearest or 'CAST(NULL AS INTEGER)'} AS {NEAREST}",
        *(f"{sql} AS {METRIC}{n}" for n, sql in enumerate(_metrics_sql(subject, metrics))),
        *(f"{sql} AS {AXIS}{n}" for n, sql in enumerate(axes)),
    ]
    with engine.hold(_NAME, f"SELECT {', '.join(items)} FROM {subject.rows}"):
        measured = [f"{METRIC}{place}" for place in range(len(metrics))]
        ranges: Sequence[MetricRange] = ()
        if metrics:
            rows = f"SELECT {', '.join(measured)} FROM {_NAME}"
            ranges = read_ranges(engine, rows, measured)
        everyone = AllRows(engine, _NAME, columns)
        yield HeldRows(subject, everyone, metrics, tuple(ranges), len(axes))


def _columns(subject: FittedSubject) -> tuple[Column, ...]:
    wanted = (
        subject.node.key,
        *(feature.column for feature in subject.features),
        *columns_of_tree(subject.fit.tree),
    )
    return tuple(subject.by_name[name] for name in dict.fromkeys(wanted))


def _codes_sql(everyone: AllRows, subject: FittedSubject) -> list[str]:
    tree = subject.fit.tree
    return [
        f"{everyone.code_sql(tree)} AS {CODE}",
        f"{everyone.code_sql(number_leaves(tree))} AS {LEAF}",
    ]


def _metrics_sql(subject: FittedSubject, metrics: Sequence[str]) -> list[str]:
    dialect, by_name = subject.dialect, subject.by_name
    return [number_sql(identifier(m, dialect), by_name[m], dialect) for m in metrics]


def _nearest_sql(subject: FittedSubject) -> str | None:
    dialect, clusters = subject.dialect, subject.fit.clusters
    if clusters.labels:
        return None  # somebody else's clusters: K-Means had no part in them
    values = {
        f.column: as_text(identifier(f.column, dialect), dialect)
        if f.is_category
        else known_sql(f.column, dialect)
        for f in subject.fit.features
    }
    return nearest_center_sql(
        subject.fit.features,
        clusters.centers,
        values,
        dialect,
        [s.code for s in subject.fit.learned],
    )


def _axes_sql(subject: FittedSubject) -> list[str]:
    return [axis for f in subject.fit.features for axis in axes_sql(f, subject.dialect)]
