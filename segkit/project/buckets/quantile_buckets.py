"""``quantiles: 5``: groups of about equal size, by edges that are found once and stored."""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate
from typing import Any, ClassVar

from segkit.core.columns import Column
from segkit.core.edges import ScoreEdges, cells_within, score_case
from segkit.core.labels import number_text
from segkit.core.rfm import Cell
from segkit.dialects.phrases import phrases
from segkit.dialects.select import CodedColumn
from segkit.dialects.table import Dialect
from segkit.errors import Label, Place, Problem
from segkit.project.buckets.bucket_labels import report_repeated
from segkit.project.nodes import BucketColumn, Score
from segkit.project.schema.buckets import BucketColumnSpec
from segkit.project.yaml.marks import Entry

_DIGITS = 9


@dataclass(frozen=True, kw_only=True)
class Quantile(Score):
    """A column cut into ``parts`` quantiles."""

    parts: int

    what: ClassVar[str] = "quantiles"
    how: ClassVar[str] = "at its quantiles"
    by_rank: ClassVar[bool] = True

    @property
    def about(self) -> str:
        note = ": few are good" if self.turned else ""
        within = f" among those of one {' and '.join(self.within)}" if self.within else ""
        return f"score of {self.column}{within}, the highest is best{note}"

    @property
    def definition(self) -> dict[str, Any]:
        within = {"within": list(self.within)} if self.within else {}
        return {"column": self.column, "quantiles": self.parts, **within}

    def as_stored(self, definition: Mapping[str, Any]) -> Quantile | None:
        if "quantiles" not in definition:
            return None
        within = tuple(definition.get("within", ()))
        return replace(
            self, column=definition["column"], parts=definition["quantiles"], within=within
        )

    @property
    def cells(self) -> Iterator[Cell]:
        for depth in range(1, len(self.within) + 1):
            yield from cells_within(self.parts, depth)

    def found_sql(self, value: str, dialect: Dialect) -> str:
        return phrases(dialect).quantiles(value, self._fractions)

    def found_in(self, counted: Mapping[int, int]) -> tuple[Any, ...]:
        """As engines reckon: between two values by a line."""
        values, upto = list(counted), list(accumulate(counted.values()))
        found = []
        for fraction in self._fractions:
            place = (upto[-1] - 1) * fraction
            low, high = (values[bisect(upto, end(place))] for end in (math.floor, math.ceil))
            found.append(low + (high - low) * (place - math.floor(place)))
        return (found,)

    @property
    def _fractions(self) -> list[float]:
        return [i / self.parts for i in range(1, self.parts)]

    def edges(self, *found: Any) -> tuple[Decimal, ...]:
        return tuple(Decimal(repr(float(edge))) for edge in found[0])

    def short(self, edge: Decimal) -> Decimal:
        return Decimal(f"{edge:.{_DIGITS}g}")

    def warnings(self, found: ScoreEdges) -> Iterator[Problem]:
        tied = [cell for cell, edges in found.cells.items() if len({*edges}) < len(edges)]
        if not tied:
            return
        said = f"edges of `{self.name}` fall together"
        help = "equal values keep one score; ask for fewer quantiles, or cut by `edges`"
        if found.nested:
            said += f" in {len(tied)} of {len(found.nested)} groups of {' and '.join(self.within)}"
            help = "equal values keep one score; ask for fewer `quantiles`, or `bins: independent`"
        elif found.skips:
            gone = _listed(sorted({*range(1, self.parts + 1)} - {*found.codes(self.turned)}))
            said += f" ({_listed(found.edges)}): nobody has a score of {gone}"
            help = f"equal values keep one score, and {self.parts} stays the best"
        else:
            said += f" ({_listed(found.edges)}): {found.scores} scores instead of {self.parts}"
            if self.skips:
                help = f"`segkit build --refresh-edges` finds edges by which {self.parts} is best"
        label = Label(self.place, "many customers have the same value")
        yield Problem("SK207", said, (label,), help, severity="warning")


def wrong_quantiles(parts: Any, edges: Sequence[Decimal]) -> str:
    """What is wrong with stored edges of ``parts`` quantiles, or nothing."""
    if type(parts) is int and len(edges) == parts - 1:
        return ""
    return f"{len(edges)} edges make no {parts!r} quantiles"


@dataclass(frozen=True, kw_only=True)
class QuantileColumn(BucketColumn):
    """``labels`` are in the order of the scores; without them a score is its own label."""

    labels: tuple[str, ...]
    labels_place: Place

    crowded: ClassVar[str] = "do nearly all customers have one value?"

    def coded(
        self, columns: Mapping[str, Column], edges: Mapping[str, ScoreEdges]
    ) -> Iterator[CodedColumn]:
        case = score_case(self.scores[0].scored(edges), self.labels, self.missing)
        yield CodedColumn(self.order, case, self.name)

    @property
    def config(self) -> dict[str, Any]:
        return {**self.scores[0].definition, "labels": list(self.labels)}

    @property
    def words(self) -> str:
        return f"{self.scores[0].column} by its quantiles, the lowest first"

    def edge_problems(self, edges: Mapping[str, ScoreEdges]) -> Iterator[Problem]:
        found = edges[self.name]
        if self.labels and found.scores != len(self.labels):
            yield Problem(
                "SK203",
                f"`{self.name}` has {len(self.labels)} labels for {found.scores} scores: "
                f"its edges fall together ({_listed(found.edges)})",
                (Label(self.labels_place),),
                "leave `labels` out, ask for fewer quantiles, or cut by `edges`",
            )

    def with_scores(self, scores: Sequence[Score]) -> BucketColumn:
        return replace(self, scores=tuple(scores), labels=())


def _listed(numbers: Sequence[Decimal | int]) -> str:
    return ", ".join(number_text(Decimal(number)) for number in numbers)


def build_quantiles(
    spec: BucketColumnSpec, missing: str, entry: Entry, relation: str | None
) -> QuantileColumn:
    """Return a column that is cut at its quantiles."""
    parts = spec.quantiles or 0
    labels = tuple(spec.labels or ())
    if labels and len(labels) != parts:
        count = f"{len(labels)} label{'s' * (len(labels) != 1)}"
        message = f"`{spec.name}` has {count} for {parts} quantiles"
        hint = f"write {parts} labels, the lowest first, or leave `labels` out"
        entry.report("SK203", message, entry.place("labels"), help=hint)
    named = [(label, entry.place("labels", i)) for i, label in enumerate(labels)]
    report_repeated(entry, spec.name, named, missing)
    column = spec.column or ""
    score = Quantile(name=spec.name, column=column, place=entry.place("column"), parts=parts)
    return QuantileColumn(
        name=spec.name,
        missing=missing,
        place=entry.place("name"),
        scores=(score,),
        labels=labels,
        labels_place=entry.place("labels" if labels else "quantiles"),
    )
