"""Colours and marks of segments, and the other colours of a page, in light and in dark.

A segment keeps the colour and the mark of its code for life. All pairs of colours stay apart
for those who see no red, no green or no blue (``tests/report/html/test_palette.py`` computes
it), and a mark and a letter stand beside each colour: an edit needs the test again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from segkit.report.html.markup import tag


@dataclass(frozen=True)
class Theme:
    """``segments`` are in the order of codes; ``low`` and ``high`` are the ends of ``shades``.

    ``paper`` lies under figures, on the ``page``; ``soft`` is for text that matters less.
    """

    segments: tuple[str, ...]
    page: str
    paper: str
    ink: str
    soft: str
    line: str
    low: str
    high: str


LIGHT = Theme(
    (
        *("#0968ab", "#d27406", "#278e87", "#c30553", "#4c18a5", "#6d3121"),
        *("#5c6471", "#6b9c61", "#bc4df4", "#3021d5", "#4e0f05", "#0b2e4f"),
    ),
    page="#f6f6f3",
    paper="#ffffff",
    ink="#17191d",
    soft="#565c66",
    line="#dadcd8",
    low="#6fa3de",
    high="#e8974d",
)
DARK = Theme(
    (
        *("#4e98eb", "#c6a852", "#60ebd8", "#c8668b", "#6e62cc", "#b64d16"),
        *("#9db1bf", "#c4dc49", "#e94f50", "#995398", "#c7fead", "#2cc0fd"),
    ),
    page="#121417",
    paper="#1b1d22",
    ink="#eceef1",
    soft="#a9afb9",
    line="#3a3e46",
    low="#1f62ad",
    high="#a1541b",
)
COLOURS = len(LIGHT.segments)
STEPS = 9  # of the shades from low to high, the one in the middle is the paper
_INKS = ("#ffffff", "#111111")
# JupyterLab, VS Code, Colab, and pages that notebooks are made into
_LIGHT_HOSTS = "[data-jp-theme-light=true],.vscode-light,[theme=light],[data-theme=light]"
_DARK_HOSTS = "[data-jp-theme-light=false],.vscode-dark,[theme=dark],[data-theme=dark]"

# A path a mark, in a box from -5 to 5, relative to its middle.
MARKS: tuple[tuple[str, str], ...] = (
    ("circle", "m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z"),
    ("square", "m-4-4h8v8h-8z"),
    ("triangle", "m0-5l5 9h-10z"),
    ("diamond", "m0-5.5l5 5.5-5 5.5-5-5.5z"),
    ("triangle down", "m0 5l5-9h-10z"),
    ("plus", "m-1.6-5h3.2v3.4h3.4v3.2h-3.4v3.4h-3.2v-3.4h-3.4v-3.2h3.4z"),
    (
        "cross",
        "m0-2.2l2.8-2.8 2.2 2.2-2.8 2.8 2.8 2.8-2.2 2.2-2.8-2.8-2.8 2.8-2.2-2.2 "
        "2.8-2.8-2.8-2.8 2.2-2.2z",
    ),
    ("bar", "m-5-2.2h10v4.4h-10z"),
    ("triangle right", "m5 0l-9 5v-10z"),
    ("hourglass", "m-4.5-5h9l-3 5 3 5h-9l3-5z"),
    ("triangle left", "m-5 0l9 5v-10z"),
    ("post", "m-2.2-5h4.4v10h-4.4z"),
)


def colour_class(code: int) -> str:
    """``s0`` for the first segment; after the last colour the first one comes again.

    >>> colour_class(1), colour_class(13), colour_class(0)
    ('s0', 's0', 'none')
    """
    return f"s{(code - 1) % COLOURS}" if code > 0 else "none"


def mark_path(code: int) -> str:
    """The mark's path. 0, unassigned, has that of the first; its colour is another one."""
    return MARKS[(code - 1) % len(MARKS) if code > 0 else 0][1]


def mark(code: int, x: float, y: float) -> Markup:
    """Return the mark of a segment at a place of a drawing."""
    path = f"M{x:g} {y:g}{mark_path(code)}"
    return tag("path", class_=f"m1 {colour_class(code)}", d=path)


def mark_symbols(prefix: str = "mk") -> Markup:
    """Return marks and a ring for paths that have one at each point: once for a page, or a drawing.

    ``prefix`` is that of their ids, and has to be that of the CSS.
    """
    markers = (
        tag(
            "marker",
            tag("path", class_="m1", d=f"M0 0{mark_path(place)}"),
            id=f"{prefix}{place - 1}",
            class_=colour_class(place),
            viewBox="-6 -6 12 12",
            markerWidth=10,
            markerHeight=10,
            markerUnits="userSpaceOnUse",
        )
        for place in range(COLOURS + 1)
    )
    ring = tag(
        "marker",
        tag("circle", class_="ring", r=6),
        id=f"{prefix}-ring",
        viewBox="-8 -8 16 16",
        markerWidth=16,
        markerHeight=16,
        markerUnits="userSpaceOnUse",
    )
    return tag("defs", *markers, ring)


def chip(code: int, letter: str) -> Markup:
    """Return the mark and the letter of a segment, for a text."""
    drawn = tag("svg", mark(code, 6, 6), viewBox="0 0 12 12", class_="mark", aria_hidden="true")
    return tag("span", drawn, letter, class_=f"chip {colour_class(code)}")


def shade_class(place: float, most: float = 2.0) -> str:
    """The shade for a place on the fit's scale: ``v4`` in the middle, ``v8`` from ``most`` on.

    >>> shade_class(0.0), shade_class(-5.0), shade_class(1.0)
    ('v4', 'v0', 'v6')
    """
    half = STEPS // 2
    share = min(max(place / most, -1.0), 1.0)
    return f"v{half + round(share * half)}"


def shades(theme: Theme) -> tuple[str, ...]:
    """From low over the paper to high."""
    half = STEPS // 2
    ends = ((theme.low, half - i) if i < half else (theme.high, i - half) for i in range(STEPS))
    return tuple(mixed(theme.paper, end, away / half) for end, away in ends)


def mixed(first: str, second: str, share: float) -> str:
    """Return the first colour with a share of the second.

    >>> mixed("#000000", "#ffffff", 0.5)
    '#808080'
    """
    parts = zip(_parts(first), _parts(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)


def ink_on(colour: str) -> str:
    """Return white or black, whichever can be read better on it."""
    return max(_INKS, key=lambda ink: contrast(ink, colour))


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(colour: str) -> tuple[float, ...]:
    """Red, green and blue as light, from 0 to 1 (sRGB without its curve)."""
    shares = (part / 255 for part in _parts(colour))
    return tuple(s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)


def _parts(colour: str) -> Sequence[int]:
    return bytes.fromhex(colour[1:])


def theme_css() -> Markup:
    """Return the variables: light, and dark where the system or ``data-theme`` asks for it."""
    light, dark = _themes()
    return Markup(
        f":root{light}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){dark}}}\n"
        f"@media screen{{:root[data-theme=dark]{dark}}}\n"
        f"{_classes('mk')}\n"
    )


def scoped_css(name: str, looks: str) -> Markup:
    """Return themes and looks for elements of class ``name`` alone: a notebook is not ours.

    Notebooks say on an element above whether they are dark; else the system does. Ids of marks
    begin with the name: those of another output, which may be hidden, are not seen.
    """
    scope, (light, dark) = f".{name}", _themes()
    return Markup(
        f"{scope}{light}\n"
        f"@media screen and (prefers-color-scheme:dark){{{scope}{dark}}}\n"
        f":is({_LIGHT_HOSTS}) {scope}{light}\n"
        f"@media screen{{:is({_DARK_HOSTS}) {scope}{dark}}}\n"
        f"{scope}{{{_classes(name)}\n{looks}}}"
    )


def _themes() -> tuple[str, str]:
    light, dark = (f"{{{_joined(_variables(theme))}}}" for theme in (LIGHT, DARK))
    return light, dark


def _classes(marks: str) -> str:
    names = range(COLOURS)
    classes = [f".s{i}{{--c:var(--c{i});--t:var(--t{i})}}" for i in names]
    classes += [f".mk.s{i}{{marker:url(#{marks}{i})}}" for i in names]
    classes += [f".v{i}{{background:var(--v{i});fill:var(--v{i})}}" for i in range(STEPS)]
    rest = f".none{{--c:var(--soft);--t:var(--paper)}}.mk.none{{marker:url(#{marks}-1)}}"
    rest += f".rg{{marker:url(#{marks}-ring)}}"
    return f"{rest}\n{''.join(classes)}"


def _variables(theme: Theme) -> Iterator[tuple[str, str]]:
    for name in ("page", "paper", "ink", "soft", "line"):
        yield name, getattr(theme, name)
    for place, colour in enumerate(theme.segments):
        yield f"c{place}", colour
        yield f"t{place}", ink_on(colour)
    for place, colour in enumerate(shades(theme)):
        yield f"v{place}", colour


def _joined(variables: Iterator[tuple[str, str]]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in variables)
