"""From a place in rendered SQL back to the place in the file that it came from."""

from __future__ import annotations

import difflib
import re

_TOKEN = re.compile(r"\w+|[^\w\s]")


def map_position(raw_sql: str, rendered_sql: str, line: int, column: int) -> tuple[int, int]:
    """Return (line, column) in ``raw_sql`` for a place in ``rendered_sql``; both count from 1.

    Lines that Jinja left alone are matched exactly. On a line that it changed
    the same word gives the column; a word that Jinja made gives the braces.

    >>> map_position("a\\n{{ config() }}\\nselect x", "a\\n\\nselect x", 3, 8)
    (3, 8)
    """
    raw, rendered = raw_sql.split("\n"), rendered_sql.split("\n")
    line = min(max(line, 1), len(rendered))
    text = rendered[line - 1]
    raw_line = _raw_line(raw, rendered, line - 1, text)
    target = raw[raw_line]
    if target.rstrip() == text.rstrip():
        return raw_line + 1, min(max(column, 1), len(target) + 1)
    return raw_line + 1, _raw_column(target, text, column)


def _raw_line(raw: list[str], rendered: list[str], index: int, text: str) -> int:
    matcher = difflib.SequenceMatcher(
        a=[line.rstrip() for line in raw], b=[line.rstrip() for line in rendered], autojunk=False
    )
    for tag, a1, a2, b1, b2 in matcher.get_opcodes():
        if not b1 <= index < b2:
            continue
        if tag == "equal":
            return a1 + index - b1
        candidates = range(a1, a2) if a2 > a1 else range(max(a1 - 1, 0), min(a1 + 1, len(raw)))
        # as many lines on both sides: line by line; else the line that is most alike
        if a2 - a1 == b2 - b1:
            return a1 + index - b1
        return max(candidates, key=lambda n: (_likeness(raw[n], text), -n))
    return len(raw) - 1


def _likeness(a: str, b: str) -> float:
    return difflib.SequenceMatcher(a=a, b=b, autojunk=False).ratio()


def _raw_column(target: str, text: str, column: int) -> int:
    """The same token, counted from the left; else the braces that made it; else the start."""
    tokens = list(_TOKEN.finditer(text))
    token = next((t for t in tokens if t.start() < column <= t.end()), None)
    if token is None:
        token = next((t for t in tokens if t.start() >= column - 1), None)
    if token is not None:
        nth = sum(1 for t in tokens if t.start() < token.start() and t[0] == token[0])
        same = [t.start() for t in _TOKEN.finditer(target) if t[0] == token[0]]
        if same:
            return same[min(nth, len(same) - 1)] + 1
    braces = [m.start() for m in re.finditer(r"\{[{%]", target)]
    if braces:
        return braces[0] + 1
    return len(target) - len(target.lstrip()) + 1 if target.strip() else 1
