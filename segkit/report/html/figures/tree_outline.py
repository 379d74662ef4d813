"""The rules as a person reads them: a node a test or a segment, and these as nested lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from markupsafe import Markup

from segkit.core.english import format_threshold
from segkit.core.tree import Below, Known, Leaf, OneOf, Split, Test, fold
from segkit.report.html.markup import joined, tag
from segkit.report.html.palette import chip
from segkit.report.html.telling import words_of
from segkit.report.text import count_of, percent
from segkit.results import SegmentRow
from segkit.survey.page_data import LeafCount, SegmentationReport

UNASSIGNED = "Unassigned"


@dataclass(frozen=True)
class Node:
    """A test with two sides, or (no sides) the customers of a leaf, which has a ``code``.

    ``what`` is asked ("Orders"), of ``columns``, ``test`` is how ("under 7"). ``cut`` is the place
    of its cut among those of the survey, ``clusters`` has customers by K-Means' code.
    ``is_guard``: it asks whether values are known, of one column or of several at once. ``ends``
    are the first and the last of its leaves, counted from left to right.
    Not ``is_counted``: ``n`` is a guess, see ``LeafCount``.
    """

    n: int
    codes: frozenset[int]
    ends: tuple[int, int]
    clusters: Mapping[int, int] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    what: str = ""
    test: str = ""
    cut: int | None = None
    is_guard: bool = False
    is_counted: bool = True
    sides: tuple[Node, Node] | tuple[()] = ()

    @property
    def code(self) -> int:
        return next(iter(self.codes))


def node_of(report: SegmentationReport) -> Node:
    """Return the root. Questions in a row whether values are known are one question."""
    counts = enumerate(report.survey.leaves)
    # the leaves of a fold are met from left to right, as they are counted
    return fold(report.result.fit.tree, lambda leaf: _leaf(leaf, *next(counts)), _Asking(report).of)


def _leaf(leaf: Leaf, place: int, count: LeafCount) -> Node:
    ends, codes = (place, place), frozenset({leaf.code})
    return Node(count.n, codes, ends, count.clusters, is_counted=count.is_counted)


class _Asking:
    def __init__(self, report: SegmentationReport) -> None:
        self.report = report
        cuts = report.survey.cuts
        self.cuts: dict[tuple[str, Test], int] = {
            (c.column, Below(c.edges[c.now], c.is_inclusive)): i for i, c in enumerate(cuts)
        }

    def of(self, split: Split, yes: Node, no: Node) -> Node:
        is_guard = isinstance(split.test, Known) and not no.sides
        if is_guard and yes.is_guard and yes.sides and yes.sides[1].codes == no.codes:
            return self._guards((split.column, *yes.columns), *yes.sides, no)
        what, unit = words_of(self.report, split.column)
        return replace(
            _joined(yes, no),
            columns=(split.column,),
            what=what,
            test=_test_text(split, unit),
            cut=self.cuts.get((split.column, split.test)),
            is_guard=is_guard,
        )

    def _guards(self, columns: tuple[str, ...], yes: Node, *no: Node) -> Node:
        """One question for those without a value in any of the columns."""
        ends = no[0].ends[0], no[-1].ends[1]
        unknown = Node(sum(node.n for node in no), no[0].codes, ends)
        what = f"{len(columns)} features"
        whole = _joined(yes, unknown)
        return replace(whole, columns=columns, what=what, test="all known", is_guard=True)


def _joined(yes: Node, no: Node) -> Node:
    both = sorted({*yes.clusters, *no.clusters})
    clusters = {code: yes.clusters.get(code, 0) + no.clusters.get(code, 0) for code in both}
    is_counted = yes.is_counted and no.is_counted
    ends, codes = (yes.ends[0], no.ends[1]), yes.codes | no.codes
    return Node(yes.n + no.n, codes, ends, clusters, is_counted=is_counted, sides=(yes, no))


def _test_text(split: Split, unit: str) -> str:
    test = split.test
    if isinstance(test, Below):
        cut = format_threshold(test.cut, unit)
        return f"{cut} or less" if test.inclusive else f"under {cut}"
    if isinstance(test, OneOf):
        flags = {"true": "yes", "false": "no"}
        return " or ".join(flags.get(level, level) for level in test.levels)
    return "known"


def segments_by_code(report: SegmentationReport) -> dict[int, SegmentRow]:
    return {row.order: row for row in report.result.segments}


def ids_of(node: Node, segments: Mapping[int, SegmentRow]) -> str | None:
    """The ids of all segments below, for what is lit together; None of the unassigned."""
    return " ".join(segments[c].id for c in sorted(node.codes) if c in segments) or None


def way_of(node: Node) -> str:
    """The first and the last leaf below, for what is lit on the way to one of them."""
    return f"{node.ends[0]}-{node.ends[1]}"


def tree_outline(report: SegmentationReport) -> Markup:
    """Return the tree as nested lists: for phones, and for who has it read aloud."""
    segments = segments_by_code(report)
    # a list in a list for each step down, from the leaves up: a tree can be deep
    made: dict[int, Markup] = {}
    for node in reversed(list(walk(node_of(report)))):
        inner = _said(node, segments)
        if node.sides:
            sides = zip(("yes", "no"), node.sides, strict=True)
            items = (
                tag(
                    "li",
                    tag("b", f"{answer}:"),
                    " ",
                    made.pop(id(side)),
                    data_s=ids_of(side, segments),
                    data_way=way_of(side),
                )
                for answer, side in sides
            )
            inner = joined([inner, tag("ul", *items)])
        made[id(node)] = inner
        root = inner
    return tag("div", root, class_="outline")


def walk(root: Node) -> Iterator[Node]:
    """The nodes from the root down, yes before no."""
    todo: list[Node] = [root]
    while todo:
        node = todo.pop()
        yield node
        todo += reversed(node.sides)


def _said(node: Node, segments: Mapping[int, SegmentRow]) -> Markup:
    if node.sides:
        return joined([f"{node.what} {node.test}?"])
    row = segments.get(node.code)
    count = leaf_text(node, row)
    if row:
        return joined([chip(row.order, row.id), f" {row.name}, {count}"])
    return joined([f"{UNASSIGNED}, {count}"])


def leaf_text(node: Node, segment: SegmentRow | None) -> str:
    """Who is in a leaf, and how many of them K-Means has in the same segment."""
    if segment and not node.is_counted:
        return f"some of {count_of(segment.n, 'customer')}"
    return f"{count_of(node.n, 'customer')}{purity_text(node)}"


def purity_text(node: Node) -> str:
    """How many of a leaf K-Means has in the same segment."""
    total = sum(node.clusters.values())
    if not total:
        return ""
    return f", {percent(node.clusters.get(node.code, 0) / total)} as K-Means"
