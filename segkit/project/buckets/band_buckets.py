"""Intervals that leave no gap and no overlap, from ``bands`` or ``edges``.

``bands: [{label: Low, to: 0.25}, ...]`` are proved to; ``edges: [25, 35, 55]``
are bands from one edge to the next, the first and the last open.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any, ClassVar, Self

from segkit.core.case import case_of_bands
from segkit.core.columns import Column, Kind, Spell
from segkit.core.edges import ScoreEdges
from segkit.core.labels import check_labels, interval_text, make_labels, number_text
from segkit.core.rules import Interval
from segkit.dialects.select import CodedColumn
from segkit.errors import Label, Place, Problem
from segkit.project.buckets.band_errors import Band, BandCoverage
from segkit.project.buckets.bucket_labels import report_repeated
from segkit.project.nodes import BucketColumn, CutColumn
from segkit.project.schema.buckets import BucketColumnSpec
from segkit.project.yaml.marks import Entry


@dataclass(frozen=True, kw_only=True)
class BandColumn(BucketColumn):
    """``column`` put into bands; the order of a band is its position as listed, from 1."""

    column: str
    bands: tuple[Band, ...]
    column_place: Place

    crowded: ClassVar[str] = "does the unit of the column fit its edges?"

    def spelled(self, spell: Spell) -> Self:
        return replace(self, column=spell(self.column))

    @property
    def cut_columns(self) -> tuple[CutColumn, ...]:
        return (CutColumn(self.column, self.column_place, "edges and bands"),)

    @property
    def written_edges(self) -> tuple[Decimal, ...]:
        ends = {end for b in self.bands for end in (b.interval.lower, b.interval.upper)}
        return tuple(sorted(end for end in ends if end is not None))

    def coded(
        self, columns: Mapping[str, Column], edges: Mapping[str, ScoreEdges]
    ) -> Iterator[CodedColumn]:
        bands = [(band.label, band.interval) for band in self.bands]
        case = case_of_bands(self.column, bands, self.missing)
        yield CodedColumn(self.order, case, self.name)

    @property
    def config(self) -> dict[str, Any]:
        return {"column": self.column, "bands": [_band_config(band) for band in self.bands]}

    @property
    def words(self) -> str:
        return f"bands of {self.column}"

    def type_problems(self, columns: Mapping[str, Column], relation: str) -> Iterator[Problem]:
        column = columns[self.column]
        if self.integer_labels and column.type.kind is not Kind.INTEGER:
            message = f"labels of `{self.name}` leave out the values between whole numbers"
            label = Label(self.place, f"`{column.name}` is {column.type.sql}, not an integer")
            hint = "write the labels with the edges themselves, for example 25-35"
            yield Problem("SK203", message, (label,), hint)


def _band_config(band: Band) -> dict[str, Any]:
    return {
        "label": band.label,
        "lower": _json_number(band.interval.lower),
        "lower_closed": band.interval.lower_closed,
        "upper": _json_number(band.interval.upper),
        "upper_closed": band.interval.upper_closed,
    }


def _json_number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def build_bands(
    spec: BucketColumnSpec, missing: str, entry: Entry, relation: str | None
) -> BandColumn:
    """Return the column of bands that are listed one by one."""
    before = len(entry.problems)
    bands: list[Band] = []
    right = spec.closed == "right"
    for i, band in enumerate(spec.bands or ()):
        at = entry.at("bands", i)
        low, high = (
            None if end is None else read_number(at.at(key))
            for end, key in ((band.from_, "from"), (band.to, "to"))
        )
        interval = Interval(low, high, low is None or not right, high is not None and right)
        bands.append(Band(band.label, interval, at.place("label")))
        if low is not None and high is not None and low >= high:
            _report_backwards(band.label, low, high, at)
    if len(entry.problems) == before:
        coverage = BandCoverage(
            entry, spec.name, spec.column or "", bands, spec.closed or "left", relation
        )
        entry.problems.extend(coverage.problems())
    return _band_column(spec, bands, missing, entry, are_right=len(entry.problems) == before)


def build_edges(
    spec: BucketColumnSpec, missing: str, entry: Entry, relation: str | None
) -> BandColumn:
    """Return the column of bands from one edge to the next."""
    bands = _bands_between(spec, entry)
    return _band_column(spec, bands, missing, entry, are_right=bool(bands))


def _band_column(
    spec: BucketColumnSpec, bands: Sequence[Band], missing: str, entry: Entry, *, are_right: bool
) -> BandColumn:
    """The column; labels are held against bands that are right."""
    integer_labels = False
    if are_right:
        intervals = [band.interval for band in bands]
        check = check_labels([band.label for band in bands], intervals)
        integer_labels = check.integer_labels
        labels = make_labels(intervals)
        entry.problems.extend(_mismatch(spec.name, bands[i], labels[i]) for i in check.mismatches)
        entry.problems.extend(_loose(spec.name, bands[i], labels[i]) for i in check.loose)
    report_repeated(entry, spec.name, [(band.label, band.place) for band in bands], missing)
    return BandColumn(
        name=spec.name,
        missing=missing,
        place=entry.place("name"),
        integer_labels=integer_labels,
        column=spec.column or "",
        bands=tuple(bands),
        column_place=entry.place("column"),
    )


def _report_backwards(label: str, low: Decimal, high: Decimal, band: Entry) -> None:
    start, end = number_text(low), number_text(high)
    message = f'band "{label}" ends before it starts: from {start} to {end}'
    hint = f"swap them: `from: {end}, to: {start}`"
    if low == high:
        message = f'band "{label}" is empty: from {start} to the same'
        hint = "a band holds more than one number"
    band.report("SK204", message, band.place("to"), help=hint)


def _bands_between(spec: BucketColumnSpec, entry: Entry) -> list[Band]:
    """Empty where something is wrong with the edges, or with the number of labels."""
    numbers = [read_number(entry.at("edges", i)) for i in range(len(spec.edges or ()))]
    edges = [number for number in numbers if number is not None]
    if len(edges) < len(numbers) or _are_disordered(spec.name, edges, entry):
        return []
    right = spec.closed == "right"
    intervals = [
        Interval(low, high, low is None or not right, high is not None and right)
        for low, high in pairwise([None, *edges, None])
    ]
    made = make_labels(intervals)
    if spec.labels is None:
        at = entry.place("edges")
        return [Band(*band, at) for band in zip(made, intervals, strict=True)]
    if len(spec.labels) != len(intervals):
        entry.problems.append(_wrong_count(spec, edges, made, entry.place("labels")))
        return []
    pairs = zip(spec.labels, intervals, strict=True)
    return [Band(*band, entry.place("labels", i)) for i, band in enumerate(pairs)]


def _are_disordered(name: str, edges: Sequence[Decimal], entry: Entry) -> bool:
    """Whether an edge is not above the one before it; the first such is reported."""
    for i, (before, edge) in enumerate(pairwise(edges), start=1):
        if edge <= before:
            what = f"comes after {number_text(before)}" if edge < before else "stands twice"
            message = f"edges of `{name}` are out of order: {number_text(edge)} {what}"
            label = Label(entry.place("edges", i), "not above the one before")
            hint = f"write `edges: [{', '.join(map(number_text, sorted(set(edges))))}]`"
            entry.report("SK204", message, label, help=hint)
            return True
    return False


def _wrong_count(
    spec: BucketColumnSpec, edges: Sequence[Decimal], made: Sequence[str], place: Place
) -> Problem:
    labels = len(spec.labels or ())
    quoted = ", ".join(f'"{label}"' for label in made)
    notes: tuple[str, ...] = ()
    if labels == len(edges) - 1 > 1:  # bins as pandas and numpy have them
        ends = f"{number_text(edges[0])} and {number_text(edges[-1])}"
        notes = (f"the first and the last band are open: if {ends} are ends, leave them out",)
    elif labels == len(edges) > 1 and not edges[0]:
        notes = ("the first band is open: if 0 is an end, leave it out",)
    return Problem(
        "SK203",
        f"`{spec.name}` has {labels} label{'s' * (labels != 1)} for {len(made)} bands",
        (Label(place, f"{len(edges)} edge{'s' * (len(edges) != 1)} make {len(made)} bands"),),
        help=f"write `labels: [{quoted}]`, or leave `labels` out",
        notes=notes,
    )


def read_number(entry: Entry) -> Decimal | None:
    """The number as written, not the float nearest to it; reported if no double is like it."""
    try:
        number = Decimal(entry.written() or "0")
    except InvalidOperation:  # an exponent of over 18 digits
        number = Decimal("Infinity")
    if not math.isinf(float(number)) and (not number or float(number)):
        return number
    message = "this number is outside of what a DOUBLE holds"
    hint = "leave the end out: a band may be open"
    entry.report("SK005", message, entry.place(), help=hint)
    return None


def _mismatch(name: str, band: Band, made: str) -> Problem:
    message = f'label "{band.label}" of `{name}` does not match its edges'
    label = Label(band.place, f"the edges say {interval_text(band.interval)}")
    return Problem("SK203", message, (label,), f'write "{made}", or change the edges')


def _loose(name: str, band: Band, made: str) -> Problem:
    low, high = band.interval.lower, band.interval.upper
    holds = high is not None and band.interval.upper_closed
    edge = number_text((high if holds else low) or Decimal(0))
    message = f'label "{band.label}" of `{name}` says the wrong thing of {edge}'
    label = Label(band.place, f"this band {'holds' if holds else 'does not hold'} {edge}")
    hint = (
        f'`closed: right` puts an edge into the band below: write "{made}", or leave `closed` out'
    )
    return Problem("SK203", message, (label,), hint, severity="warning")
