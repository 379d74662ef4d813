"""The parts that drawings are made of: an SVG with its sentence, texts that fit, lines, marks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from markupsafe import Markup

from segkit.report.html.markup import Content, tag
from segkit.report.html.palette import colour_class
from segkit.report.html.scales import clipped, text_width

TEXT, SMALL = 12.0, 10.5  # sizes of letters; figures.css has the same
BOLD = 1.13  # how much wider bold letters are
Point = tuple[float, float]


def fixed(value: float) -> str:
    """Return a coordinate with one decimal at most: a file stays small, nobody sees more.

    >>> fixed(3.14159), fixed(2.0), fixed(-0.04)
    ('3.1', '2', '0')
    """
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")


def svg(
    kind: str,
    size: tuple[float, float],
    says: str,
    *content: Content | Iterable[Content],
    role: str = "img",
    **attributes: Content,
) -> Markup:
    """Return a drawing of width and height; ``says`` is what one sees there, in a sentence.

    ``role`` is ``group`` where something in it can be pressed.
    """
    width, height = map(fixed, size)
    return tag(
        "svg",
        *content,
        class_=f"fig {kind}",
        viewBox=f"0 0 {width} {height}",
        role=role,
        aria_label=says,
        style=f"max-width:{width}px",
        **attributes,
    )


def scrolled(says: str, wide: Markup) -> Markup:
    """Return what is moved within its place where it is too wide, by keys as well."""
    return tag("div", wide, class_="scroll", role="group", aria_label=says, tabindex=0)


def text(
    x: float,
    y: float,
    content: str,
    look: str = "",
    *,
    width: float | None = None,
    turned: float | None = None,
    **attributes: Content | bool,
) -> Markup:
    """Return a text, as much of it as has room in ``width``; the rest is in its title.

    ``look`` has letters: ``m`` and ``e`` the middle or the end is at ``x``, ``x`` small,
    ``b`` bold, ``o`` soft.
    """
    size = (SMALL if "x" in look else TEXT) * (BOLD if "b" in look else 1)
    shown = content if width is None else clipped(content, size, width)
    title = tag("title", content) if shown != content else None
    turn = None if turned is None else f"rotate({fixed(turned)} {fixed(x)} {fixed(y)})"
    return tag(
        "text",
        shown,
        title,
        x=fixed(x),
        y=fixed(y),
        class_=" ".join(look) or None,
        transform=turn,
        **attributes,
    )


def line(start: Point, end: Point, look: str = "ln", **attributes: Content | bool) -> Markup:
    return tag("path", class_=look, d=way([start, end]), **attributes)


def box(
    corner: Point, size: tuple[float, float], look: str = "bx", **attributes: Content | bool
) -> Markup:
    (x, y), (width, height) = corner, size
    return tag(
        "rect",
        class_=look,
        x=fixed(x),
        y=fixed(y),
        width=fixed(max(width, 0.0)),
        height=fixed(max(height, 0.0)),
        **attributes,
    )


def wrapped(content: str, size: float, width: float, most: int) -> list[str]:
    """Return the text in at most so many lines; what has no room in the last one is cut off.

    A word that is longer than a line is broken.

    >>> wrapped("Days since last order", 10, 60, 2), wrapped("Weihnachtsgeld", 10, 60, 2)
    (['Days since', 'last order'], ['Weihnacht', 'sgeld'])
    """
    lines: list[str] = []
    words = [part for word in content.split() for part in _parts(word, size, width)]
    while words and len(lines) < most - 1:
        n = 1
        while n < len(words) and text_width(" ".join(words[: n + 1]), size) <= width:
            n += 1
        lines.append(clipped(" ".join(words[:n]), size, width))
        del words[:n]
    return [*lines, clipped(" ".join(words), size, width)] if words else lines


def _parts(word: str, size: float, width: float) -> Iterator[str]:
    """As much of a word as a line has room for, and so on."""
    n = len(word)
    while n > 1 and text_width(word[:n], size) > width:
        n -= 1
    yield word[:n]
    if n < len(word):
        yield from _parts(word[n:], size, width)


def way(points: Sequence[Point]) -> str:
    """Return a path through the points.

    >>> way([(0, 1), (2.55, 3)])
    'M0 1L2.5 3'
    """
    return "M" + "L".join(f"{fixed(x)} {fixed(y)}" for x, y in points)


def marks(code: int, places: Iterable[Point]) -> Markup:
    """Return customers of one segment as one path, which has the mark at each of its points.

    Whole units will do: a mark is nine wide. See ``palette.mark_symbols``.
    """
    drawn = points_path(places)
    return tag("path", class_=f"mk {colour_class(code)}", d=drawn) if drawn else Markup()


def points_path(places: Iterable[Point]) -> str:
    """Return a path that has the points for corners, in whole units, from left to right.

    Each is told by how far it is from the one before: half as long as where it is.

    >>> points_path([(30, 4), (10, 20), (30, 3)])
    'm10 20 20-17 0 1h0'
    """
    drawn, last = "", (0, 0)
    for x, y in sorted((round(x), round(y)) for x, y in places):
        right, down = x - last[0], y - last[1]
        drawn += f" {right}" + (f" {down}" if down >= 0 else f"{down}")
        last = x, y
    # a point alone is no line, and has no marks
    return f"m{drawn[1:]}h0" if drawn else ""


def kept_apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return places near the wanted ones, in their order, with a gap between neighbours.

    Where there is no room between the ends, the gap becomes smaller.

    >>> kept_apart([5, 5, 20], 10, 0, 100)
    [0.0, 10.0, 20.0]
    """
    if not wanted:
        return []
    gap = min(gap, (high - low) / max(len(wanted) - 1, 1))
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    groups: list[tuple[float, int]] = []  # the first place of labels that touch, and how many
    for place in order:
        groups.append((min(max(wanted[place], low), high), 1))
        while len(groups) > 1 and groups[-2][0] + gap * groups[-2][1] > groups[-1][0]:
            (first, n), (second, m) = groups[-2:]
            middle = (n * (first + gap * (n - 1) / 2) + m * (second + gap * (m - 1) / 2)) / (n + m)
            start = middle - gap * (n + m - 1) / 2
            groups[-2:] = [(min(max(start, low), high - gap * (n + m - 1)), n + m)]
    placed = [first + gap * step for first, n in groups for step in range(n)]
    found = [0.0] * len(wanted)
    for place, where in zip(order, placed, strict=True):
        found[place] = where
    return found
