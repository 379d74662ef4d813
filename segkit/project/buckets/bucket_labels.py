"""Labels of the buckets of one column: each its own."""

from __future__ import annotations

from collections.abc import Sequence

from segkit.errors import Label, Place, Problem
from segkit.project.yaml.marks import Document, KeyPath


def repeated_labels(
    name: str,
    labels: Sequence[tuple[str, Place]],
    missing: str,
    document: Document,
    path: KeyPath,
) -> list[Problem]:
    """Return a problem for each label that stands twice, or is that of missing values."""
    problems = []
    first: dict[str, Place] = {}
    for label, place in labels:
        if label in first:
            problems.append(
                Problem(
                    "SK205",
                    f'two buckets of `{name}` are called "{label}"',
                    (Label(first[label], "first here"), Label(place, "and again here")),
                    help="give one of them another label",
                )
            )
        elif label == missing:
            own = (*path, "missing")
            at = document.place(own if own in document.values else (*path[:-2], "missing"))
            shown = [Label(place, "stands for a bucket")]
            if (*path[:-2], "missing") in document.values or own in document.values:
                shown.append(Label(at, "and for missing values"))
            problems.append(
                Problem(
                    "SK205",
                    f'"{missing}" of `{name}` is also what missing values are called',
                    tuple(sorted(shown, key=lambda label: label.place.line or 0)),
                    help="give the bucket another label, or set `missing`",
                )
            )
        first.setdefault(label, place)
    return problems
