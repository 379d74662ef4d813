"""What a decision means for one row, a condition at a time: the oracle of SQL and of ``Rows``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

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
    return truths_of(formula, [row])[0]


def truths_of(formula: Formula, rows: Sequence[Row]) -> list[bool | None]:
    """``truth_of`` each row; what a column is compared with is asked once for each value."""
    if isinstance(formula, IsNull):
        return [is_missing(row[formula.column]) for row in rows]
    if isinstance(formula, Compare):
        return _compared(formula, [row[formula.column] for row in rows])
    if isinstance(formula, Not):
        inner = truths_of(formula.part, rows)
        return [None if each is None else not each for each in inner]
    decisive = isinstance(formula, AnyOf)
    assert isinstance(formula, AllOf | AnyOf)
    parts = [truths_of(part, rows) for part in formula.parts]
    of_rows = zip(*parts, strict=True) if parts else [()] * len(rows)
    return [
        decisive if decisive in truths else None if None in truths else not decisive
        for truths in of_rows
    ]


def _compared(formula: Compare, values: Sequence[object]) -> list[bool | None]:
    among = Condition(formula.column, formula.values)
    known: dict[tuple[type, object], bool | None] = {}
    for value in values:
        if (key := (type(value), value)) not in known:
            known[key] = None if is_missing(value) else matches(among, value)
    return [known[type(value), value] for value in values]
