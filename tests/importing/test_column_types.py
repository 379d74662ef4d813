"""Types of columns: what the constants beside them say, and what nobody may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from segkit.errors import ConfigError
from segkit.importing.column_types import are_types_known, assumed_columns, columns_of
from segkit.importing.request import ImportOptions
from tests.importing.plain_cases import AGES, known, old_case, read


@pytest.mark.parametrize(
    ("condition", "type_"),
    [
        ("x < 5", "DOUBLE"),
        ("x < -5", "DOUBLE"),
        ("x = 'UK'", "VARCHAR"),
        ("x IN ('a', 'b')", "VARCHAR"),
        ("x BETWEEN 1 AND 2", "DOUBLE"),
        ("lower(x) = 'uk'", "VARCHAR"),
        ("x LIKE 'a%'", "VARCHAR"),
        ("x AND y > 1", "BOOLEAN"),
        ("x = TRUE", "BOOLEAN"),
        ("x > DATE '2024-01-01'", "DATE"),
        ("x + 1 > 2", "DOUBLE"),
        ("x IS NULL", "VARCHAR"),
    ],
)
def test_what_a_use_says_of_a_type(condition: str, type_: str) -> None:
    file, statement = read(f"SELECT CASE WHEN {condition} THEN 'a' ELSE 'b' END AS c FROM t")
    found = assumed_columns(file, [statement.items[0].node], ())
    assert found["x"].type.sql == type_


def test_of_what_is_told_nothing_is_assumed() -> None:
    file, statement = read("SELECT CASE WHEN X < 5 AND x = 'a' THEN 'a' END AS c FROM t")
    with pytest.raises(ConfigError, match="values of two types: DOUBLE and VARCHAR"):
        assumed_columns(file, [statement.items[0].node], ())
    given = ImportOptions(Path("old.sql"), types={"x": "DECIMAL(9,2)"})
    columns = columns_of(file, statement, given, {}, statement.items)
    assert {name: c.type.sql for name, c in columns.items()} == {"X": "DECIMAL(9,2)"}


@pytest.mark.parametrize(
    ("types", "said", "hint"),
    [
        ({"age": "INTEGER"}, "the project knows that it is INTEGER", "leave --type out"),
        ({"ages": "INTEGER"}, "no CASE looks at it", "did you mean `age`?"),
        ({"zzz": "INTEGER"}, "no CASE looks at it", "leave it out"),
    ],
)
def test_a_type_for_nothing(types: dict[str, str], said: str, hint: str) -> None:
    file, statement = read(f"SELECT customer_id, {AGES} AS band FROM customers")
    given = ImportOptions(Path("old.sql"), types=types)
    with pytest.raises(ConfigError, match=said) as caught:
        columns_of(file, statement, given, known(), statement.items[1:])
    assert caught.value.problems[0].help == hint


def test_a_column_that_is_not_there() -> None:
    file, statement = read("SELECT CASE WHEN agee < 3 THEN 'a' ELSE 'b' END AS band FROM customers")
    with pytest.raises(ConfigError, match="column `agee` is not in customers") as caught:
        columns_of(file, statement, ImportOptions(Path("old.sql")), known(), statement.items)
    (problem,) = caught.value.problems
    assert (problem.code, problem.labels[0].text) == ("SK104", "did you mean `age`?")
    assert problem.help == "it has: age, spend, country"


def test_types_are_known_where_all_are_told() -> None:
    case = old_case("CASE WHEN age < 3 AND spend > 1 THEN 'a' ELSE 'b' END")
    one = ImportOptions(Path("old.sql"), types={"Age": "INTEGER"})
    both = ImportOptions(Path("old.sql"), types={"Age": "INTEGER", "spend": "DOUBLE"})
    assert [are_types_known(case, given, {}) for given in (one, both)] == [False, True]
    assert are_types_known(case, one, known())
