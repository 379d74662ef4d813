"""The values of a condition are read as DuckDB reads them."""

from __future__ import annotations

import pytest

from segkit.core.arithmetic import Form, Term
from segkit.errors import Place
from segkit.project.conditions.predicates import parse_condition
from segkit.project.conditions.terms import read_terms

PLACE = Place("buckets.yml", 1, 1)


def terms_of(text: str) -> tuple[Term, ...]:
    predicate, problems = parse_condition(text, lambda start, length: PLACE, PLACE)
    assert predicate is not None, problems
    return read_terms(text, predicate.uses)


def shown(term: Term, text: str) -> str:
    """The term with brackets around everything that is made of parts."""
    if term.form in (Form.COLUMN, Form.NUMBER):
        return text[term.start : term.end]
    parts = [shown(part, text) for part in term.parts]
    if term.form in (Form.SUM, Form.PRODUCT, Form.POWER):
        first, *others = parts
        rest = (f" {word} {part}" for word, part in zip(term.words, others, strict=True))
        return f"({first}{''.join(rest)})"
    if term.form is Form.BRACKETS:
        return parts[0]
    if term.form is Form.SIGNED:
        return f"{text[term.start]}{parts[0]}"
    name = term.words[0] if term.words else "?"
    return f"{name}[{', '.join(parts)}]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b * c - 1 > 2", ["(a + (b * c) - 1)"]),
        ("a * (b + c) / d >= 3", ["(a * (b + c) / d)"]),
        ("-a ** 2 > 1", ["(-a ** 2)"]),
        ("- -a + 1 > 1", ["(--a + 1)"]),
        ("a // b % c = 1 AND d > 1", ["(a // b % c)", "d"]),
        ("a / b::DECIMAL(10, 2) > 1", ["(a / DECIMAL(10,2)[b])"]),
        (
            "CAST(a AS DOUBLE PRECISION) / TRY_CAST(b AS INT) > 1",
            ["(DOUBLE PRECISION[a] / INT[b])"],
        ),
        ("round(a / b, 1) > 1", ["round[(a / b), 1]"]),
        ("CASE WHEN a > 1 THEN b / c ELSE 0 END + 1 > 2", ["(?[a, (b / c)] + 1)"]),
        ("a BETWEEN b / c AND d / e", ["a", "(b / c)", "(d / e)"]),
        ("a IN (1, 2 / b)", ["a", "?[(2 / b)]"]),
        ("NOT (a / b > 1)", ["?[(a / b)]"]),
        ("l[a / b] + 1 > c", ["(?[l, (a / b)] + 1)", "c"]),
        ("list_contains([a / b], 1)", ["list_contains[(a / b)]"]),
        ('"a b" / c > 1', ['("a b" / c)']),
        ("extract(year FROM d) / a > 1", ["(extract[d] / a)"]),
        ("(a AND b / c > 1) OR d", ["?[a, (b / c)]", "d"]),
        ("a & b / c > 1", ["a", "(b / c)"]),
        ("t || a / b = 'x'", ["t", "(a / b)"]),
        ("a / b > c / d", ["(a / b)", "(c / d)"]),
        ("a > .5 / b", ["a", "(.5 / b)"]),
        ("a / .5 + 1. > 2", ["((a / .5) + 1.)"]),
    ],
)
def test_precedence_and_spans(text: str, expected: list[str]) -> None:
    assert [shown(term, text) for term in terms_of(text)] == expected


@pytest.mark.parametrize(
    "text",
    ["a > 1", "a = -1 AND b IN (1, 2)", "t LIKE 'a/b'", "a IS NULL OR NOT (b)", "a = '1 / 0'"],
)
def test_a_condition_that_computes_nothing_has_no_terms(text: str) -> None:
    assert terms_of(text) == ()
