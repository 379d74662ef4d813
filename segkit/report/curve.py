"""What more or fewer leaves would bring: a line a number of leaves."""

from __future__ import annotations

from collections.abc import Sequence

from segkit.core.fit import CurvePoint
from segkit.report.text import align_rows


def render_curve(
    curve: Sequence[CurvePoint], chosen: int, segments: int, is_given: bool = False
) -> list[str]:
    """Return the lines, nothing where there was no choice. ``>`` marks the chosen number.

    ``is_given``: the clusters are somebody else's, not those of K-Means.
    """
    if len(curve) < 2:
        return []
    rows = [["", "Leaves", "Loss", "As given" if is_given else "As K-Means", "Short rules"]]
    for point in curve:
        rows.append(
            [
                ">" if point.leaves == chosen else "",
                str(point.leaves),
                f"{point.loss:.1%}",
                f"{point.fidelity:.1%}",
                f"{point.short_rules} of {segments}",
            ]
        )
    return align_rows(rows, ("left", "right", "right", "right", "right"))
