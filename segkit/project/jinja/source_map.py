"""From a place in rendered SQL back to the place in the file that it came from, and its word."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from itertools import accumulate

_TOKEN = re.compile(r"\w+|[^\w\s]")
_WORD = re.compile(r"\"[^\"]*\"|'[^']*'|\w+")
_TAG = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})")


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
    for _, a1, a2, b1, b2 in matcher.get_opcodes():
        if not b1 <= index < b2:
            continue
        # as many lines on both sides: line by line; else the line that is most alike
        if a2 - a1 == b2 - b1:
            return a1 + index - b1
        candidates = range(a1, a2) if a2 > a1 else range(max(a1 - 1, 0), min(a1 + 1, len(raw)))
        return max(candidates, key=lambda n: (_likeness(raw[n], text), -n))
    return len(raw) - 1


def _likeness(a: str, b: str) -> float:
    return difflib.SequenceMatcher(a=a, b=b, autojunk=False).ratio()


def _raw_column(target: str, text: str, column: int) -> int:
    """The same character, or the braces that made it, where each of them is told apart.

    Else the same token, counted from the left; else the first braces; else the start.
    """
    tokens = list(_TOKEN.finditer(text))
    token = next((t for t in tokens if t.start() < column <= t.end()), None)
    if token is None:
        token = next((t for t in tokens if t.start() >= column - 1), None)
    made = _made_by(target, text, token.start() if token else column - 1)
    if made is not None:
        start, tag = made
        word = token and re.search(rf"(?<!\w){re.escape(token[0])}(?!\w)", tag)
        return start + (word.start() if word and re.match(r"\w", word[0]) else 0) + 1
    if token is not None:
        nth = sum(1 for t in tokens if t.start() < token.start() and t[0] == token[0])
        same = [t.start() for t in _TOKEN.finditer(target) if t[0] == token[0]]
        if same:
            return same[min(nth, len(same) - 1)] + 1
    return _first_column(target)


def _first_column(target: str) -> int:
    """The first braces, else the first character that is no space."""
    if braces := re.search(r"\{[{%]", target):
        return braces.start() + 1
    return len(target) - len(target.lstrip()) + 1 if target.strip() else 1


def _made_by(target: str, text: str, index: int) -> tuple[int, str] | None:
    """Where in ``target`` a character of ``text`` comes from, and the braces if they made it.

    None if what stands between the braces is found in several ways in ``text``.
    """
    pieces = _TAG.split(target.rstrip())  # every second one is in braces
    kept, text = pieces[::2], text.rstrip()
    starts = _starts(kept, text)
    mirrored = _starts([piece[::-1] for piece in reversed(kept)], text[::-1])
    if len(kept) < 2 or starts is None or mirrored is None:
        return None
    ends = [start + len(piece) for start, piece in zip(starts, kept, strict=True)]
    if ends != [len(text) - start for start in reversed(mirrored)]:
        return None
    in_target = [0, *accumulate(map(len, pieces))]
    for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if index < start:
            return in_target[2 * i - 1], pieces[2 * i - 1]
        if index < end:
            return in_target[2 * i] + index - start, ""
    return None


def _starts(pieces: Sequence[str], text: str) -> list[int] | None:
    """Where the pieces stand in a text that begins with the first and ends with the last."""
    starts, end = [], 0
    for i, piece in enumerate(pieces):
        start = text.find(piece, end) if i < len(pieces) - 1 else len(text) - len(piece)
        if start < end or (i == 0 and start) or not text.startswith(piece, start):
            return None
        starts.append(start)
        end = start + len(piece)
    return starts


def token_at(text: str, line: int, column: int) -> str:
    """The word, or what stands in quotes, at a place in a text; empty where there is none."""
    found = _WORD.match(text.split("\n")[line - 1], column - 1)
    return found[0] if found else ""
