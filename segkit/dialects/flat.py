"""The same function as the published chain, written in another way: the proof's other side.

A tree is written as the full conditions of each leaf, rules and cells with no
order among them. What no branch takes comes out as NULL, and is a difference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from segkit.core.arithmetic import Form, Term
from segkit.core.case import Cells, Decision, Gate, Rules, Total
from segkit.core.guarded_text import spliced, unless_hidden
from segkit.core.predicate import AllOf, AnyOf, Compare, Formula, IsNull, Not, Predicate
from segkit.core.rules import Condition, Levels, Rule, Values, rules_of
from segkit.core.tree import Below
from segkit.dialects.emit import Operand, Operands, predicate_sql
from segkit.dialects.phrases import phrases
from segkit.dialects.spelling import comparison, membership
from segkit.dialects.table import Dialect

_MAKERS = ("abs", "add", "multiply", "round", "subtract")  # of floats, from floats


def flat_sql(
    decision: Decision, operands: Operands, value_of: Callable[[int], str], dialect: Dialect
) -> str:
    """Return one CASE; ``value_of`` is the SQL of what a code stands for."""
    if isinstance(decision, Rules):
        return _flat_rules(decision, operands, value_of, dialect)
    if isinstance(decision, Cells):
        return _flat_cells(decision, operands, value_of, dialect)
    if isinstance(decision, Total):
        scores = [operands[column].sql for column in decision.columns]
        return f"CASE WHEN least({', '.join(scores)}) < 1 THEN 0 ELSE {' + '.join(scores)} END"
    if isinstance(decision, Gate):
        asked = f"coalesce({step_by_step_sql(decision.predicate, operands)}, FALSE)"
        rest = flat_sql(decision.rest, operands, value_of, dialect)
        return f"CASE {asked} WHEN TRUE THEN {value_of(decision.code)} ELSE {rest} END"
    return flat_case(rules_of(decision), operands, value_of, dialect)


def _flat_rules(
    rules: Rules, operands: Operands, value_of: Callable[[int], str], dialect: Dialect
) -> str:
    """What the rules say as a list, written and asked once: DuckDB binds each word it is given."""
    asked = ", ".join(f"CAST(({step_by_step_sql(p, operands)}) AS BOOLEAN)" for p, _ in rules.rules)
    values = ", ".join(value_of(code) for _, code in rules.rules)
    otherwise = "NULL" if rules.otherwise is None else value_of(rules.otherwise)
    words = phrases(dialect)
    the_one = dialect.lookup.format(items=values, index=words.place_of_true("segkit_rules"))
    said = (
        f"CASE WHEN {words.true_in('segkit_rules')} > 1 THEN NULL "
        f"WHEN {words.true_in('segkit_rules')} = 1 THEN {the_one} "
        f"WHEN {words.unknown_in('segkit_rules')} THEN {value_of(rules.missing)} "
        f"ELSE {otherwise} END"
    )
    return words.with_list(asked, "segkit_rules", said)


def _flat_cells(
    cells: Cells, operands: Operands, value_of: Callable[[int], str], dialect: Dialect
) -> str:
    """A table by position: the score of each column is a step in it."""
    codes = dict(cells.codes)
    highest = max(max(scores) for scores in codes)
    width = len(cells.columns)
    table = []
    for place in range(highest**width):
        scores = tuple(place // highest**power % highest + 1 for power in reversed(range(width)))
        table.append(value_of(codes.get(scores, cells.missing)))
    scores_sql = [operands[column].sql for column in cells.columns]
    steps = [
        f"({sql} - 1) * {highest**power}"
        for sql, power in zip(scores_sql, reversed(range(width)), strict=True)
    ]
    outside = " OR ".join(f"{sql} NOT BETWEEN 1 AND {highest}" for sql in scores_sql)
    found = dialect.lookup.format(items=", ".join(table), index=f"{' + '.join(steps)} + 1")
    return f"CASE WHEN {outside} THEN {value_of(cells.missing)} ELSE {found} END"


def step_by_step_sql(predicate: Predicate, operands: Operands) -> str:
    """The predicate for DuckDB, where each value that it computes is asked whether it is finite.

    That one cannot be infinite is never concluded, as it is where the view is written.
    """
    if not predicate.terms:
        return predicate_sql(predicate, operands)
    text = predicate.text
    steps = [_steps(term, text, operands) for term in predicate.terms]
    return spliced(text, 0, len(text), predicate.terms, steps)


def _steps(term: Term, text: str, operands: Operands) -> str:
    if term.form is Form.COLUMN:
        return operands[term.words[0]].sql
    parts = [_steps(part, text, operands) for part in term.parts]
    if term.form is Form.CALL and term.words[0] in ("mod", "divide"):
        made = f"{term.words[0]}({parts[0]}, {parts[1]})"
        return _if_finite(f"CASE WHEN ({parts[1]}) <> 0 THEN {made} END")
    if term.form in (Form.SUM, Form.PRODUCT, Form.POWER):
        made = f"({parts[0]})"
        for operator, part in zip(term.words, parts[1:], strict=True):
            made = f"{made} {operator} ({part})"
            if operator in ("//", "%"):  # an error in DuckDB, not a value that can be looked at
                made = f"CASE WHEN ({part}) <> 0 THEN {made} END"
        return _if_finite(made)
    made = spliced(text, term.start, term.end, term.parts, parts)
    made = unless_hidden(term, made, lambda part: f"({_steps(part, text, operands)})")
    calls = term.form is Form.CALL and term.words[0] in _MAKERS
    makes = term.form is Form.CAST or term.makes_double or calls
    return _if_finite(made) if makes else made


def _if_finite(sql: str) -> str:
    """The value once, NULL where it is a float that is not finite."""
    number = "TRY_CAST(CAST(segkit_value AS VARCHAR) AS DOUBLE)"
    kept = f"typeof(segkit_value) NOT IN ('FLOAT', 'DOUBLE') OR isfinite({number})"
    return f"list_filter([{sql}], lambda segkit_value: {kept})[1]"


def flat_case(
    rules: Sequence[Rule], operands: Operands, value_of: Callable[[int], str], dialect: Dialect
) -> str:
    """One WHEN a leaf, with its full conditions; a row that fits none gets NULL."""
    whens = " ".join(
        f"WHEN {rule_sql(rule, operands, dialect)} THEN {value_of(rule.code)}" for rule in rules
    )
    return f"CASE {whens} END"


def rule_sql(rule: Rule, operands: Operands, dialect: Dialect) -> str:
    """The rule as a boolean expression that is never NULL-dependent on other rules."""
    parts = [condition_sql(c, operands, dialect) for c in rule.conditions]
    if len(parts) > 1:
        parts = [f"({part})" if " OR " in part else part for part in parts]
    return " AND ".join(parts) or "TRUE"


def condition_sql(condition: Condition, operands: Operands, dialect: Dialect) -> str:
    operand = operands[condition.column]
    is_null = f"{operand.sql} IS NULL"
    if condition.values is None:
        return is_null
    if condition.values.is_everything:
        return "TRUE" if condition.null else f"{operand.sql} IS NOT NULL"
    inside = _inside_sql(condition.values, operand, dialect)
    return f"{inside} OR {is_null}" if condition.null else inside


def formula_sql(formula: Formula, operands: Operands, dialect: Dialect) -> str:
    """The formula with every comparison exact for its column's own type; brackets where needed."""
    if isinstance(formula, IsNull):
        return f"{operands[formula.column].sql} IS NULL"
    if isinstance(formula, Compare):
        operand = operands[formula.column]
        if formula.values.is_everything:
            return f"({operand.sql} IS NOT NULL OR NULL)"
        return _inside_sql(formula.values, operand, dialect)
    if isinstance(formula, Not):
        if isinstance(formula.part, IsNull):
            return f"{operands[formula.part.column].sql} IS NOT NULL"
        return f"NOT ({formula_sql(formula.part, operands, dialect)})"
    word = " AND " if isinstance(formula, AllOf) else " OR "
    parts = [formula_sql(part, operands, dialect) for part in formula.parts]
    return word.join(
        f"({sql})" if isinstance(part, AllOf | AnyOf) else sql
        for part, sql in zip(formula.parts, parts, strict=True)
    )


def _inside_sql(values: Values, operand: Operand, dialect: Dialect) -> str:
    if isinstance(values, Levels):
        levels = sorted(values.listed)
        return membership(operand.sql, levels, operand.type, dialect, negated=values.excluded)
    interval, parts = values, []
    if interval.lower is not None:
        test = Below(interval.lower, inclusive=not interval.lower_closed)
        parts.append(comparison(operand.sql, test, operand.type, dialect, negated=True))
    if interval.upper is not None:
        test = Below(interval.upper, inclusive=interval.upper_closed)
        parts.append(comparison(operand.sql, test, operand.type, dialect))
    return " AND ".join(parts)
