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
from segkit.monitor.group_sums import MetricRange, number_sql, read_ranges
from segkit.monitor.nearest_center import nearest_center_sql
from segkit.publish.subject import FittedSubject

_NAME = "segkit_survey"


@dataclass(frozen=True)
class HeldRows:
    """Customers with the columns that rules, features and metrics need, in their own types.

    ``ranges`` has that of each metric, by its column.
    """

    subject: FittedSubject
    everyone: AllRows
    metrics: tuple[str, ...]
    ranges: tuple[MetricRange, ...]

    @property
    def engine(self) -> Reader:
        return self.everyone.engine

    @property
    def code_sql(self) -> str:
        """The code of a customer's segment."""
        return self.everyone.code_sql(self.subject.fit.tree)

    def metrics_sql(self) -> list[str]:
        """The metrics as numbers called m0, m1, ..."""
        dialect, by_name = self.engine.dialect, self.subject.by_name
        values = (number_sql(identifier(m, dialect), by_name[m], dialect) for m in self.metrics)
        return [f"{value} AS m{place}" for place, value in enumerate(values)]

    def unit_sql(self, place: int) -> str:
        """A metric within its caps, from -1 to 1: sums of squares of it do not cancel."""
        range_, value = self.ranges[place], f"m{place}"
        middle, half = (range_.least + range_.most) / 2, (range_.most - range_.least) / 2 or 1.0
        return f"({range_.capped_sql(value)} - {double(middle)}) / {double(half)}"

    def nearest_sql(self) -> str | None:
        """The code of the segment whose centre is nearest; None where K-Means has none."""
        dialect = self.engine.dialect
        values = {
            f.column: as_text(identifier(f.column, dialect), dialect)
            if f.is_category
            else known_sql(f.column, dialect)
            for f in self.subject.fit.features
        }
        return nearest_center_sql(self.subject.fit, values, dialect)

    def axes_sql(self) -> list[str]:
        """Where a customer lies in the space of the fit."""
        features, dialect = self.subject.fit.features, self.engine.dialect
        return [axis for feature in features for axis in axes_sql(feature, dialect)]


@contextmanager
def hold_rows(engine: Reader, subject: FittedSubject) -> Iterator[HeldRows]:
    """Hold the customers while the block runs."""
    columns = _columns(subject)
    metrics = tuple(metric.column for metric in subject.node.metrics)
    items = identifiers([column.name for column in columns], engine.dialect)
    with engine.hold(_NAME, f"SELECT {items} FROM {subject.rows}"):
        held = HeldRows(subject, AllRows(engine, _NAME, columns), metrics, ())
        named = [f"m{place}" for place in range(len(metrics))]
        ranges: Sequence[MetricRange] = ()
        if metrics:
            rows = f"SELECT {', '.join(held.metrics_sql())} FROM {_NAME}"
            ranges = read_ranges(engine, rows, named)
        yield HeldRows(subject, held.everyone, metrics, tuple(ranges))


def _columns(subject: FittedSubject) -> tuple[Column, ...]:
    wanted = (
        subject.node.key,
        *(feature.column for feature in subject.features),
        *columns_of_tree(subject.fit.tree),
        *(metric.column for metric in subject.node.metrics),
    )
    return tuple(subject.by_name[name] for name in dict.fromkeys(wanted))
