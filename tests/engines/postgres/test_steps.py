"""What stands in is a step of each query that names it, and errors keep their place in that."""

from __future__ import annotations

import pytest

from segkit.engines.postgres.reader import Steps, may_name, numbered


def test_stand_ins_come_in_their_order() -> None:
    steps = Steps(a="SELECT 1 AS x", b="SELECT x FROM a", c="SELECT 2")
    text, shift = steps.put("SELECT x FROM b")
    assert text == "WITH a AS (\nSELECT 1 AS x\n),\nb AS (\nSELECT x FROM a\n)\nSELECT x FROM b"
    assert text[shift:] == "SELECT x FROM b"
    assert steps.put("SELECT 1") == ("SELECT 1", 0)


@pytest.mark.parametrize(
    "sql",
    [
        "WITH t AS (SELECT 1) SELECT * FROM t, a",
        "/* x */ with t(n) AS (TABLE a) TABLE t",
        "WITH a AS (SELECT 2) TABLE a",
        "WITH RECURSIVE t AS (TABLE a) TABLE t;",
    ],
)
def test_a_query_with_steps_of_its_own_is_one_of_the_rows(sql: str) -> None:
    text, shift = Steps(a="SELECT 1").put(sql)
    assert text == f"WITH a AS (\nSELECT 1\n)\nSELECT * FROM (\n{sql.rstrip(';')}\n) AS segkit_rows"
    assert text[shift:].startswith(sql.rstrip(";"))


@pytest.mark.parametrize(
    ("text", "is_named"),
    [("FROM people", True), ('FROM "People" p', True), ("FROM peoples", False), ("x.people", True)],
)
def test_a_name_in_a_text(text: str, is_named: bool) -> None:
    assert may_name(text, "people") is is_named


def test_parameters_are_numbered_outside_of_texts() -> None:
    assert numbered("SELECT '?', \"?\", ?, ?") == "SELECT '?', \"?\", $1, $2"
