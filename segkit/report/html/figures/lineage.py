"""Where a segmentation comes from, and who reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from segkit.report.html.drawing import box, fixed, scrolled, svg, text
from segkit.report.html.markup import tag
from segkit.survey.page_data import SegmentationReport

MOST = 12  # nodes a side
_WIDTH, _BOX, _ROW, _HEIGHT = 640, 180, 34, 26


def lineage(report: SegmentationReport, parts: Mapping[str, str] | None = None) -> Markup:
    """Return the nodes that it reads at the left, those that read it at the right.

    ``parts`` has the anchors of nodes that have a part of the page: their names lead there.
    """
    above, below = _shown(report.above), _shown(report.below)
    height = _ROW * max(len(above), len(below), 1)
    name = report.result.name
    said = f"{name} reads {len(report.above)} nodes, {len(report.below)} read it"
    middle = (_WIDTH - _BOX) / 2
    ends = (0.5, _WIDTH - _BOX - 0.5)
    width = _WIDTH if below else middle + _BOX + 1
    links, boxes = [], [_box(middle, height / 2, name, "bx me")]
    for nodes, x, is_above in ((above, ends[0], True), (below, ends[1], False)):
        top = (height - _ROW * len(nodes)) / 2
        for place, node in enumerate(nodes):
            y = top + _ROW * (place + 0.5)
            start, end = (x + _BOX, y), (middle, height / 2)
            if not is_above:
                start, end = (middle + _BOX, height / 2), (x, y)
            links.append(_link(start, end))
            drawn = _box(x, y, node, "bx")
            href = (parts or {}).get(node)
            boxes.append(tag("a", drawn, href=f"#{href}") if href else drawn)
    role = "group" if {*above, *below} & {*(parts or {})} else "img"
    kind = "lin far" if below else "lin"
    return scrolled(said, svg(kind, (width, height), said, *links, *boxes, role=role))


def _shown(nodes: Sequence[str]) -> list[str]:
    if len(nodes) <= MOST:
        return list(nodes)
    return [*nodes[: MOST - 1], f"and {len(nodes) - MOST + 1} more"]


def _box(x: float, y: float, name: str, look: str) -> Markup:
    rect = box((x, y - _HEIGHT / 2), (_BOX, _HEIGHT), look, rx=6)
    return tag("g", rect, text(x + _BOX / 2, y + 4, name, "m", width=_BOX - 14))


def _link(start: tuple[float, float], end: tuple[float, float]) -> Markup:
    (a, b), (c, d) = start, end
    half = (a + c) / 2
    curve = f"M{fixed(a)} {fixed(b)}C{fixed(half)} {fixed(b)} {fixed(half)} {fixed(d)}"
    return tag("path", class_="gr", d=f"{curve} {fixed(c)} {fixed(d)}")
