"""``edges: [25, 35, 55]``: bands from one edge to the next, the first and the last open."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from segkit.core.labels import make_labels, number_text
from segkit.core.rules import Interval
from segkit.errors import Label, Place, Problem
from segkit.project.buckets.band_buckets import BandColumn, band_column, not_a_double, number_at
from segkit.project.buckets.band_errors import Band
from segkit.project.schema.buckets import BucketColumnSpec
from segkit.project.yaml.marks import Document, KeyPath


def build_edges(
    spec: BucketColumnSpec, missing: str, document: Document, path: KeyPath, relation: str | None
) -> tuple[BandColumn, list[Problem]]:
    """Return the column, and what is wrong with its edges and labels."""
    bands, problems = _read_bands(spec, document, path)
    return band_column(spec, bands, problems, missing, document, path)


def _read_bands(
    spec: BucketColumnSpec, document: Document, path: KeyPath
) -> tuple[list[Band], list[Problem]]:
    places = [document.place((*path, "edges", i)) for i in range(len(spec.edges or ()))]
    numbers = [number_at(document, (*path, "edges", i)) for i in range(len(places))]
    problems = [
        not_a_double(place) for number, place in zip(numbers, places, strict=True) if number is None
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
        message = f"edges of `{name}` are out of order: {what}"
        label = Label(places[i], "not above the one before")
        hint = "write " + f"`edges: [{', '.join(map(number_text, sorted(set(edges))))}]`"
        problems.append(Problem("SK204", message, (label,), hint))
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
