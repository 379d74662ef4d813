"""What names mean: exchanged where they are relations, and errors keep their place."""

from __future__ import annotations

import pytest

from segkit.engines.postgres.stand_in_names import Names, numbered, own_name


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("FROM crm.data", "FROM crm__data AS data"),
        ("FROM crm.data d", "FROM crm__data d"),
        ("FROM crm.data -- x\n d", "FROM crm__data -- x\n d"),
        ("FROM crm.data /* c */ AS d", "FROM crm__data /* c */ AS d"),
        ("FROM crm.data WHERE x", "FROM crm__data AS data WHERE x"),
        ("(TABLE crm.data)", "(TABLE crm__data)"),
        ("FROM t, crm.data", "FROM t, crm__data AS data"),
        ("SELECT crm.data.id FROM crm.data", "SELECT data.id FROM crm__data AS data"),
        ("SELECT crm.data FROM (x) AS crm", "SELECT crm.data FROM (x) AS crm"),
        ("SELECT 'crm.data', $$it's crm.data$$", "SELECT 'crm.data', $$it's crm.data$$"),
        ("SELECT E'it\\'s crm.data', 1", "SELECT E'it\\'s crm.data', 1"),
        ("SELECT $q$ x crm.data y$q$", "SELECT $q$ x crm.data y$q$"),
        ("-- crm.data\nFROM crm.database", "-- crm.data\nFROM crm.database"),
    ],
)
def test_a_name_with_a_schema_means_what_is_made_for_it(sql: str, expected: str) -> None:
    names = Names()
    names.own("crm", "data")
    text, moves = names.put(f"{sql})")
    assert text == f"{expected})"
    assert moves.back(len(text) - 1) == len(sql)


def test_stand_ins_come_in_their_order() -> None:
    names = Names()
    names.steps |= {"a": "SELECT 1 AS x", "b": "SELECT x FROM a", "c": "SELECT 2"}
    assert names.stands_in("a") and not names.stands_in("d")
    text, moves = names.put("SELECT x FROM b")
    assert text == "WITH a AS (\nSELECT 1 AS x\n),\nb AS (\nSELECT x FROM a\n)\nSELECT x FROM b"
    assert moves.back(text.index("x FROM b")) == 7


def test_where_ours_lies() -> None:
    names = Names()
    assert (own_name("main", "people"), own_name("crm", "data")) == ("people", "crm__data")
    assert names.meant("main", "people") == "people"
    assert names.meant("crm", "data") is None
    assert names.own("crm", "data") == names.meant("crm", "data") == "crm__data"


def test_parameters_are_numbered_outside_of_texts() -> None:
    assert numbered("SELECT '?', \"?\", ?, ?") == "SELECT '?', \"?\", $1, $2"
