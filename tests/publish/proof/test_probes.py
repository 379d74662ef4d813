"""Rows at the edges of a view: each cut from both sides, NULL, an unseen level."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest

from segkit.core.case import Case, Outcome
from segkit.core.columns import Column, parse_type
from segkit.core.tree import Below, Leaf, OneOf, Split
from segkit.dialects.select import CodedColumn, ViewSelect
from segkit.publish.proof.probes import edge_values, probe_rows, python_value

OUTCOMES = tuple(Outcome(i, str(i), str(i)) for i in range(3))


def view(tree: Split, **types: str) -> ViewSelect:
    columns = {name: Column(name, parse_type(type_)) for name, type_ in types.items()}
    return ViewSelect("id", (), (CodedColumn("s", Case(tree, OUTCOMES)),), columns)


CUT = Split("a", Below(Decimal(3)), Leaf(1), Leaf(2))


@pytest.mark.parametrize(
    ("type_", "around"),
    [
        ("INTEGER", {"2", "3", "4"}),
        ("DECIMAL(9,2)", {"2.99", "3", "3.01"}),
        ("DOUBLE", {"2.9999999999999996", "3.0", "3.0000000000000004", "nan", "inf", "-inf"}),
        ("FLOAT", {"2.999999761581421", "3.0", "3.000000238418579", "nan", "inf", "-inf"}),
    ],
)
def test_both_sides_of_a_cut(type_: str, around: set[str]) -> None:
    found = set(edge_values(view(CUT, a=type_), "a"))
    assert None in found
    assert around <= {text for text in found if text is not None}
    rows = {row for (row,) in probe_rows(view(CUT, a=type_))}
    assert around | {None} <= rows


def test_each_level_and_one_that_nobody_has_seen() -> None:
    tree = Split("t", OneOf(("x", "y")), Leaf(1), Leaf(2))
    found = {text for (text,) in probe_rows(view(tree, t="VARCHAR"))}
    assert {"x", "y", "segkit: unseen", "", None} <= found


def test_every_leaf_is_reached_and_walked_around() -> None:
    tree = Split("a", Below(Decimal(3)), Split("b", Below(Decimal(7)), Leaf(1), Leaf(0)), Leaf(2))
    rows = set(probe_rows(view(tree, a="INTEGER", b="INTEGER")))
    for b in ("6", "7"):
        assert any(row[1] == b and row[0] is not None and int(row[0]) < 3 for row in rows)
    assert {row[0] for row in rows} >= {"2", "3", None}
    assert set(probe_rows(view(tree, a="INTEGER", b="INTEGER"), few=True)) <= rows


@pytest.mark.parametrize(
    ("type_", "texts"),
    [
        ("BIGINT", ["0", "-7", "9223372036854775807"]),
        ("DECIMAL(6,2)", ["0.005", "-0.005", "1.2", "1234.565"]),
        ("DOUBLE", ["0.1", "nan", "inf", "-inf", "5e-324", "1e308"]),
        ("FLOAT", ["0.1", "nan", "-inf", "3.4028234663852886e+38"]),
        ("BOOLEAN", ["true", "false"]),
        ("VARCHAR", ["", "true", "Ä "]),
    ],
)
def test_a_text_is_the_value_that_duckdb_makes_of_it(type_: str, texts: list[str]) -> None:
    for text in texts:
        expected = duckdb.execute(f"SELECT CAST($1 AS {type_})", [text]).fetchall()[0][0]
        found = python_value(text, parse_type(type_))
        assert repr(found) == repr(expected)
    assert python_value(None, parse_type(type_)) is None


def test_a_numeric_of_postgresql_has_nan_and_no_infinities() -> None:
    numeric = parse_type("numeric(6,2)")
    assert numeric.non_finite == ("nan",)
    assert python_value("nan", numeric).is_nan()
    assert parse_type("DECIMAL(6,2)").non_finite == ()
