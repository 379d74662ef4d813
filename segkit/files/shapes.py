"""Texts of a column by their shape: what is decided on them needs no more than that."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# A zero in front (0.5, 007) and one at the end (1.50) stay what they are; other digits are a 9.
_FRONT, _END = "\x01", "\x02"
STEPS = (  # as regular expressions, for a warehouse
    (r"^([^0-9]*)0", rf"\1{_FRONT}"),
    (r"0([^0-9]*)$", rf"{_END}\1"),
    (r"[0-9]", "9"),
    (f"[{_FRONT}{_END}]", "0"),
)
PARTED = r"^[09]{1,4}[./ 年년-]| "  # only of such shapes the parts matter
_NINES = str.maketrans("0123456789", "9" * 10)
_FIRST, _LAST = re.compile("[0-9]"), re.compile("[0-9](?=[^0-9]*$)")
_PARTED = re.compile(PARTED)
_DIGITS = re.compile("[0-9]+")
MOST_DIGITS = 9  # of a group that is looked at: no part of a date has more
MOST = 2_000  # of so many shapes nobody can say how the column is written: it is text


@dataclass(frozen=True)
class Shape:
    """``n`` texts of one shape; ``least`` and ``greatest`` of them, as texts are sorted.

    ``parts``: the greatest of the first three groups of digits, each by itself: 31, 12, 2024;
    ``least_parts`` the least of them.
    """

    text: str
    n: int
    least: str
    greatest: str
    parts: tuple[int, int, int] = (0, 0, 0)
    least_parts: tuple[int, int, int] = (0, 0, 0)


def shape_of(text: str) -> str:
    """Return the text with its digits as 9, but for a first and a last zero.

    >>> shape_of("-0.125"), shape_of("1,350.20 EUR"), shape_of("5+")
    ('-0.999', '9,999.90 EUR', '9+')
    """
    shape = text.translate(_NINES)
    for found in (_FIRST.search(text), _LAST.search(text)):
        if found is not None and found[0] == "0":
            shape = f"{shape[: found.start()]}0{shape[found.end() :]}"
    return shape


def count_shapes(texts: Iterable[str]) -> tuple[Shape, ...]:
    """Return the shapes of texts without spaces around them, most frequent first."""
    by_shape: dict[str, list[str]] = {}
    for text in texts:
        by_shape.setdefault(shape_of(text), []).append(text)
    shapes = [
        Shape(shape, len(alike), min(alike), max(alike), *_parts(shape, alike))
        for shape, alike in by_shape.items()
    ]
    return tuple(sorted(shapes, key=lambda shape: (-shape.n, shape.text)))


def _parts(shape: str, texts: Sequence[str]) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """The greatest and the least of each part."""
    if not _PARTED.search(shape):
        return (0, 0, 0), (0, 0, 0)
    parts = [
        [int(digits[:MOST_DIGITS]) for digits in (*_DIGITS.findall(text)[:3], "0", "0", "0")[:3]]
        for text in texts
    ]
    one, two, three = zip(*parts, strict=True)
    return (max(one), max(two), max(three)), (min(one), min(two), min(three))
