"""Rows at the edges of a view: each cut from both sides, NULL, an unseen level."""

from __future__ import annotations

from decimal import Decimal

import pytest

from segkit.core.case import Case, Outcome
from segkit.core.columns import Column, parse_type
from segkit.core.tree import Below, Leaf, OneOf, Split
from segkit.dialects.select import CodedColumn, ViewSelect
from segkit.publish.proof.edge_values import edge_values
from segkit.publish.proof.probes import probe_rows

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
