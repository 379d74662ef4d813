"""What a decision means for one row, a condition at a time: the oracle of SQL and of ``Rows``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from segkit.core.case import Cells, Decision, Gate, Rules
from segkit.core.evaluate import evaluate, is_missing, matches
from segkit.core.predicate import AllOf, AnyOf, Compare, Formula, IsNull, Not, Predicate
from segkit.core.rules import Condition

Row = Mapping[str, object]
Truth = Callable[[Predicate], bool | None]


def decide(decision: Decision, row: Row, truth: Truth | None = None) -> int:
    """Return the code of a row; ``truth`` says what predicates are, the formulas by default.

    ``row`` also has the scores that ``Cells`` ask for.
    """
    ask = truth or (lambda predicate: truth_of_predicate(predicate, row))
    if isinstance(decision, Rules):
        truths = [(ask(predicate), code) for predicate, code in decision.rules]
        fitting = [code for true, code in truths if true]
        if len(fitting) > 1:
            raise ValueError(f"two rules hold for {dict(row)}")
        if fitting:
            return fitting[0]
        unknown = any(true is None for true, _ in truths)
        return decision.missing if unknown or decision.otherwise is None else decision.otherwise
    if isinstance(decision, Gate):
        return decision.code if ask(decision.predicate) else decide(decision.rest, row, truth)
    if isinstance(decision, Cells):
        scores = tuple(row[column] for column in decision.columns)
        return dict(decision.codes).get(scores, decision.missing)  # type: ignore[arg-type]
    return evaluate(decision, row)


def truth_of_predicate(predicate: Predicate, row: Row) -> bool | None:
    if predicate.formula is None:
        raise ValueError(f"only an engine can tell whether {predicate.text} holds")
    return truth_of(predicate.formula, row)


def truth_of(formula: Formula, row: Row) -> bool | None:
    """Return True, False, or None where SQL says NULL."""
    if isinstance(formula, IsNull):
        return is_missing(row[formula.column])
    if isinstance(formula, Compare):
        value = row[formula.column]
        among = Condition(formula.column, formula.values)
        return None if is_missing(value) else matches(among, value)
    if isinstance(formula, Not):
        inner = truth_of(formula.part, row)
        return None if inner is None else not inner
    truths = [truth_of(part, row) for part in formula.parts]
    decisive = isinstance(formula, AnyOf)
    if decisive in truths:
        return decisive
    assert isinstance(formula, AllOf | AnyOf)
    return None if None in truths else not decisive
