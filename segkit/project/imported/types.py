"""Types of columns that nobody told: what the constants beside them say, nothing narrower."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlglot import exp

from segkit.core.columns import Column, parse_type
from segkit.errors import ConfigError, Label, Problem
from segkit.project.imported.sql_file import REFUSED, SqlFile

_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.Abs, exp.Round)
_OF_TEXT = (exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Substring, exp.StartsWith)
_LIKE = (exp.Like, exp.ILike, exp.RegexpLike, exp.RegexpFullMatch, exp.SimilarTo)


def assumed_columns(
    file: SqlFile, nodes: Sequence[exp.Expr], told: Collection[str]
) -> dict[str, Column]:
    """Return the columns that the expressions look at, spelled as at first, with assumed types.

    A number is a DOUBLE: between two of them there may be another one. Of those
    that are ``told`` (case-folded names) nothing is assumed.

    Raises
    ------
    ConfigError
        SK216 for a column that is held against numbers and texts.
    """
    found: dict[str, Column] = {}
    spelled: dict[str, str] = {}
    first: dict[str, exp.Column] = {}
    for column in (column for node in nodes for column in node.find_all(exp.Column)):
        name = spelled.setdefault(column.name.casefold(), column.name)
        type_ = None if name.casefold() in told else _type_of_use(column)
        known = found.get(name)
        if known is not None and type_ is not None and known.type.sql not in ("", type_):
            message = f"`{name}` is held against values of two types: {known.type.sql} and {type_}"
            labels = (Label(file.place_of(column)), Label(file.place_of(first[name]), "and here"))
            help_ = f"say what it is: --type {name}=INTEGER, or another type of DuckDB"
            raise ConfigError(Problem(REFUSED, message, labels, help_))
        if type_ is not None or known is None:
            found[name] = Column(name, parse_type(type_ or ""))
            first.setdefault(name, column)
    return {
        name: column if column.type.sql else Column(name, parse_type("VARCHAR"))
        for name, column in found.items()
    }


def _type_of_use(column: exp.Column) -> str | None:
    """The type that one use of a column asks for; None if it takes any."""
    node: exp.Expr = column
    parent = node.parent
    while isinstance(parent, exp.Paren):
        node, parent = parent, parent.parent
    if isinstance(parent, exp.Is | None):
        return None
    if isinstance(parent, exp.Case) and parent.this is node:
        return _of_constants([arm.this for arm in parent.args["ifs"]])
    if isinstance(parent, exp.If) and parent.this is not node:
        return None
    if isinstance(parent, exp.And | exp.Or | exp.Not | exp.If):
        return "BOOLEAN"
    if isinstance(parent, _LIKE + _OF_TEXT):
        return "VARCHAR"
    if isinstance(parent, _ARITHMETIC):
        return "DOUBLE"
    if isinstance(parent, exp.Between | exp.In | exp.Binary | exp.Coalesce):
        return _of_constants([each for each in parent.iter_expressions() if each is not node])
    return None


def _of_constants(nodes: Sequence[exp.Expr]) -> str | None:
    """What the constants are; a Coalesce asks nothing if it has none."""
    for node in nodes:
        node = node.unnest()
        if isinstance(node, exp.Neg):
            node = node.this
        if isinstance(node, exp.Literal):
            return "VARCHAR" if node.is_string else "DOUBLE"
        if isinstance(node, exp.Boolean):
            return "BOOLEAN"
        if isinstance(node, exp.Cast):
            return node.to.sql(dialect="duckdb")
        if isinstance(node, exp.CurrentDate | exp.DateAdd | exp.DateSub):
            return "DATE"
    return None
