"""Which expressions of another dialect are known, each with its rule: a table."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from segkit.core.columns import Column
from segkit.importing.exact import choice_rules as choices
from segkit.importing.exact import condition_rules as conditions
from segkit.importing.exact import leaf_rules as leaves
from segkit.importing.exact import number_rules as numbers
from segkit.importing.exact import text_rules as texts
from segkit.importing.exact.cast_rules import cast
from segkit.importing.exact.date_rules import extract
from segkit.importing.exact.rewrite import Exact, Rule
from segkit.importing.source_dialects import OldDialect

RULES: Mapping[type[exp.Expr], Rule] = {
    exp.Paren: Rule(leaves.bracketed),
    exp.Column: Rule(leaves.typed_column, ("this", "table", "db", "catalog")),
    exp.Literal: Rule(leaves.literal, ("this", "is_string")),
    exp.Boolean: Rule(leaves.boolean),
    exp.Neg: Rule(numbers.negative),
    exp.Add: Rule(numbers.arithmetic),
    exp.Sub: Rule(numbers.arithmetic),
    exp.Mul: Rule(numbers.arithmetic),
    exp.Div: Rule(numbers.division, ("this", "expression", "typed", "safe")),
    exp.IntDiv: Rule(numbers.whole_division),
    exp.Mod: Rule(numbers.remainder),
    exp.Abs: Rule(numbers.absolute),
    exp.And: Rule(conditions.connector),
    exp.Or: Rule(conditions.connector),
    exp.Not: Rule(conditions.negation),
    exp.EQ: Rule(conditions.comparison),
    exp.NEQ: Rule(conditions.comparison),
    exp.LT: Rule(conditions.comparison),
    exp.LTE: Rule(conditions.comparison),
    exp.GT: Rule(conditions.comparison),
    exp.GTE: Rule(conditions.comparison),
    exp.NullSafeEQ: Rule(conditions.comparison),
    exp.NullSafeNEQ: Rule(conditions.comparison),
    exp.Is: Rule(conditions.is_state),
    exp.In: Rule(conditions.in_list),
    exp.Between: Rule(conditions.between, ("this", "low", "high")),
    exp.Like: Rule(conditions.like, ("this", "expression", "negate")),
    exp.Case: Rule(choices.case, ("this", "ifs", "default")),
    exp.If: Rule(choices.if_else, ("this", "true", "false")),
    exp.Coalesce: Rule(choices.coalesce, ("this", "expressions", "is_null", "is_nvl")),
    exp.Nullif: Rule(choices.nullif),
    exp.Greatest: Rule(choices.greatest, ("this", "expressions", "ignore_nulls")),
    exp.Least: Rule(choices.greatest, ("this", "expressions", "ignore_nulls")),
    exp.Cast: Rule(cast, ("this", "to")),
}
# Functions of engines that our tests hold imports against.
RUN_RULES: Mapping[type[exp.Expr], Rule] = {
    exp.DPipe: Rule(texts.joined, ("this", "expression", "safe")),
    exp.Concat: Rule(texts.concat, ("expressions", "safe", "coalesce")),
    exp.Lower: Rule(texts.folded),
    exp.Upper: Rule(texts.folded),
    exp.Length: Rule(texts.length),
    exp.Trim: Rule(texts.trimmed, ("this",)),
    exp.Substring: Rule(texts.substring, ("this", "start", "length")),
    exp.Floor: Rule(numbers.floor),
    exp.Ceil: Rule(numbers.floor),
    exp.Round: Rule(numbers.rounded, ("this", "decimals")),
    exp.Extract: Rule(extract),
}


def exact_in(old: OldDialect, columns: Mapping[str, Column]) -> Exact:
    """What rewrites expressions of ``old`` over ``columns``, by name in lower case."""
    return Exact(old, columns, {**RULES, **RUN_RULES} if old.is_run else RULES)
