"""The conditions of a YAML file, read where they stand.

sqlglot takes a third of ``ls``: what is plain enough is read without it.
"""

from __future__ import annotations

from segkit.errors import Place, Problem
from segkit.project.conditions.plain import plain_predicate
from segkit.project.nodes import SqlCondition
from segkit.project.yaml.marks import Document, KeyPath

_WITHOUT_COLUMNS = {
    "when": "compare a column: `orders >= 10`; the bucket of all others is `else: ...`",
    "where": "leave `where` out, or compare a column: `orders >= 10`",
    "not_scored": "leave `not_scored` out, or compare a column: `orders = 0`",
}


def read_condition(document: Document, path: KeyPath) -> tuple[SqlCondition | None, list[Problem]]:
    """Return the condition that the value at ``path`` states, or what is wrong with it."""
    if path in document.trapped:  # said already
        return None, []
    text = str(document.value(path) or "").rstrip()
    whole = document.place(path)
    start = _start(document, path, text)
    plain = plain_predicate(text)
    if plain is not None:
        return SqlCondition(plain, whole, start), []
    from segkit.project.conditions.predicates import parse_condition

    def at(offset: int, length: int) -> Place:
        if start is None or start.column is None:
            return whole
        return Place(start.path, start.line, start.column + offset, max(1, length))

    hint = _WITHOUT_COLUMNS[str(path[-1])]
    predicate, problems = parse_condition(text, at, whole, hint)
    return None if predicate is None else SqlCondition(predicate, whole, start), problems


def _start(document: Document, path: KeyPath, text: str) -> Place | None:
    """Where the text's first character stands; None where the file spells it otherwise."""
    place = document.place(path)
    if place.line is None or place.column is None:
        return None
    column = place.column + (path in document.quoted)
    line = document.text.split("\n")[place.line - 1]
    if not line[column - 1 :].startswith(text):
        return None
    return Place(place.path, place.line, column)
