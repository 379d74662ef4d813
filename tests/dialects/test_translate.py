"""Conditions in another dialect: what is understood is written afresh, the rest is said."""

from __future__ import annotations

import pytest

from segkit.core.columns import Column, parse_type
from segkit.core.predicate import Predicate, bound
from segkit.dialects.select import ViewSelect
from segkit.dialects.table import DIALECTS, DUCKDB
from segkit.dialects.translate import Translator
from segkit.errors import CompileError, Place
from segkit.project.conditions.predicates import parse_condition

PLACE = Place("sql/b.yml", 3, 7)
COLUMNS = {
    name: Column(name, parse_type(type_))
    for name, type_ in (("a", "INTEGER"), ("x", "DOUBLE"), ("t", "VARCHAR"))
}


def condition(text: str) -> Predicate:
    found, problems = parse_condition(text, lambda start, length: PLACE, PLACE, "")
    assert found is not None and not problems
    return bound(found, COLUMNS)


def translated(text: str, dialect: str) -> tuple[str, list[str]]:
    translator = Translator(DIALECTS[dialect])
    view = ViewSelect("id", (), (), COLUMNS, condition(text))
    where = translator.view(view, PLACE).where
    assert where is not None
    return where.sql({name: name for name in where.columns}), [
        w.message for w in translator.warnings
    ]


def test_a_condition_that_is_understood_needs_no_warning() -> None:
    assert translated("a >= 3", "postgres") == ("a >= 3", [])
    said, warnings = translated("a IN (1, 2) AND NOT t = 'x'", "postgres")
    assert warnings == []
    assert "a" in said and "t" in said and "'x'" in said


def test_what_only_sqlglot_reads_is_said_to_be_unproved() -> None:
    said, (warning,) = translated("substr(t, 2, 2) = '01'", "postgres")
    assert said == "SUBSTRING(t FROM 2 FOR 2) = '01'"
    assert warning == "`substr(t, 2, 2) = '01'` is translated for PostgreSQL, not proved"


def test_a_function_that_nobody_knows_is_passed_on_and_said() -> None:
    _, (warning,) = translated("my_score(t) > 3", "postgres")
    assert warning.endswith("; passed on as written: my_score")


def test_the_same_warning_comes_once() -> None:
    translator = Translator(DIALECTS["postgres"])
    for _ in range(2):
        translator.model("m", "SELECT my_score(t) FROM x", PLACE, DUCKDB)
    assert [w.code for w in translator.warnings] == ["SK803"]
    assert translator.warnings[0].severity == "warning"


def test_what_cannot_be_translated_is_an_error_with_its_place() -> None:
    translator = Translator(DIALECTS["postgres"])
    with pytest.raises(CompileError, match="cannot be translated for PostgreSQL") as caught:
        translator.model("m", "SELECT (", PLACE, DUCKDB)
    assert caught.value.problems[0].place == PLACE
