"""Where customers were at the last build, where they are now, and who came and went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from segkit.core.change_result import ChangeFlow
from segkit.core.number_format import grouped
from segkit.report.html.drawing import box, fixed, svg, text
from segkit.report.html.markup import tag
from segkit.report.html.palette import colour_class
from segkit.report.html.scales import text_width
from segkit.report.text import percent
from segkit.survey.page_data import SegmentationReport

_WIDTH, _SIDE, _BAR = 1040, 400, 14
_HEIGHT, _GAP = 240, 8  # of all customers together, and between two segments
_APART = 16  # a name and its customers
_LEAST = 0.8  # of a flow: a thinner one is not seen
Node = str | None  # a segment's id; None is nowhere


@dataclass(frozen=True)
class _Place:
    top: float
    height: float


def flows(report: SegmentationReport) -> Markup:
    """Return two columns of segments with a ribbon for each way; empty at the first build."""
    changes = report.result.changes
    if changes is None or not changes.flows:
        return Markup()
    order: dict[Node, int] = {row.id: row.order for row in report.result.segments}
    ways = _ways(changes.flows)
    nodes = sorted(
        {node for way in ways for node in way}, key=lambda n: (n is None, order.get(n, 0))
    )
    unit = _HEIGHT / max(sum(ways.values()), 1)
    sides = [_column(nodes, ways, unit, at) for at in (0, 1)]
    parts = [
        *_ribbons(nodes, ways, unit, sides, order),
        *_labels(report, ways, sides, order),
    ]
    height = max(place.top + place.height for side in sides for place in side.values()) + 4
    said = "Customers by segment on {} and on {}".format(*changes.days)
    return svg("flows", (_WIDTH, height), said, *parts)


def _ways(found: Sequence[ChangeFlow]) -> Mapping[tuple[Node, Node], int]:
    ways: dict[tuple[Node, Node], int] = {}
    for flow in found:
        way = flow.from_id, flow.to_id
        ways[way] = ways.get(way, 0) + flow.n
    return ways


def _column(
    nodes: Sequence[Node], ways: Mapping[tuple[Node, Node], int], unit: float, at: int
) -> dict[Node, _Place]:
    """Where each segment of one side is; one that nobody is in has no place."""
    places: dict[Node, _Place] = {}
    top = 2.0
    for node in nodes:
        height = sum(max(n * unit, _LEAST) for way, n in ways.items() if way[at] == node)
        if height:
            places[node] = _Place(top, height)
            top += height + _GAP
    return places


def _ribbons(
    nodes: Sequence[Node],
    ways: Mapping[tuple[Node, Node], int],
    unit: float,
    sides: Sequence[Mapping[Node, _Place]],
    order: Mapping[Node, int],
) -> list[Markup]:
    used: list[dict[Node, float]] = [
        {node: place.top for node, place in side.items()} for side in sides
    ]
    left, right = _SIDE + _BAR, _WIDTH - _SIDE - _BAR
    drawn = []
    for was, now in ((a, b) for a in nodes for b in nodes if (a, b) in ways):
        n = ways[was, now]
        width = max(n * unit, _LEAST)
        one, other = used[0][was], used[1][now]
        used[0][was] += width
        used[1][now] += width
        corners = ((left, one), (right, other), (right, other + width), (left, one + width))
        path = "M" + "L".join(f"{fixed(x)} {fixed(y)}" for x, y in corners) + "Z"
        code = order.get(was if was is not None else now, 0)
        stays = " st" if was == now else ""
        title = tag("title", f"{was or 'joined'} to {now or 'left'}: {grouped(n)}")
        look = f"{colour_class(code)} fl{stays}"  # the colour first: a style looks for it
        drawn.append(tag("path", title, class_=look, d=path, data_s=now or was))
    return drawn


def _labels(
    report: SegmentationReport,
    ways: Mapping[tuple[Node, Node], int],
    sides: Sequence[Mapping[Node, _Place]],
    order: Mapping[Node, int],
) -> Iterator[Markup]:
    names = {row.id: f"{row.id} {row.name}" for row in report.result.segments}
    for at, side in enumerate(sides):
        sizes = _sizes(ways, at)
        room = _SIDE - 8 - max(text_width(size, 12) for size in sizes.values()) - _APART
        x, beside, start = (
            (_SIDE, _SIDE - 8, 0.0)
            if at == 0
            else (_WIDTH - _SIDE - _BAR, _WIDTH - _SIDE + 8, _WIDTH - room)
        )
        for node, place in side.items():
            yield box((x, place.top), (_BAR, place.height), colour_class(order.get(node, 0)))
            if place.height >= 9:
                middle = place.top + place.height / 2 + 4
                label = ("joined", "left")[at] if node is None else names.get(node, node)
                yield text(beside, middle, sizes[node], "o" if at else "eo")
                yield text(start, middle, label, width=room)


def _sizes(ways: Mapping[tuple[Node, Node], int], at: int) -> Mapping[Node, str]:
    """Customers of each segment on one side, with their share of who is in any."""
    counts: dict[Node, int] = {}
    for way, n in ways.items():
        counts[way[at]] = counts.get(way[at], 0) + n
    total = sum(n for node, n in counts.items() if node is not None)
    return {
        node: grouped(n) if node is None else f"{grouped(n)} {percent(n / total)}"
        for node, n in counts.items()
    }
