"""Buckets: what a set of them consists of, and those from edges or bands, proved MECE."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from segkit.core.labels import check_labels, interval_text, make_labels, number_text
from segkit.core.rules import Interval
from segkit.errors import Label, Place, Problem
from segkit.project.buckets.band_errors import BandPlaces, coverage_problems
from segkit.project.buckets.bucket_labels import repeated_labels
from segkit.project.buckets.rule_buckets import build_rules
from segkit.project.buckets.score_buckets import build_quantiles, build_rfm
from segkit.project.conditions.door import read_condition
from segkit.project.nodes import Band, BandColumn, BucketColumn, BucketSet, output_names
from segkit.project.schema import BucketColumnSpec, BucketSetSpec
from segkit.project.yaml.marks import Document, KeyPath


def build_buckets(
    spec: BucketSetSpec, document: Document, path: KeyPath, relation: str | None
) -> tuple[BucketSet, list[Problem]]:
    """Return the node and what is wrong with its buckets; ``relation`` is the node it reads."""
    columns: list[BucketColumn] = []
    problems: list[Problem] = []
    for i, column in enumerate(spec.columns):
        built, found = build_column(column, spec.missing, document, (*path, "columns", i), relation)
        problems.extend(found)
        if built is not None:
            columns.append(built)
    where = None
    if spec.where is not None:
        where, found = read_condition(document, (*path, "where"))
        problems += found
    problems.extend(_name_clashes(spec, columns, document.place((*path, "key"))))
    warnings = [p for p in problems if p.severity == "warning"]
    warnings += same_edges(columns, spec, document, path)
    node = BucketSet(
        name=spec.name,
        relation=relation or spec.from_,
        key=spec.key,
        columns=tuple(columns),
        place=document.place((*path, "name")),
        key_place=document.place((*path, "key")),
        depends_on=(relation,) if relation else (),
        where=where,
        description=spec.description,
        tags=tuple(spec.tags),
        warnings=tuple(warnings),
    )
    return node, [p for p in problems if p.severity == "error"]


def build_column(
    spec: BucketColumnSpec, missing: str, document: Document, path: KeyPath, relation: str | None
) -> tuple[BucketColumn | None, list[Problem]]:
    """Return the column with its buckets (None if it has none), and what is wrong with them."""
    missing = spec.missing or missing
    if spec.rules is not None:
        return build_rules(spec, missing, document, path, relation)
    if spec.rfm is not None:
        return build_rfm(spec, missing, document, path)
    if spec.quantiles is not None:
        return build_quantiles(spec, missing, document, path)
    return _build_bands(spec, missing, document, path, relation)


def _build_bands(
    spec: BucketColumnSpec, missing: str, document: Document, path: KeyPath, relation: str | None
) -> tuple[BandColumn, list[Problem]]:
    bands, problems = (
        _from_edges(spec, document, path)
        if spec.edges is not None
        else _from_bands(spec, document, path, relation)
    )
    integer_labels = False
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
        column=spec.column or "",
        bands=tuple(bands),
        missing=missing,
        place=document.place((*path, "name")),
        column_place=document.place((*path, "column")),
        integer_labels=integer_labels,
    )
    return column, problems


# edges ------------------------------------------------------------------------------------------


def _from_edges(
    spec: BucketColumnSpec, document: Document, path: KeyPath
) -> tuple[list[Band], list[Problem]]:
    places = [document.place((*path, "edges", i)) for i in range(len(spec.edges or ()))]
    numbers = [_number(document, (*path, "edges", i)) for i in range(len(places))]
    problems = [
        _not_a_double(place)
        for number, place in zip(numbers, places, strict=True)
        if number is None
    ]
    edges = [number for number in numbers if number is not None]
    if problems:
        return [], problems
    problems = _disorder(spec.name, edges, places)
    if problems:
        return [], problems
    right = spec.closed == "right"
    ends = [None, *edges, None]
    intervals = [
        Interval(low, high, low is None or not right, high is not None and right)
        for low, high in pairwise(ends)
    ]
    made = make_labels(intervals)
    labels = list(made) if spec.labels is None else list(spec.labels)
    if len(labels) != len(intervals):
        return [], [_wrong_count(spec, edges, made, document.place((*path, "labels")))]
    at = [
        document.place((*path, "labels", i)) if spec.labels else document.place((*path, "edges"))
        for i in range(len(labels))
    ]
    return [Band(*band) for band in zip(labels, intervals, at, strict=True)], []


def _number(document: Document, path: KeyPath) -> Decimal | None:
    """The number as written, not the float nearest to it; None if no double is like it."""
    try:
        number = Decimal(document.written(path) or "0")
    except InvalidOperation:  # an exponent of over 18 digits
        return None
    if math.isinf(float(number)) or (number and not float(number)):
        return None
    return number


def _not_a_double(place: Place) -> Problem:
    return Problem(
        "SK005",
        "this number is outside of what a DOUBLE holds",
        (Label(place),),
        help="leave the end out: a band may be open",
    )


def _disorder(name: str, edges: Sequence[Decimal], places: Sequence[Place]) -> list[Problem]:
    problems = []
    for i in range(1, len(edges)):
        before, edge = edges[i - 1], edges[i]
        if edge > before:
            continue
        what = (
            f"{number_text(edge)} stands twice"
            if edge == before
            else f"{number_text(edge)} comes after {number_text(before)}"
        )
        problems.append(
            Problem(
                "SK204",
                f"edges of `{name}` are out of order: {what}",
                (Label(places[i], "not above the one before"),),
                help="write " + f"`edges: [{', '.join(map(number_text, sorted(set(edges))))}]`",
            )
        )
    return problems[:1]


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


# bands ------------------------------------------------------------------------------------------


def _from_bands(
    spec: BucketColumnSpec, document: Document, path: KeyPath, relation: str | None
) -> tuple[list[Band], list[Problem]]:
    bands: list[Band] = []
    places: list[BandPlaces] = []
    problems: list[Problem] = []
    right = spec.closed == "right"
    for i, band in enumerate(spec.bands or ()):
        at = (*path, "bands", i)
        low, high = (
            None if end is None else _number(document, (*at, key))
            for end, key in ((band.from_, "from"), (band.to, "to"))
        )
        problems += [
            _not_a_double(document.place((*at, key)))
            for end, number, key in ((band.from_, low, "from"), (band.to, high, "to"))
            if end is not None and number is None
        ]
        interval = Interval(low, high, low is None or not right, high is not None and right)
        bands.append(Band(band.label, interval, document.place((*at, "label"))))
        places.append(
            BandPlaces(
                document.place(at), document.place((*at, "from")), document.place((*at, "to"))
            )
        )
        if low is not None and high is not None and low >= high:
            problems.append(_backwards(band.label, low, high, places[-1]))
    if not problems:
        closed = spec.closed or "left"
        problems = coverage_problems(spec.name, spec.column or "", bands, places, relation, closed)
    return bands, problems


def _backwards(label: str, low: Decimal, high: Decimal, places: BandPlaces) -> Problem:
    if low == high:
        return Problem(
            "SK204",
            f'band "{label}" is empty: from {number_text(low)} to the same',
            (Label(places.upper),),
            help="a band holds more than one number",
        )
    return Problem(
        "SK204",
        f'band "{label}" ends before it starts: from {number_text(low)} to {number_text(high)}',
        (Label(places.upper),),
        help=f"swap them: `from: {number_text(high)}, to: {number_text(low)}`",
    )


# labels -----------------------------------------------------------------------------------------


def _mismatch(name: str, band: Band, made: str) -> Problem:
    return Problem(
        "SK203",
        f'label "{band.label}" of `{name}` does not match its edges',
        (Label(band.place, f"the edges say {interval_text(band.interval)}"),),
        help=f'write "{made}", or change the edges',
    )


def _loose(name: str, band: Band, made: str) -> Problem:
    low, high = band.interval.lower, band.interval.upper
    holds = high is not None and band.interval.upper_closed
    edge = number_text((high if holds else low) or Decimal(0))
    return Problem(
        "SK203",
        f'label "{band.label}" of `{name}` says the wrong thing of {edge}',
        (Label(band.place, f"this band {'holds' if holds else 'does not hold'} {edge}"),),
        help=f'`closed: right` puts an edge into the band below: write "{made}", or leave '
        "`closed` out",
        severity="warning",
    )


def _name_clashes(
    spec: BucketSetSpec, columns: Sequence[BucketColumn], key_place: Place
) -> list[Problem]:
    """Columns of the published view: the key, and what each bucket column makes."""
    taken: dict[str, tuple[str, Place]] = {spec.key.lower(): (spec.key, key_place)}
    problems = []
    for column in columns:
        names = [name for name, _ in output_names(column)]
        clash = next((name for name in names if name.lower() in taken), None)
        if clash is not None:
            also = ", ".join(f"`{name}`" for name in names[1:])
            problems.append(
                Problem(
                    "SK102",
                    f"`{spec.name}` would have two columns `{clash}`",
                    (
                        Label(taken[clash.lower()][1], "first here"),
                        Label(column.place, "and again here"),
                    ),
                    help=f"rename one of them; `{column.name}` also makes {also}",
                )
            )
        for name in names:
            taken.setdefault(name.lower(), (name, column.place))
    return problems


def same_edges(
    columns: Sequence[BucketColumn], spec: BucketSetSpec, document: Document, path: KeyPath
) -> list[Problem]:
    """A warning for two columns that are cut at the same numbers: one was copied."""
    problems = []
    seen: dict[tuple[Decimal, ...], BandColumn] = {}
    for column in columns:
        if not isinstance(column, BandColumn):
            continue
        ends = {end for b in column.bands for end in (b.interval.lower, b.interval.upper)}
        edges = tuple(sorted(end for end in ends if end is not None))
        first = seen.setdefault(edges, column)
        if first is column or len(edges) < 2:
            continue
        places = []
        for each in (first, column):
            at = (*path, "columns", list(columns).index(each))
            key = "edges" if (*at, "edges") in document.values else "bands"
            places.append(document.place((*at, key)))
        listed = ", ".join(map(number_text, edges))
        what = "a column" if column.column == first.column else f"`{column.column}`"
        problems.append(
            Problem(
                "SK208",
                f"`{first.name}` and `{column.name}` are cut at the same edges: {listed}",
                (
                    Label(places[1], "the same again"),
                    Label(places[0], f"edges of `{first.column}`"),
                ),
                help=f"are these right for {what}? if so, nothing is to be done",
                severity="warning",
            )
        )
    return problems
