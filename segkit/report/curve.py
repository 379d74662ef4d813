"""What more or fewer leaves would bring: a line a number of leaves."""

from __future__ import annotations

from segkit.core.fit import Fit
from segkit.report.page import Rows, Section


def curve_section(fit: Fit) -> tuple[Section, ...]:
    """A row a number of leaves, none where there was no choice. ``>`` marks the chosen one."""
    quality, is_given = fit.quality, bool(fit.clusters.labels)
    if len(quality.curve) < 2:
        return ()
    rows = [("", "Leaves", "Loss", "As given" if is_given else "As K-Means", "Short rules")]
    for point in quality.curve:
        rows.append(
            (
                ">" if point.leaves == quality.leaves else "",
                str(point.leaves),
                f"{point.loss:.1%}",
                f"{point.fidelity:.1%}",
                f"{point.short_rules} of {len(fit.segments)}",
            )
        )
    loss = "what the rules cost more than K-Means"
    if is_given:
        loss = "customers whom the rules put into another cluster"
    table = Rows(tuple(rows), "lrrrr", has_head=True)
    return (Section((table,), f"What more leaves bring (loss: {loss}):"),)
