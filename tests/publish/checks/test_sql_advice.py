from __future__ import annotations

import pytest

from segkit.errors import Place
from segkit.publish.checks.sql_advice import advice_on, token_at

SQL = "SELECT id,\n  \"north\" AS region, 'it''s' AS t\nFROM x"


@pytest.mark.parametrize(
    ("line", "column", "token"),
    [(1, 1, "SELECT"), (1, 8, "id"), (2, 3, '"north"'), (2, 22, "'it'"), (1, 7, ""), (3, 6, "x")],
)
def test_the_word_at_a_place(line: int, column: int, token: str) -> None:
    assert token_at(SQL, line, column) == token


@pytest.mark.parametrize(
    ("message", "line", "column", "advice"),
    [
        ('Referenced column "north" not found', 2, 3, "write it in single quotes: 'north'"),
        ('Referenced column "id" not found', 1, 8, "`segkit compile m` prints the whole SQL"),
        ('syntax error at or near "{"', 1, 1, "Jinja needs two braces"),
        ("Table with name x does not exist", 3, 6, "is read by ref('...') or source("),
        ("Could not convert string 'a'", 1, 1, "TRY_CAST(... AS ...) makes NULL"),
        ("something new", 1, 1, "`segkit compile m` prints the whole SQL"),
    ],
)
def test_the_next_step(message: str, line: int, column: int, advice: str) -> None:
    assert advice in advice_on(message, "m", Place("sql/m.sql", line, column), SQL)
