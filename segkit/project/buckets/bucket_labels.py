"""Labels of the buckets of one column: each its own."""

from __future__ import annotations

from collections.abc import Sequence

from segkit.errors import Label, Place
from segkit.project.yaml.marks import Entry


def report_repeated(
    column: Entry, name: str, labels: Sequence[tuple[str, Place]], missing: str
) -> None:
    """Report each label that stands twice in the column, or is that of missing values."""
    first: dict[str, Place] = {}
    for label, place in labels:
        if label in first:
            message = f'two buckets of `{name}` are called "{label}"'
            shown = [Label(first[label], "first here"), Label(place, "and again here")]
            column.report("SK205", message, *shown, help="give one of them another label")
        elif label == missing:
            message = f'"{missing}" of `{name}` is also what missing values are called'
            shown = [Label(place, "stands for a bucket")]
            places = column.document.values
            of_set = places.get((*column.path[:-2], "missing"))
            at = places.get((*column.path, "missing"), of_set)
            if at is not None:
                shown.append(Label(at, "and for missing values"))
            shown.sort(key=lambda label: label.place.line or 0)
            hint = "give the bucket another label, or set `missing`"
            column.report("SK205", message, *shown, help=hint)
        first.setdefault(label, place)
