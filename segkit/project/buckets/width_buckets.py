"""``width: 10, start: 0``: bands of one width over the values there are; edges are stored."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, ClassVar

from segkit.core.case import case_of_bands
from segkit.core.columns import Column
from segkit.core.edges import ScoreEdges
from segkit.core.labels import make_labels, number_text
from segkit.core.rules import Interval
from segkit.dialects.select import CodedColumn
from segkit.dialects.table import Dialect
from segkit.errors import DataError, Label, Place, Problem
from segkit.project.buckets.band_buckets import read_number
from segkit.project.nodes import BucketColumn, Score
from segkit.project.schema.buckets import BucketColumnSpec
from segkit.project.yaml.marks import Entry

MAX_BANDS = 50  # more than anybody reads
_EXACT = Context(prec=1_000)  # the largest and the smallest double in one number


@dataclass(frozen=True, kw_only=True)
class Widths(Score):
    """Edges at ``start`` and every ``width`` from there, as far as there are values."""

    width: Decimal
    start: Decimal
    width_place: Place

    what: ClassVar[str] = "bands of one width"
    how: ClassVar[str] = "into bands of one width"

    @property
    def definition(self) -> dict[str, Any]:
        return {
            "column": self.column,
            "width": number_text(self.width),
            "start": number_text(self.start),
        }

    def as_stored(self, definition: Mapping[str, Any]) -> Widths | None:
        return replace(self, column=definition["column"]) if "width" in definition else None

    def found_sql(self, value: str, dialect: Dialect) -> str:
        return f"min({value}), max({value})"

    def edges(self, *found: Any) -> tuple[Decimal, ...]:
        least, most = (Decimal(repr(float(value))) for value in found)
        first, last = self._band(least), self._band(most)
        if last - first >= MAX_BANDS:
            raise DataError(self._too_many(least, most, last - first + 1))
        steps = (_EXACT.multiply(self.width, Decimal(i)) for i in range(first + 1, last + 1))
        return tuple(_EXACT.add(self.start, step) for step in steps)

    def _band(self, value: Decimal) -> int:
        """The number of the value's band, 0 for the one that begins at ``start``."""
        return math.floor((Fraction(value) - Fraction(self.start)) / Fraction(self.width))

    def _too_many(self, least: Decimal, most: Decimal, count: int) -> Problem:
        needed = (most - least) / (MAX_BANDS - 1)
        power = Decimal(1).scaleb(needed.adjusted())
        wider = next(n * power for n in (1, 2, 5, 10) if n * power >= needed)
        ends = f"the values run from {number_text(least)} to {number_text(most)}"
        message = f"`{self.name}` would have {count:,} bands, and {MAX_BANDS} is the most"
        hint = f"write `width: {number_text(wider)}`, or `edges` where the bands should be"
        return Problem("SK316", message, (Label(self.width_place, ends),), hint)


def wrong_widths(width: Any, edges: Sequence[Decimal]) -> str:
    """What is wrong with stored edges that are ``width`` apart, or nothing."""
    apart = {number_text(_EXACT.subtract(high, low)) for low, high in pairwise(edges)}
    if isinstance(width, str) and apart <= {width} and len(edges) < MAX_BANDS:
        return ""
    return f"{len(edges)} edges make no bands of width {width!r}"


@dataclass(frozen=True, kw_only=True)
class WidthColumn(BucketColumn):
    """Labels are made from the edges that were found; the first and the last band are open."""

    crowded: ClassVar[str] = "is the width too large for its values?"

    def _bands(self, edges: Mapping[str, ScoreEdges]) -> list[tuple[str, Interval]]:
        ends = [None, *edges[self.name].edges, None]
        intervals = [Interval(low, high, True, False) for low, high in pairwise(ends)]
        return list(zip(make_labels(intervals), intervals, strict=True))

    def coded(
        self, columns: Mapping[str, Column], edges: Mapping[str, ScoreEdges]
    ) -> Iterator[CodedColumn]:
        case = case_of_bands(self.scores[0].column, self._bands(edges), self.missing)
        yield CodedColumn(self.order, case, self.name)

    @property
    def config(self) -> dict[str, Any]:
        return self.scores[0].definition

    @property
    def words(self) -> str:
        return f"bands of {self.scores[0].column}, all of one width"

    def edge_problems(self, edges: Mapping[str, ScoreEdges]) -> Iterator[Problem]:
        if self.missing in dict(self._bands(edges)):
            message = f'"{self.missing}" of `{self.name}` is also what missing values are called'
            yield Problem("SK205", message, (Label(self.place),), "set `missing` to another label")


def build_widths(
    spec: BucketColumnSpec, missing: str, entry: Entry, relation: str | None
) -> WidthColumn | None:
    """Return a column of bands of one width; None where a number is not one."""
    width = read_number(entry.at("width"))
    start = Decimal(0) if spec.start is None else read_number(entry.at("start"))
    if width is None or start is None:
        return None
    score = Widths(
        name=spec.name,
        column=spec.column or "",
        place=entry.place("column"),
        width=width,
        start=start,
        width_place=entry.place("width"),
    )
    return WidthColumn(name=spec.name, missing=missing, place=entry.place("name"), scores=(score,))
