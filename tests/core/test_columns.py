from __future__ import annotations

from decimal import Decimal as D

import pytest

from segkit.core.columns import Column, ColumnType, Kind, parse_type, spelling_of


@pytest.mark.parametrize(
    ("sql", "kind", "step", "non_finite"),
    [
        ("INTEGER", Kind.INTEGER, D(1), False),
        ("ubigint", Kind.INTEGER, D(1), False),
        ("DECIMAL(18,2)", Kind.DECIMAL, D("0.01"), False),
        ("DECIMAL(9, 0)", Kind.DECIMAL, D(1), False),
        ("NUMERIC", Kind.DECIMAL, D("0.001"), False),  # DuckDB's own: 18 digits, 3 behind the point
        ("REAL", Kind.FLOAT, None, True),
        ("DOUBLE", Kind.DOUBLE, None, True),
        ("BOOLEAN", Kind.BOOLEAN, None, False),
        ("VARCHAR", Kind.TEXT, None, False),
        ("VARCHAR COLLATE NOCASE", Kind.TEXT, None, False),
        ("DATE", Kind.DATE, None, False),
        ("TIMESTAMP WITH TIME ZONE", Kind.TIMESTAMP, None, False),
        ("INTEGER[]", Kind.OTHER, None, False),
        ("STRUCT(a INTEGER)", Kind.OTHER, None, False),
        ("INTERVAL", Kind.OTHER, None, False),
    ],
)
def test_what_a_type_means_for_a_comparison(
    sql: str, kind: Kind, step: D | None, non_finite: bool
) -> None:
    found = parse_type(sql)
    assert (found.sql, found.kind, found.step) == (sql, kind, step)
    assert found.holds_non_finite is non_finite
    assert found.is_numeric is (step is not None or non_finite)


def test_digits_of_decimals() -> None:
    types = map(parse_type, ("DECIMAL(10,4)", "DECIMAL", "INT"))
    assert [(t.precision, t.scale) for t in types] == [
        (10, 4),
        (18, 3),
        (None, None),
    ]


def test_a_text_that_equals_itself_alone() -> None:
    texts = ("VARCHAR", "UUID", "VARCHAR COLLATE NOCASE", "INTEGER")
    assert [parse_type(sql).is_plain_text for sql in texts] == [True, False, False, False]


@pytest.mark.parametrize(
    ("sql", "kind", "is_plain", "compares"),
    [
        ("character varying(20)", Kind.TEXT, True, True),
        ("text", Kind.TEXT, True, True),
        ("character(5)", Kind.TEXT, False, True),  # blanks at the end do not count
        ("uuid", Kind.TEXT, False, True),
        ("numeric(12,2)", Kind.DECIMAL, False, True),
        ("double precision", Kind.DOUBLE, False, True),
        ("real", Kind.FLOAT, False, True),
        ("bigint", Kind.INTEGER, False, False),
        ("boolean", Kind.BOOLEAN, False, False),
        ("timestamp with time zone", Kind.TIMESTAMP, False, True),
        ("integer[]", Kind.OTHER, False, True),
    ],
)
def test_the_names_of_postgresql(sql: str, kind: Kind, is_plain: bool, compares: bool) -> None:
    type_ = parse_type(sql)
    assert type_.kind is kind
    assert type_.is_plain_text is is_plain
    assert type_.compares_with_texts is compares


def test_an_enumeration_compares_with_its_own_texts_alone() -> None:
    assert not ColumnType("mood", Kind.TEXT).compares_with_texts
    assert not ColumnType("mood", Kind.TEXT).is_plain_text


def test_a_name_is_spelled_as_the_relation_has_it() -> None:
    type_ = parse_type("INTEGER")
    spell = spelling_of(Column(name, type_) for name in ("Age", "STRASSE", "a", "A"))
    assert [spell(name) for name in ("age", "AGE", "straße", "height")] == [
        "Age",
        "Age",
        "STRASSE",
        "height",
    ]
    assert (spell("a"), spell("A")) == ("a", "A")  # as it is written, if that is there
