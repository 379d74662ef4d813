"""Three features at once: the article's picture, as it stands without scripts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, product

from markupsafe import Markup

from segkit.core.english import format_statistic
from segkit.report.html.drawing import Point, line, marks, svg, text
from segkit.report.html.figures.legend import legend
from segkit.report.html.figures.pair_scatters import most_used, number_scale
from segkit.report.html.figures.tree_outline import segments_by_code
from segkit.report.html.markup import joined, tag
from segkit.report.html.scales import Scale
from segkit.report.html.telling import words_of
from segkit.survey.page_data import FeatureSurvey, SegmentationReport

_WIDTH, _HEIGHT, _MIDDLE = 520, 410, 222
_SIDE = 132.0  # from the middle of the cube to a side
_TURNED, _TILTED = math.radians(-32), math.radians(20)


def cube(report: SegmentationReport) -> Markup:
    """Return customers by the three numbers that decide most; nothing where there are fewer.

    ``data-cube`` has, for the script that turns it, an axis a word: the place of the feature,
    both ends of its scale, and 1 where that is ln(1 + x). Axes go to the right, up, and
    to the back. A missing value lies at the low end.
    """
    numbers, dots = cube_axes(report), report.survey.dots
    if not numbers or not dots:
        return Markup()
    columns = [f.feature.column for f in report.survey.features]
    places = [columns.index(f.feature.column) for f in numbers]
    known = [[float(v) for dot in dots if (v := dot.values[at]) is not None] for at in places]
    scales = [number_scale(f, v, -1, 1) for f, v in zip(numbers, known, strict=True)]
    names = [words_of(report, f.feature.column) for f in numbers]
    said = f"{len(dots)} customers by {', '.join(label for label, _ in names)}"
    drawn = svg(
        "cube",
        (_WIDTH, _HEIGHT),
        said,
        *_edges(),
        *_customers(report, places, scales),
        *_names(names, scales, known),
    )
    hook = " ".join(
        f"{place}:{scale.low:g}:{scale.high:g}:{scale.is_log:d}"
        for place, scale in zip(places, scales, strict=True)
    )
    return tag("div", drawn, class_="turn", data_cube=hook)


def cube_with_legend(report: SegmentationReport) -> Markup:
    """For a file of its own."""
    drawn = cube(report)
    return joined([legend(report), drawn]) if drawn else drawn


def cube_axes(report: SegmentationReport) -> list[FeatureSurvey]:
    """The three numbers that decide most; none where there are fewer."""
    numbers = [f for f in most_used(report) if not f.feature.is_category][:3]
    return numbers if len(numbers) == 3 else []


def seen(x: float, y: float, z: float) -> Point:
    """Where a point of the cube, each side from -1 to 1, lies in the drawing."""
    right = x * math.cos(_TURNED) + z * math.sin(_TURNED)
    back = -x * math.sin(_TURNED) + z * math.cos(_TURNED)
    up = y * math.cos(_TILTED) + back * math.sin(_TILTED)
    return _MIDDLE + _SIDE * right, _HEIGHT / 2 - _SIDE * up


def _edges() -> Iterator[Markup]:
    """The nine that lie behind or below; those in front would hide customers."""
    for first, second in combinations(product((-1, 1), repeat=3), 2):
        differing = sum(a != b for a, b in zip(first, second, strict=True))
        if differing == 1 and (1, -1) not in ((first[1], first[2]), (second[1], second[2])):
            yield line(seen(*first), seen(*second), "gr")


def _customers(
    report: SegmentationReport, places: Sequence[int], scales: Sequence[Scale]
) -> Iterator[Markup]:
    segments = segments_by_code(report)
    found: dict[int, list[Point]] = {}
    for dot in report.survey.dots:
        values = [dot.values[place] for place in places]
        at = (-1.0 if v is None else s(float(v)) for v, s in zip(values, scales, strict=True))
        found.setdefault(dot.code, []).append(seen(*at))
    for code, points in found.items():
        row = segments.get(code)
        yield tag("g", marks(code, points), data_s=row.id if row else None)


def _names(
    names: Sequence[tuple[str, str]], scales: Sequence[Scale], known: Sequence[Sequence[float]]
) -> Iterator[Markup]:
    """At the middle of an edge each, with the least and the greatest value that is drawn."""
    middles = (seen(0, -1, -1), seen(-1, 1, 1), seen(1, -1, 0))
    moves = ((-6, 24, "mo"), (0, -22, "o"), (10, 18, "o"))
    for (label, unit), scale, values, (x, y), (right, down, look) in zip(
        names, scales, known, middles, moves, strict=True
    ):
        # a few far away lie on the edge
        least = max(min(values, default=0.0), scale.low)
        most = min(max(values, default=0.0), scale.high)
        ends = f"{format_statistic(least, unit)} to {format_statistic(most, unit)}"
        room = _WIDTH - x - right if look == "o" else 190
        yield text(x + right, y + down, label, look.replace("o", "") + "b", width=room)
        yield text(x + right, y + down + 13, ends, look + "x", width=room)
