"""The rules as a drawing: from left to right, a link as wide as its customers are many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from segkit.report.html.drawing import BOLD, SMALL, TEXT, box, fixed, svg, text, wrapped
from segkit.report.html.figures.tree_outline import (
    UNASSIGNED,
    Node,
    ids_of,
    leaf_text,
    node_of,
    segments_by_code,
    tree_outline,
    walk,
    way_of,
)
from segkit.report.html.markup import joined, tag
from segkit.report.html.palette import colour_class, mark
from segkit.report.html.scales import clipped, text_width
from segkit.report.text import count_of
from segkit.results import SegmentRow
from segkit.survey.page_data import SegmentationReport

_WIDTH, _ROW = 1040, 40
_LEAF, _LEAF_HEIGHT = 310, 34  # of one with a name in a line
_ASKED = 3  # lines at most for what is asked
_GAP, _LINE = 32, 13
_NARROWEST, _WIDEST = 112, 178  # from one test to the next
_THICKEST = 24  # the link of all customers


@dataclass(frozen=True)
class _Place:
    """``x`` is the left end, ``y`` the middle."""

    node: Node
    x: float
    y: float
    width: float

    def thickness(self, everyone: int) -> float:
        return max(1.5, _THICKEST * self.node.n / max(everyone, 1))


def tree(report: SegmentationReport) -> Markup:
    """Return the drawing, and the same in words, which a phone shows instead."""
    return joined([tree_drawing(report), tree_outline(report)])


def tree_drawing(report: SegmentationReport) -> Markup:
    """Return a box a test and a segment a leaf, its strip the mixture of K-Means' clusters."""
    root, segments = node_of(report), segments_by_code(report)
    names = {node.ends[0]: _name(node, segments) for node in walk(root) if not node.sides}
    places = _placed(root, names)
    height = sum(_ROW + _more(lines) for lines in names.values()) + 12
    width = max(place.x + place.width for place in places.values()) + 2
    links: list[Markup] = []
    boxes: list[Markup] = []
    for place in places.values():
        node = place.node
        boxes.append(
            _test(place, segments) if node.sides else _leaf(place, segments, names[node.ends[0]])
        )
        if place.node.sides:
            sides = [places[id(side)] for side in place.node.sides]
            links += _links(place, sides, root.n, segments)
    said = f"A tree of {report.result.fit.quality.leaves} rules"
    if root.sides:
        said += f" that asks first: {root.what} {root.test}?"
    return svg("tree", (width, height), said, *links, *boxes)


def _name(node: Node, segments: Mapping[int, SegmentRow]) -> list[str]:
    """What a leaf is called, in two lines where it has no room in one."""
    row = segments.get(node.code)
    name = row.name if row else UNASSIGNED
    return wrapped(name, TEXT, _LEAF - 8 - _start(row), 2) or [""]


def _start(row: SegmentRow | None) -> float:
    """Where the name begins, after the letter."""
    return 26 + (text_width(row.id, TEXT * BOLD) + 5 if row else 0)


def _more(lines: Sequence[str]) -> int:
    """How much higher a leaf is for its name."""
    return _LINE * (len(lines) - 1)


def _placed(root: Node, names: Mapping[int, Sequence[str]]) -> dict[int, _Place]:
    """Leaves stand in rows at the right, a test in the middle between its sides."""
    depths = {id(root): 0}
    order = list(walk(root))
    for node in order:
        depths.update({id(side): depths[id(node)] + 1 for side in node.sides})
    deepest = max(depths.values())
    step = min(max((_WIDTH - _LEAF) / max(deepest, 1), _NARROWEST), _WIDEST)
    ys: dict[int, float] = {}
    top = 4.0
    for node in order:
        if not node.sides:
            height = _ROW + _more(names[node.ends[0]])
            ys[id(node)] = top + height / 2
            top += height
    for node in reversed(order):
        if node.sides:
            ys[id(node)] = sum(ys[id(side)] for side in node.sides) / 2
    return {
        id(node): _Place(node, 1 + step * depths[id(node)], ys[id(node)], step - _GAP)
        if node.sides
        else _Place(node, 1 + step * deepest, ys[id(node)], _LEAF)
        for node in order
    }


def _links(
    place: _Place, sides: Sequence[_Place], everyone: int, segments: Mapping[int, SegmentRow]
) -> Iterator[Markup]:
    """Side by side where they leave the box, so that they are as wide as what comes in."""
    start = place.x + place.width
    widths = [side.thickness(everyone) for side in sides]
    top = place.y - sum(widths) / 2
    for side, width, answer in zip(sides, widths, ("yes", "no"), strict=True):
        from_y, bend = top + width / 2, start + _GAP * 0.55
        top += width
        near = place.x + place.width + _GAP  # a link to a far leaf bends at once, then goes on
        path = (
            f"M{fixed(start)} {fixed(from_y)}C{fixed(bend)} {fixed(from_y)} "
            f"{fixed(near - _GAP * 0.55)} {fixed(side.y)} {fixed(near)} {fixed(side.y)}"
        )
        if side.x > near:
            path += f"H{fixed(side.x)}"
        look = f"lk {colour_class(side.node.code)}" if not side.node.sides else "lk"
        yield tag(
            "path",
            class_=look,
            d=path,
            stroke_width=fixed(width),
            data_s=ids_of(side.node, segments),
            data_way=way_of(side.node),
        )
        off = -width / 2 - 3 if answer == "yes" else width / 2 + 10
        yield text(near - 3, side.y + off, answer, "exo", data_s=ids_of(side.node, segments))


def _test(place: _Place, segments: Mapping[int, SegmentRow]) -> Markup:
    """Some lines for what is asked, one for the test: there are 80 units to the next box."""
    node, room = place.node, place.width - 12
    asked = wrapped(node.what, SMALL, room, _ASKED)
    height = _LINE * (len(asked) + 1) + 10
    left, top = place.x + 7, place.y - height / 2
    count = f" {count_of(node.n, 'customer')}" if node.is_counted else ""
    lines = (text(left, top + _LINE * (i + 1), said, "xo") for i, said in enumerate(asked))
    return tag(
        "g",
        tag("title", f"{node.what} {node.test}?{count}"),
        box((place.x, top), (place.width, height), "bx", rx=6),
        *lines,
        # without a title: the script writes another cut here
        text(left, top + height - 8, clipped(node.test, TEXT * BOLD, room), "b"),
        class_="gd" if node.is_guard else None,
        data_cut=node.cut,
        data_s=ids_of(node, segments),
        data_way=way_of(node),
    )


def _leaf(place: _Place, segments: Mapping[int, SegmentRow], name: Sequence[str]) -> Markup:
    node, height = place.node, _LEAF_HEIGHT + _more(name)
    row, top = segments.get(node.code), place.y - height / 2
    left, start, foot = place.x + 26, place.x + _start(row), top + height
    lines = (text(start, top + 15 + _LINE * n, said) for n, said in enumerate(name))
    full = row.name if row and name[-1].endswith("…") else None
    return tag(
        "g",
        tag("title", full) if full else None,
        box((place.x, top), (_LEAF, height), "bx", rx=6),
        mark(node.code, place.x + 14, top + 12) if row else None,
        text(left, top + 15, row.id, "b") if row else None,
        *lines,
        text(left, foot - 6, leaf_text(node, row), "xo", width=_LEAF - 30),
        *_strip(place, foot - 4),
        class_=colour_class(node.code),
        data_s=row.id if row else None,
        data_way=way_of(node),
    )


def _strip(place: _Place, top: float) -> Iterator[Markup]:
    """K-Means' clusters in a leaf, as parts of a line at its foot."""
    total = sum(place.node.clusters.values())
    at, room = place.x + 6, _LEAF - 12
    for code, n in place.node.clusters.items():
        width = room * n / total
        yield box((at, top), (width, 3), colour_class(code))
        at += width
