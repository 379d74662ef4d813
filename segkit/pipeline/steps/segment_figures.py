"""What a build says and keeps of segments, from the scan that is their proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import fsum

from segkit.core.axis import Axis
from segkit.core.columns import Column, Kind
from segkit.core.missing_values import MissingValues
from segkit.dialects.emit import Operands
from segkit.dialects.phrases import as_double
from segkit.dialects.spelling import cast, identifier, literal
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.monitor.count_missing import deciding, missing_items, missing_values
from segkit.publish.checks.axes import AxisItems, axis_items
from segkit.publish.proof.one_scan import Figures, Group, Scan
from segkit.publish.subject import FittedSubject
from segkit.publish.views.compiled import metric_sum
from segkit.publish.views.segmentation_view import CompiledSegmentation


@dataclass(frozen=True)
class SegmentFigures:
    """Three things in a row of figures: sum and number of metrics, missing values, axes."""

    subject: FittedSubject
    asked: AxisItems

    @property
    def metrics(self) -> list[Column]:
        return [self.subject.by_name[metric.column] for metric in self.subject.node.metrics]

    @cached_property
    def wanted(self) -> Figures:
        columns = (*(c.name for c in self.metrics), *(f.column for f in self.subject.features))
        return Figures((*columns, *(c.name for c in self.asked.columns)), self._items)

    def _items(self, known: Operands) -> list[str]:
        items, dialect = [], self.subject.dialect
        for column in self.metrics:
            value = known[column.name].sql
            if column.type.kind is Kind.BOOLEAN:
                value = f"CAST({value} AS INTEGER)"
            items.append(as_double(metric_sum(value, column, dialect), dialect))
            items.append(f"count({value})")
        return [*items, *missing_items(self.subject, known), *self.asked.items(known, dialect)]

    def profile(self, scan: Scan, compiled: CompiledSegmentation) -> str:
        """SELECT of what a build shows and keeps of ``<S>_profile``, as that says it."""
        dialect = self.subject.dialect
        groups = {group.codes["segment_order"]: group for group in scan.parts[0]}
        nobody = Group({}, 0, (None,) * 2 * len(self.metrics))
        of_all = [
            fsum(group.figures[2 * place] or 0 for group in groups.values())
            for place in range(len(self.metrics))
        ]
        names = ["segment_id", "n", "share"]
        for column in self.metrics:
            names += [identifier(f"{column.name}_{p}", dialect) for p in ("sum", "mean", "share")]
        rows = []
        for word in compiled.words:
            group = groups.get(word.order, nobody)
            values = [group.rows / scan.rows if scan.rows else None]
            for place, total in enumerate(of_all):
                amount, known = group.figures[2 * place : 2 * place + 2]
                mean = amount / known if known else None
                values += [amount, mean, amount / total if known and total else None]
            doubles = ", ".join(_double(value, dialect) for value in values)
            rows.append(f"SELECT {literal(word.id, dialect)}, {group.rows}, {doubles}")
        said = " UNION ALL ".join(rows)
        return f"SELECT * FROM ({said}) AS segkit_said ({', '.join(names)})"

    def missing(self, scan: Scan) -> tuple[MissingValues, ...]:
        start, many = 2 * len(self.metrics), len(deciding(self.subject))
        rows = [group.figures[start : start + many] for group in scan.parts[0]]
        counts = [sum(int(row[place]) for row in rows) for place in range(many)]
        return missing_values(self.subject, scan.rows, counts)

    def axes(self, scan: Scan) -> Mapping[str, Axis]:
        start = 2 * len(self.metrics) + len(deciding(self.subject))
        return self.asked.axes([group.figures[start:] for group in scan.parts[0]])


def segment_figures(engine: Reader, subject: FittedSubject) -> SegmentFigures:
    """Return what is to be asked of a segmentation that is being built."""
    fit = subject.fit
    none = AxisItems((), (), ())
    asked = axis_items(engine, subject.rows, fit, subject.by_name) if fit.baseline else none
    return SegmentFigures(subject, asked)


def _double(value: float | None, dialect: Dialect) -> str:
    return cast("NULL" if value is None else literal(repr(value), dialect), Kind.DOUBLE, dialect)
