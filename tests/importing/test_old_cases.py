"""Branches of a CASE: what each asks, what it gives, and what cannot be a label."""

from __future__ import annotations

import pytest

from segkit.errors import ConfigError
from tests.importing.plain_cases import AGES, old_case


def test_branches_and_the_rest() -> None:
    case = old_case(AGES)
    assert [(b.predicate and b.predicate.text, b.label) for b in case.branches] == [
        ("age < 25", "young"),
        ("age < 55", "mid"),
    ]
    assert (case.rest.label, case.has_else, case.is_numeric) == ("old", True, False)
    assert case.columns == ("age",)
    assert case.sql == AGES


def test_without_else_the_rest_is_null() -> None:
    case = old_case("CASE WHEN age < 25 THEN 1 WHEN spend > 9 THEN -2 END")
    assert (case.rest.label, case.has_else, case.is_numeric) == (None, False, True)
    assert [branch.label for branch in case.branches] == ["1", "-2"]
    assert case.columns == ("age", "spend")


@pytest.mark.parametrize(
    ("sql", "branches"),
    [
        ("CASE country WHEN 'UK' THEN 'a' ELSE 'b' END", [("country = 'UK'", "a")]),
        ("CASE TRUE WHEN age < 9 THEN 'a' ELSE 'b' END", [("age < 9", "a")]),
        ("CASE WHEN age < 9 THEN 'a' WHEN TRUE THEN 'b' END", [("age < 9", "a")]),
        ("COALESCE(CASE WHEN age < 9 THEN 'a' END, 'b')", [("age < 9", "a")]),
        ("if(age < 9, 'a', 'b')", [("age < 9", "a")]),
        (
            "CASE WHEN age < 9 THEN CASE WHEN spend > 1 THEN 'a' ELSE 'c' END ELSE 'b' END",
            [("age < 9 AND spend > 1", "a"), ("age < 9", "c")],
        ),
    ],
)
def test_other_forms_are_the_same_branches(sql: str, branches: list[tuple[str, str]]) -> None:
    case = old_case(sql)
    assert [(b.predicate and b.predicate.text, b.label) for b in case.branches] == branches
    assert case.rest.label == "b"


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("country", "`country` is not a label: it is another value for each row"),
        ("''", "this label is empty: nobody would see which bucket it is"),
        ("'a\nb'", "this label has a line break or a control character in it"),
    ],
)
def test_what_is_no_label(label: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        old_case(f"CASE WHEN age < 25 THEN {label} ELSE 'old' END")
    assert [(p.code, p.message) for p in caught.value.problems] == [("SK216", said)]
