"""Customers by K-Means' cluster and by the rules: where the two part."""

from __future__ import annotations

from collections import Counter

from markupsafe import Markup

from segkit.core.number_format import grouped
from segkit.report.html.drawing import scrolled
from segkit.report.html.markup import tag
from segkit.report.html.palette import chip
from segkit.report.text import percent, sampled_text
from segkit.results import SegmentRow
from segkit.survey.page_data import SegmentationReport


def crosstab(report: SegmentationReport) -> Markup:
    """Return a row a cluster and a column a segment; nothing where labels were given."""
    counts: Counter[tuple[int, int]] = Counter()
    for leaf in report.survey.leaves:
        for cluster, n in leaf.clusters.items():
            counts[cluster, leaf.code] += n
    codes = {code for pair in counts for code in pair}
    rows = [row for row in report.result.segments if row.order in codes]
    if not rows:
        return Markup()
    heads = (tag("th", chip(r.order, r.id), scope="col", title=r.name, data_s=r.id) for r in rows)
    head = tag("tr", tag("th", "K-Means"), *heads, tag("th", "same", scope="col"))
    said = "Customers of each K-Means cluster by the segment that the rules give"
    table = tag(
        "table",
        tag("caption", f"{said}{sampled_text(report.survey.sampled)}"),
        tag("thead", head),
        tag("tbody", *(_row(row, rows, counts) for row in rows)),
        class_="cross",
    )
    return scrolled("K-Means and the rules", table)


def _row(cluster: SegmentRow, rows: list[SegmentRow], counts: Counter[tuple[int, int]]) -> Markup:
    found = [counts[cluster.order, row.order] for row in rows]
    cells = (
        tag(
            "td",
            grouped(n) if n else "·",
            class_="v1 same" if row is cluster else "v6" if n else None,
            data_s=row.id,
        )
        for row, n in zip(rows, found, strict=True)
    )
    share = percent(counts[cluster.order, cluster.order] / sum(found)) if sum(found) else "-"
    head = tag("th", chip(cluster.order, cluster.id), scope="row", title=cluster.name)
    return tag("tr", head, *cells, tag("td", share, class_="usual"))
