"""``bands: [{label: Low, to: 0.25}, ...]``: intervals, proved to leave no gap and no overlap."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from segkit.core.case import case_of_bands
from segkit.core.columns import Column, Kind
from segkit.core.edges import ScoreEdges
from segkit.core.labels import check_labels, interval_text, make_labels, number_text
from segkit.core.rules import Interval
from segkit.dialects.select import CodedColumn
from segkit.errors import Label, Place, Problem
from segkit.project.buckets.band_errors import Band, BandPlaces, coverage_problems
from segkit.project.buckets.bucket_labels import repeated_labels
from segkit.project.nodes import BucketColumn, CutColumn
from segkit.project.schema.buckets import BucketColumnSpec
from segkit.project.yaml.marks import Document, KeyPath


@dataclass(frozen=True, kw_only=True)
class BandColumn(BucketColumn):
    """``column`` put into bands; the order of a band is its position as listed, from 1."""

    column: str
    bands: tuple[Band, ...]
    column_place: Place

    crowded: ClassVar[str] = "does the unit of the column fit its edges?"

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
        yield CodedColumn(f"{self.name}_order", case, self.name)

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
    spec: BucketColumnSpec, missing: str, document: Document, path: KeyPath, relation: str | None
) -> tuple[BandColumn, list[Problem]]:
    """Return the column, and what is wrong with its bands and labels."""
    bands, problems = _read_bands(spec, document, path, relation)
    return band_column(spec, bands, problems, missing, document, path)


def band_column(
    spec: BucketColumnSpec,
    bands: Sequence[Band],
    problems: Sequence[Problem],
    missing: str,
    document: Document,
    path: KeyPath,
) -> tuple[BandColumn, list[Problem]]:
    """Return the column of bands, and ``problems`` with those of their labels."""
    integer_labels = False
    problems = list(problems)
    if not problems:
        check = check_labels([b.label for b in bands], [b.interval for b in bands])
        integer_labels = check.integer_labels
        labels = make_labels([b.interval for b in bands])
        problems += [_mismatch(spec.name, bands[i], labels[i]) for i in check.mismatches]
        problems += [_loose(spec.name, bands[i], labels[i]) for i in check.loose]
    named = [(band.label, band.place) for band in bands]
    problems += repeated_labels(spec.name, named, missing, document, path)
    column = BandColumn(
        name=spec.name,
        missing=missing,
        place=document.place((*path, "name")),
        integer_labels=integer_labels,
        column=spec.column or "",
        bands=tuple(bands),
        column_place=document.place((*path, "column")),
    )
    return column, problems


def _read_bands(
    spec: BucketColumnSpec, document: Document, path: KeyPath, relation: str | None
) -> tuple[list[Band], list[Problem]]:
    bands: list[Band] = []
    places: list[BandPlaces] = []
    problems: list[Problem] = []
    right = spec.closed == "right"
    for i, band in enumerate(spec.bands or ()):
        at = (*path, "bands", i)
        ends: list[Decimal | None] = []
        for end, key in ((band.from_, "from"), (band.to, "to")):
            ends.append(None if end is None else number_at(document, (*at, key)))
            if end is not None and ends[-1] is None:
                problems.append(not_a_double(document.place((*at, key))))
        low, high = ends
        interval = Interval(low, high, low is None or not right, high is not None and right)
        bands.append(Band(band.label, interval, document.place((*at, "label"))))
        lower, upper = (document.place((*at, key)) for key in ("from", "to"))
        places.append(BandPlaces(document.place(at), lower, upper))
        if low is not None and high is not None and low >= high:
            problems.append(_backwards(band.label, low, high, places[-1]))
    if not problems:
        closed = spec.closed or "left"
        problems = coverage_problems(spec.name, spec.column or "", bands, places, relation, closed)
    return bands, problems


def _backwards(label: str, low: Decimal, high: Decimal, places: BandPlaces) -> Problem:
    if low == high:
        message = f'band "{label}" is empty: from {number_text(low)} to the same'
        hint = "a band holds more than one number"
        return Problem("SK204", message, (Label(places.upper),), hint)
    start, end = number_text(low), number_text(high)
    message = f'band "{label}" ends before it starts: from {start} to {end}'
    return Problem(
        "SK204", message, (Label(places.upper),), f"swap them: `from: {end}, to: {start}`"
    )


def number_at(document: Document, path: KeyPath) -> Decimal | None:
    """The number as written, not the float nearest to it; None if no double is like it."""
    try:
        number = Decimal(document.written(path) or "0")
    except InvalidOperation:  # an exponent of over 18 digits
        return None
    if math.isinf(float(number)) or (number and not float(number)):
        return None
    return number


def not_a_double(place: Place) -> Problem:
    message = "this number is outside of what a DOUBLE holds"
    return Problem("SK005", message, (Label(place),), "leave the end out: a band may be open")


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
