"""Expressions of another dialect, written in DuckDB's so that they mean the same.

A list of what is allowed, not of what is forbidden: an expression is rewritten
only if a rule of ``rule_table.py`` knows it, with the types of all that is in it.
For anything else there is a ``Doubt``. What is rewritten has the same value on every
row on which the old engine has one; where that fails (a division by 0 in PostgreSQL,
a whole number that is too large) DuckDB may fail, or have any value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from segkit.core.columns import Column, Kind
from segkit.importing.source_dialects import OldDialect

DOUBLE_DIGITS = 15  # a decimal of so many digits is the only one of them at its double
MANY = 99  # digits of what is computed
WHOLE_DIGITS = {"TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "INT": 10, "BIGINT": 19}


class Doubt(Exception):
    """An expression that may mean something else in DuckDB, and why.

    ``column`` is set where all that is missing is the type of that column.
    """

    def __init__(self, node: exp.Expr, why: str, column: str = "") -> None:
        super().__init__(why)
        self.node, self.why, self.column = node, why, column


@dataclass(frozen=True)
class Value:
    """An expression in DuckDB's SQL with what is known of its values.

    ``digits`` is the most that a whole number or a decimal has (of a double: of the
    whole numbers among it). ``is_mixed``: in the old engine some values are whole
    numbers and others doubles. ``may_overflow``: a double that may be infinite.
    """

    node: exp.Expr
    kind: Kind
    digits: int = 0
    is_constant: bool = False
    is_mixed: bool = False
    may_overflow: bool = False

    @property
    def is_numeric(self) -> bool:
        return self.kind in (Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE)

    @property
    def is_zero(self) -> bool:
        return self.is_constant and self.is_numeric and float(str(self.node.unnest().sql())) == 0


@dataclass(frozen=True)
class Rule:
    """How one kind of node is rewritten: the node in, its value out.

    ``parts`` are the arguments that the node may have: any other one in it has a
    meaning that the rule does not know.
    """

    rewrite: Callable[[Exact, Any], Value]
    parts: tuple[str, ...] = ("this", "expression", "expressions")

    def knows(self, node: exp.Expr) -> bool:
        return not any(found for key, found in node.args.items() if key not in self.parts)


@dataclass(frozen=True)
class Exact:
    """Rewrites expressions of one dialect over ``columns``, by name in lower case."""

    old: OldDialect
    columns: Mapping[str, Column]
    rules: Mapping[type[exp.Expr], Rule]

    def value(self, node: exp.Expr) -> Value:
        """The expression in DuckDB's SQL; raises Doubt if that is not known to be the same."""
        rule = self.rules.get(type(node))
        if not self.rules:
            raise Doubt(node, f"segkit knows nothing of what {self.old.title} means by its SQL")
        if rule is None or not rule.knows(node):
            raise Doubt(node, f"segkit does not know that {self.old.title} means the same by it")
        return rule.rewrite(self, node)

    def condition(self, node: exp.Expr) -> Value:
        """As ``value``, of what is TRUE, FALSE or NULL."""
        found = self.value(node)
        if found.kind is not Kind.BOOLEAN:
            raise Doubt(node, "it is no condition, but a value that would have to become one")
        return found

    def side(self, node: exp.Expr) -> Value:
        """As ``value``, of a side of a comparison; ``a = b = c`` is read in more than one way."""
        if self.rules and isinstance(node, exp.Predicate | exp.Connector | exp.Not):
            raise Doubt(node, "say with brackets what belongs together")
        return self.value(node)


def call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    """A function by its name in DuckDB, which no generator spells in another way."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def operand(node: exp.Expr) -> exp.Expr:
    """In brackets where it has an operator of its own."""
    is_compound = isinstance(node, exp.Binary | exp.Not | exp.Between | exp.In)
    return exp.Paren(this=node) if is_compound else node
