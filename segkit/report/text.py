"""Text for terminals: numbers in words, columns that line up, nothing that a terminal obeys."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from math import floor, log10

from segkit.core.english import lower_first
from segkit.core.fit import Fit
from segkit.core.number_format import grouped, spelled

_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NOTHING = 1e-9  # of a sum of decimals that cancel each other this much is left
_VISIBLE = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def count_of(n: int, noun: str, plural: str | None = None) -> str:
    """Return the count with its noun.

    >>> count_of(1, "customer"), count_of(4128, "customer")
    ('1 customer', '4,128 customers')
    """
    return f"{grouped(n)} {noun if n == 1 else plural or noun + 's'}"


def own_text(fit: Fit, words: Mapping[str, tuple[str, str]]) -> str:
    """The segments of those without a value, each with what is unknown: "F, income unknown"."""
    columns: dict[str, list[str]] = {}
    for column, segment in fit.own.items():
        columns.setdefault(segment.id, []).append(lower_first(words.get(column, (column, ""))[0]))
    return "; ".join(f"{id_}, {' or '.join(of)} unknown" for id_, of in columns.items())


def sampled_text(n: int | None) -> str:
    """Return how many customers a figure is from; nothing where it is of all.

    >>> sampled_text(99870), sampled_text(None)
    (' (from a sample of 99,870)', '')
    """
    return "" if n is None else f" (from a sample of {grouped(n)})"


def in_words(n: int) -> str:
    """Small numbers in words.

    >>> in_words(1), in_words(6), in_words(14)
    ('one', 'six', '14')
    """
    return _WORDS[n] if n < len(_WORDS) else str(n)


def percent(share: float, digits: int = 0) -> str:
    """Return a share as a percentage that is never rounded to a false 0 or 100.

    >>> percent(0.294), percent(0.004), percent(0.0), percent(0.9996)
    ('29%', '<1%', '0%', '>99%')
    >>> percent(0.294, 1)
    '29.4%'
    """
    if digits:
        return spelled(f"{share:.{digits}%}")
    if 0 < share < 0.005:
        return "<1%"
    if 0.995 <= share < 1:
        return ">99%"
    return f"{share * 100:.0f}%"


def figure(value: float, *, sign: bool = False, decimals: int = 4) -> str:
    """Return a mean or an effect: two decimals from 1 on, else more, and never a false 0.

    Below 1 it has ``decimals``; where these are not enough, three significant digits, or two
    where there were to be two decimals.

    >>> figure(1234.5), figure(0.0523), figure(0.0000123, sign=True), figure(0.0)
    ('1,234.50', '0.0523', '+0.0000123', '0')
    >>> figure(0.5, decimals=2), figure(-0.00204, decimals=2)
    ('0.50', '-0.0020')
    """
    size = abs(value)
    if size < _NOTHING:
        return "0"
    digits = 2 if size >= 1 else max(decimals, decimals // 2 - floor(log10(size)))
    return spelled(f"{value:{'+' if sign else ''},.{digits}f}")


def together(shares: Sequence[float]) -> str:
    """Shares in one, with a decimal where the rounded ones beside it add up to another.

    >>> together([0.248, 0.194, 0.162, 0.062]), together([0.2, 0.3])
    ('66.6%', '50%')
    """
    whole = sum(shares)
    parts = sum(round(100 * share) for share in shares)
    return percent(whole, int(parts != round(100 * whole)))


def visible(text: str) -> str:
    """Return the text with control characters spelled out: data never steers a terminal."""
    if text.isprintable():
        return text
    return "".join(
        char
        if char.isprintable() or unicodedata.category(char) == "Zs"
        else _VISIBLE.get(char) or char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def text_width(text: str) -> int:
    """Columns that the text takes on a terminal: wide characters take two, marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def pad(text: str, width: int, align: str = "l") -> str:
    space = " " * max(0, width - text_width(text))
    return space + text if align == "r" else text + space


def clip(text: str, width: int) -> str:
    """Return the text, or as many of its rules, conditions or words as fit, and "...".

    >>> clip("last order 180+ days ago, spend under $90", 30)
    'last order 180+ days ago...'
    """
    if text_width(text) <= width:
        return text
    room = max(1, width - 3)
    cut, used = 0, 0
    for char in text:
        used += text_width(char)
        if used > room:
            break
        cut += 1
    # rules are kept whole, or conditions, or words, where that costs less than half of the line
    rule = text.rfind(") or (", 0, cut + 2)
    word = cut if text[cut : cut + 1] == " " else text.rfind(" ", 0, cut)
    ends = (rule + len(") or") if rule >= 0 else rule, text.rfind(", ", 0, cut + 1), word)
    cut = next((end for end in ends if end >= room // 2), cut)
    return text[:cut].rstrip(" ,;:(") + "..."


def align_rows(rows: Sequence[Sequence[str]], align: str, gap: str = "  ") -> list[str]:
    """Return one line a row, each column padded to one width; ``align`` has its l or r."""
    widths = [max(text_width(row[i]) for row in rows) for i in range(len(align))] if rows else []
    return [
        gap.join(pad(*cell) for cell in zip(row, widths, align, strict=True)).rstrip()
        for row in rows
    ]
