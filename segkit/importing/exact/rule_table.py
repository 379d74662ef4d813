"""Which expressions of another dialect are known, each with its rule: a table."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from segkit.core.columns import Column
from segkit.importing.exact import condition_rules as conditions
from segkit.importing.exact import number_rules as numbers
from segkit.importing.exact import value_rules as values
from segkit.importing.exact.rewrite import Exact, Rule
from segkit.importing.source_dialects import OLD_DIALECTS, OldDialect

_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ)
RULES: Mapping[type[exp.Expr], Rule] = {
    exp.Paren: Rule(values.bracketed),
    exp.Column: Rule(values.typed_column, ("this", "table", "db", "catalog")),
    exp.Literal: Rule(values.literal, ("this", "is_string")),
    exp.Boolean: Rule(values.boolean),
    exp.Cast: Rule(values.cast, ("this", "to")),
    **dict.fromkeys((exp.Neg, exp.Abs), Rule(numbers.with_sign)),
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul), Rule(numbers.arithmetic)),
    exp.Div: Rule(numbers.division, ("this", "expression", "typed", "safe")),
    exp.IntDiv: Rule(numbers.whole_division),
    exp.Mod: Rule(numbers.remainder),
    **dict.fromkeys((exp.And, exp.Or), Rule(conditions.connector)),
    exp.Not: Rule(conditions.negation),
    **dict.fromkeys(_COMPARISONS, Rule(conditions.comparison)),
    exp.Is: Rule(conditions.is_state),
    exp.In: Rule(conditions.in_list),
    exp.Between: Rule(conditions.between, ("this", "low", "high")),
    exp.Like: Rule(conditions.like, ("this", "expression", "negate")),
    exp.Case: Rule(conditions.case, ("this", "ifs", "default")),
    exp.If: Rule(conditions.if_else, ("this", "true", "false")),
    exp.Coalesce: Rule(conditions.coalesce, ("this", "expressions", "is_null", "is_nvl")),
    exp.Nullif: Rule(conditions.nullif),
    **dict.fromkeys(
        (exp.Greatest, exp.Least),
        Rule(conditions.greatest, ("this", "expressions", "ignore_nulls")),
    ),
}
# Functions of engines that our tests hold imports against.
RUN_RULES: Mapping[type[exp.Expr], Rule] = {
    exp.DPipe: Rule(values.joined, ("this", "expression", "safe")),
    exp.Concat: Rule(values.concat, ("expressions", "safe", "coalesce")),
    **dict.fromkeys((exp.Lower, exp.Upper), Rule(values.folded)),
    exp.Length: Rule(values.length),
    exp.Trim: Rule(values.trimmed, ("this",)),
    exp.Substring: Rule(values.substring, ("this", "start", "length")),
    **dict.fromkeys((exp.Floor, exp.Ceil), Rule(numbers.floor)),
    exp.Round: Rule(numbers.rounded, ("this", "decimals")),
    exp.Extract: Rule(numbers.extract),
}


def exact_in(dialect: str, columns: Mapping[str, Column]) -> Exact:
    """What rewrites expressions of a dialect over ``columns``, by name in lower case.

    There are no rules for a dialect of which nothing is known.
    """
    old = OLD_DIALECTS.get(dialect)
    if old is None:
        return Exact(OldDialect(dialect), columns, {})
    return Exact(old, columns, {**RULES, **RUN_RULES} if old.is_run else RULES)
