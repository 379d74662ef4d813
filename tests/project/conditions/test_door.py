"""A condition where it stands: its place to the character, plain or not."""

from __future__ import annotations

import pytest

from segkit.core.predicate import Predicate
from segkit.errors import Place
from segkit.project.conditions.door import SqlCondition, read_condition
from segkit.project.yaml.marks import Document, Entry, parse_yaml


def document_of(text: str) -> Document:
    document, problems = parse_yaml(text, "sql/b.yml")
    assert document is not None and not problems
    return document


@pytest.mark.parametrize(
    ("value", "column"),
    [("age > 3", 8), ('"age > 3"', 9), ("\"lower(x) = 'a'\"", 9), ('"age > \\u0033"', None)],
)
def test_where_it_begins(value: str, column: int | None) -> None:
    """None where the file spells it otherwise."""
    entry = Entry(document_of(f"where: {value}\n"), ("where",))
    found, problems = read_condition(entry), entry.problems
    assert problems == [] and found is not None
    assert found.predicate.text == ("lower(x) = 'a'" if "lower" in value else "age > 3")
    assert (found.start and (found.start.line, found.start.column)) == (column and (1, column))


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("when", "compare a column: `orders >= 10`; the bucket of all others is `else: ...`"),
        ("where", "leave `where` out, or compare a column: `orders >= 10`"),
        ("not_scored", "leave `not_scored` out, or compare a column: `orders = 0`"),
    ],
)
def test_without_a_column_it_is_none(key: str, hint: str) -> None:
    entry = Entry(document_of(f"{key}: 1 = 1\n"), (key,))
    found, (problem,) = read_condition(entry), entry.problems
    assert found is None
    assert (problem.help, str(problem.place)) == (hint, f"sql/b.yml:1:{len(key) + 3}")


def test_of_what_was_refused_before_nothing_is_said() -> None:
    document = document_of("where: 1 = 1\n")
    document.trapped.add(("where",))
    entry = Entry(document, ("where",))
    assert (read_condition(entry), entry.problems) == (None, [])


def test_characters_of_a_condition_have_their_place() -> None:
    predicate, whole = Predicate("age > 1", ()), Place("sql/a.yml", 4, 9, 12)
    shown = SqlCondition(predicate, whole, Place("sql/a.yml", 4, 10))
    assert shown.at(6) == Place("sql/a.yml", 4, 16, 1)
    assert shown.at(0, 3) == Place("sql/a.yml", 4, 10, 3)
    escaped = SqlCondition(predicate, whole)  # in quotes with escapes: the whole of it
    assert escaped.at(6) is whole
    assert SqlCondition(predicate, whole, Place("sql/a.yml", 4)).at(6) is whole
