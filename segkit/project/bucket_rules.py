"""Buckets by rules: conditions in SQL of which exactly one may hold."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from segkit.core.labels import interval_text
from segkit.core.predicate import (
    Predicate,
    Step,
    Term,
    TooComplex,
    gap,
    overlap,
    spelled_alike,
    whole_numbers,
)
from segkit.core.rules import Condition, Interval
from segkit.errors import Affected, Label, Problem
from segkit.project.bucket_labels import repeated_labels
from segkit.project.conditions import read_condition
from segkit.project.nodes import NamedRule, RuleColumn
from segkit.project.schema import BucketColumnSpec
from segkit.project.yaml_marks import Document, KeyPath


def build_rules(
    spec: BucketColumnSpec, missing: str, document: Document, path: KeyPath, relation: str | None
) -> tuple[RuleColumn | None, list[Problem]]:
    """Return the column, and what is wrong with its rules whatever the types of its columns."""
    rules: list[NamedRule] = []
    problems: list[Problem] = []
    for i, rule in enumerate(spec.rules or ()):
        at = (*path, "rules", i)
        condition, found = read_condition(document, (*at, "when"))
        problems += found
        if condition is not None:
            rules.append(NamedRule(rule.label, condition, document.place((*at, "label"))))
    labels = [
        (rule.label, document.place((*path, "rules", i, "label")))
        for i, rule in enumerate(spec.rules or ())
    ]
    if spec.else_ is not None:
        labels.append((spec.else_, document.place((*path, "else"))))
    problems += repeated_labels(spec.name, labels, missing, document, path)
    if len(rules) < len(spec.rules or ()):
        return None, problems
    column = RuleColumn(
        spec.name, tuple(rules), spec.else_, missing, document.place((*path, "name"))
    )
    predicates = spelled_alike([rule.condition.predicate for rule in rules])
    problems += rule_problems(column, predicates, whole_numbers, relation)
    return column, problems


def rule_problems(
    column: RuleColumn,
    predicates: Sequence[Predicate],
    step: Step,
    relation: str | None,
) -> list[Problem]:
    """Return overlaps between simple rules, and what they leave out where there is no ``else``.

    ``predicates`` are those of the rules.
    """
    problems = []
    for i, j in combinations(range(len(predicates)), 2):
        first, second = predicates[i].formula, predicates[j].formula
        try:
            both = overlap(first, second, step) if first and second else None
        except TooComplex:
            both = None
        if both is not None:
            problems.append(_overlap(column, i, j, both, predicates, relation))
    if column.otherwise is None:
        problems += _gap_problems(column, predicates, step, relation)
    return problems


def _gap_problems(
    column: RuleColumn,
    predicates: Sequence[Predicate],
    step: Step,
    relation: str | None,
) -> list[Problem]:
    formulas = [p.formula for p in predicates if p.formula is not None]
    if len(formulas) < len(predicates):
        return [_needs_else(column)]
    try:
        left = gap(formulas, step)
    except TooComplex:
        return [_needs_else(column)]
    return [] if left is None else [_gap(column, left, predicates, relation)]


def may_overlap(predicates: Sequence[Predicate], step: Step) -> bool:
    """True if it is not proved that no two predicates hold together: the data have to tell."""
    for first, second in combinations(predicates, 2):
        if first.formula is None or second.formula is None:
            return True
        try:
            if overlap(first.formula, second.formula, step) is not None:
                return True
        except TooComplex:
            return True
    return False


def _overlap(
    column: RuleColumn,
    i: int,
    j: int,
    both: Term,
    predicates: Sequence[Predicate],
    relation: str | None,
) -> Problem:
    first, second = column.rules[i], column.rules[j]
    condition = f"({predicates[i].text}) AND ({predicates[j].text})"
    return Problem(
        "SK201",
        f"rules of `{column.name}` overlap: {term_text(both)} is in two of them",
        (
            Label(first.condition.at(0, len(predicates[i].text)), f'"{first.label}" holds it'),
            Label(
                second.condition.at(0, len(predicates[j].text)), f'"{second.label}" holds it too'
            ),
        ),
        help=f'add to "{second.label}" what tells it apart: `AND NOT ({predicates[i].text})`',
        affected=None
        if relation is None
        else Affected(relation, "", condition, "fall in the overlap"),
    )


def _gap(
    column: RuleColumn, left: Term, predicates: Sequence[Predicate], relation: str | None
) -> Problem:
    condition = " AND ".join(f"NOT ({predicate.text})" for predicate in predicates)
    return Problem(
        "SK202",
        f"rules of `{column.name}` leave a gap: {term_text(left)} is in none",
        (Label(column.place),),
        help="add `else: ...`, the bucket of all others",
        affected=None if relation is None else Affected(relation, "", condition, "fall in the gap"),
    )


def _needs_else(column: RuleColumn) -> Problem:
    return Problem(
        "SK202",
        f"rules of `{column.name}` may leave customers out: that they do not cannot be proved",
        (Label(column.place),),
        help="add `else: ...`, the bucket of all others",
    )


def term_text(term: Term) -> str:
    """The values of a term in words: ``tenure_days 30 up to 40 and orders 10 and more``."""
    parts = [f"{c.column} {_values_text(c)}" for c in term.values() if not c.is_always_true]
    return " and ".join(parts) or "every row"


def _values_text(condition: Condition) -> str:
    values = condition.values
    if values is None:
        return "NULL"
    if values.is_everything:
        return "of any value"
    if isinstance(values, Interval):
        return interval_text(values).removeprefix("everything ")
    listed = ", ".join(sorted(values.listed))
    return f"other than {listed}" if values.excluded else f"= {listed}"
