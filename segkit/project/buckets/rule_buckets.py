"""``rules: [{label: New, when: ...}, ...]``: conditions in SQL of which exactly one may hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar

from segkit.core.case import Case, Rules, named_outcomes
from segkit.core.columns import Column
from segkit.core.conjunctions import Term, TooComplex, gap, may_meet, overlap, terms_where
from segkit.core.edges import ScoreEdges
from segkit.core.labels import interval_text
from segkit.core.predicate import Predicate, Step, bound, spelled_alike, steps, whole_numbers
from segkit.core.rules import Condition, Interval
from segkit.dialects.select import CodedColumn
from segkit.errors import Affected, Label, Problem
from segkit.project.buckets.bucket_labels import report_repeated
from segkit.project.conditions.door import read_condition
from segkit.project.nodes import BucketColumn, NamedRule
from segkit.project.schema.buckets import BucketColumnSpec
from segkit.project.yaml.marks import Entry

MAX_OVERLAPS = 20  # that are told of one column
_MAX_EFFORT = 500_000  # pairs of terms that are held against each other


@dataclass(frozen=True, kw_only=True)
class RuleColumn(BucketColumn):
    """Which of several conditions holds; ``otherwise`` if none does.

    That no two hold together is proved, or counted in the data.
    """

    rules: tuple[NamedRule, ...]
    otherwise: str | None

    crowded: ClassVar[str] = "do its conditions say what is meant?"

    @property
    def exclusive(self) -> tuple[NamedRule, ...]:
        return self.rules

    def coded(
        self, columns: Mapping[str, Column], edges: Mapping[str, ScoreEdges]
    ) -> Iterator[CodedColumn]:
        rules = tuple(zip(self._bound(columns), range(1, len(self.rules) + 1), strict=True))
        labels = [rule.label for rule in self.rules]
        last = None
        if self.otherwise is not None:
            labels.append(self.otherwise)
            last = len(labels)
        case = Case(Rules(rules, last), named_outcomes(self.missing, labels))
        yield CodedColumn(self.order, case, self.name)

    def _bound(self, columns: Mapping[str, Column]) -> list[Predicate]:
        return [bound(rule.condition.predicate, columns) for rule in self.rules]

    @property
    def config(self) -> dict[str, Any]:
        rules = [{"label": r.label, "when": r.condition.predicate.text} for r in self.rules]
        return {"rules": rules, "else": self.otherwise}

    @property
    def words(self) -> str:
        return "by rules: " + "; ".join(
            f"{rule.label}: {' '.join(rule.condition.predicate.text.split())}"
            for rule in self.rules
        )

    def type_problems(self, columns: Mapping[str, Column], relation: str) -> Iterator[Problem]:
        yield from rule_problems(self, self._bound(columns), steps(columns), relation)

    def overlap_asked(self, columns: Mapping[str, Column]) -> Sequence[int]:
        return not_proved_apart(self._bound(columns), steps(columns))


def build_rules(
    spec: BucketColumnSpec, missing: str, entry: Entry, relation: str | None
) -> RuleColumn | None:
    """Return the column; what is wrong with its rules whatever the types of its columns is told."""
    rules: list[NamedRule] = []
    labels = []
    for i, rule in enumerate(spec.rules or ()):
        at = entry.at("rules", i)
        condition = read_condition(at.at("when"))
        labels.append((rule.label, at.place("label")))
        if condition is not None:
            rules.append(NamedRule(rule.label, condition, at.place("label")))
    if spec.else_ is not None:
        labels.append((spec.else_, entry.place("else")))
    report_repeated(entry, spec.name, labels, missing)
    if len(rules) < len(spec.rules or ()):
        return None
    column = RuleColumn(
        name=spec.name,
        missing=missing,
        place=entry.place("name"),
        rules=tuple(rules),
        otherwise=spec.else_,
    )
    predicates = spelled_alike([rule.condition.predicate for rule in rules])
    entry.problems.extend(rule_problems(column, predicates, whole_numbers, relation))
    return column


def rule_problems(
    column: RuleColumn, predicates: Sequence[Predicate], step: Step, relation: str | None
) -> list[Problem]:
    """Return overlaps between simple rules, and what they leave out where there is no ``else``.

    ``predicates`` are those of the rules.
    """
    found = ((i, j, both) for i, j, both in meetings(predicates, step) if both is not None)
    problems = [
        _overlap(column, i, j, both, predicates, relation)
        for i, j, both in islice(found, MAX_OVERLAPS)
    ]
    if column.otherwise is None:
        problems += _gap_problems(column, predicates, step, relation)
    return problems


def _gap_problems(
    column: RuleColumn, predicates: Sequence[Predicate], step: Step, relation: str | None
) -> Iterator[Problem]:
    label, hint = Label(column.place), "add `else: ...`, the bucket of all others"
    formulas = [p.formula for p in predicates if p.formula is not None]
    try:
        if len(formulas) < len(predicates):
            raise TooComplex
        left = gap(formulas, step)
    except TooComplex:
        unproved = "may leave customers out: that they do not cannot be proved"
        yield Problem("SK202", f"rules of `{column.name}` {unproved}", (label,), hint)
        return
    if left is not None:
        message = f"rules of `{column.name}` leave a gap: {term_text(left)} is in none"
        condition = " AND ".join(f"NOT ({predicate.text})" for predicate in predicates)
        rows = None if relation is None else Affected(relation, "", condition, "fall in the gap")
        yield Problem("SK202", message, (label,), hint, affected=rows)


def not_proved_apart(predicates: Sequence[Predicate], step: Step) -> list[int]:
    """The rules of which it is not proved that no other holds with them: the data have to tell."""
    if len(predicates) > 1 and any(predicate.formula is None for predicate in predicates):
        return list(range(len(predicates)))
    return sorted({n for i, j, _ in meetings(predicates, step) for n in (i, j)})


def meetings(predicates: Sequence[Predicate], step: Step) -> Iterator[tuple[int, int, Term | None]]:
    """Pairs of simple rules that may hold together, with values for which both do.

    None for a pair of which that cannot be told with reasonable effort.
    """
    formulas = {i: p.formula for i, p in enumerate(predicates) if p.formula is not None}
    terms: list[Sequence[Term]] = []
    for formula in formulas.values():
        try:
            terms.append(terms_where(formula, True))
        except TooComplex:
            terms.append([{}])  # it may hold for any row, as far as is known
    numbers = list(formulas)
    effort = 0
    for first, second in may_meet(terms):
        i, j = numbers[first], numbers[second]
        effort += len(terms[first]) * len(terms[second])
        try:
            both = overlap(formulas[i], formulas[j], step) if effort <= _MAX_EFFORT else None
        except TooComplex:
            both = None
        else:
            if both is None and effort <= _MAX_EFFORT:
                continue
        yield i, j, both


def _overlap(
    column: RuleColumn,
    i: int,
    j: int,
    both: Term,
    predicates: Sequence[Predicate],
    relation: str | None,
) -> Problem:
    first, second = column.rules[i], column.rules[j]
    one, other = predicates[i].text, predicates[j].text
    labels = (
        Label(first.condition.at(0, len(one)), f'"{first.label}" holds it'),
        Label(second.condition.at(0, len(other)), f'"{second.label}" holds it too'),
    )
    message = f"rules of `{column.name}` overlap: {term_text(both)} is in two of them"
    hint = f'add to "{second.label}" what tells it apart: `AND NOT ({one})`'
    condition = f"({one}) AND ({other})"
    rows = None if relation is None else Affected(relation, "", condition, "fall in the overlap")
    return Problem("SK201", message, labels, hint, affected=rows)


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
