from __future__ import annotations

from segkit.core.predicate import Predicate
from segkit.errors import Place
from segkit.project.nodes import SqlCondition

WHERE = Place("sql/a.yml", 4, 9, 12)


def test_characters_of_a_condition_have_their_place() -> None:
    predicate = Predicate("age > 1", ())
    shown = SqlCondition(predicate, WHERE, Place("sql/a.yml", 4, 10))
    assert shown.at(6) == Place("sql/a.yml", 4, 16, 1)
    assert shown.at(0, 3) == Place("sql/a.yml", 4, 10, 3)
    escaped = SqlCondition(predicate, WHERE)  # in quotes with escapes: the whole of it
    assert escaped.at(6) is WHERE
    assert SqlCondition(predicate, WHERE, Place("sql/a.yml", 4)).at(6) is WHERE
