"""Conditions in DuckDB's SQL before sqlglot spells them for another dialect.

sqlglot knows words. Here stands what they mean: what is the same once it is put
in other words is put so, and what stays another thing is named, for a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from segkit.core.columns import ColumnType, Kind
from segkit.dialects.table import Dialect

_DIVIDE_WHOLE = ("sqlite", "postgres", "redshift", "trino", "tsql")
_NULL_IF_ANY = ("sqlite", "mysql", "bigquery", "trino", "snowflake")
_CUT_AT_THE_POINT = ("sqlite", "tsql", "spark", "databricks", "clickhouse", "redshift")
_AWAY_FROM_ZERO = ("mysql", "bigquery", "snowflake", "trino")
_HALVES = ("postgres", "sqlite", "clickhouse")
_CASE_FOLDING = ("mysql", "tsql")
_ORDERED_BY_COLLATION = ("postgres", "mysql", "tsql", "redshift")
_ASCII = ("sqlite",)
_WHOLE_TYPES = ("TINYINT", "SMALLINT", "INT", "BIGINT")
Types = Mapping[str, ColumnType]


def with_meaning(tree: exp.Expr, types: Types, dialect: Dialect) -> exp.Expr:
    """The condition in words that mean in the dialect what they mean in DuckDB.

    ``types`` are those of its columns, by name.
    """

    tree = tree.copy()
    for node in reversed(list(tree.dfs())):  # the inner ones first
        made = _in_words_of(node, types, dialect)
        if made is not node:
            node.replace(made)
            tree = made if node is tree else tree
    return tree


def _in_words_of(node: exp.Expr, types: Types, dialect: Dialect) -> exp.Expr:
    if isinstance(node, exp.IntDiv) and _whole(node, types):
        return _divided_whole(node, dialect)
    if isinstance(node, exp.Greatest | exp.Least) and dialect.name in _NULL_IF_ANY:
        return _skipping_null(node)
    if isinstance(node, exp.Like) and dialect.name == "sqlite" and _pattern(node) is not None:
        return _glob(node)
    return node


def _divided_whole(node: exp.IntDiv, dialect: Dialect) -> exp.Expr:
    """Whole numbers, without a double between them, which is rounded from 2^53 on."""
    left, right = node.this, node.expression
    if dialect.name in _DIVIDE_WHOLE:
        return exp.Div(this=left, expression=right, typed=True, safe=False)
    if dialect.name == "clickhouse":
        return exp.Anonymous(this="intDiv", expressions=[left, right])
    if dialect.name == "snowflake":  # its quotient is rounded at the sixth digit
        rest = exp.Mod(this=left.copy(), expression=right.copy())
        whole = exp.Paren(this=exp.Sub(this=left, expression=rest))
        return exp.Div(this=whole, expression=right, typed=True, safe=False)
    return node


def _whole(node: exp.Expr, types: Types) -> bool:
    """Whether all that is computed with is a whole number."""
    inner = node.unnest()
    if isinstance(inner, exp.Column):
        type_ = types.get(inner.name)
        return type_ is not None and type_.kind is Kind.INTEGER
    if isinstance(inner, exp.Literal):
        return inner.is_int
    if isinstance(inner, exp.Neg | exp.Abs):
        return _whole(inner.this, types)
    if isinstance(inner, exp.Add | exp.Sub | exp.Mul | exp.Mod | exp.IntDiv | exp.Nullif):
        return _whole(inner.this, types) and _whole(inner.expression, types)
    if isinstance(inner, exp.Div):  # of whole numbers, as it was made here
        return bool(inner.args.get("typed"))
    return isinstance(inner, exp.Length)


def _skipping_null(node: exp.Greatest | exp.Least) -> exp.Expr:
    """Where one NULL makes all NULL, each operand stands in for the others."""
    operands = [node.this, *node.expressions]
    turned = [
        exp.Coalesce(this=each.copy(), expressions=[o.copy() for o in operands if o is not each])
        for each in operands
    ]
    if len(operands) == 1:
        return node
    return type(node)(this=turned[0], expressions=turned[1:])


def _pattern(node: exp.Like) -> str | None:
    literal = node.expression.unnest()
    return str(literal.this) if isinstance(literal, exp.Literal) and literal.is_string else None


def _glob(node: exp.Like) -> exp.Expr:
    """SQLite's LIKE takes A for a, its GLOB does not."""
    written = _pattern(node) or ""
    words = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}
    pattern = exp.Literal.string("".join(words.get(c, c) for c in written))
    made = exp.Glob(this=node.this, expression=pattern)
    return exp.Not(this=exp.Paren(this=made)) if node.args.get("negate") else made


# what is another thing there --------------------------------------------------------------------


def differences(tree: exp.Expr, types: Types, dialect: Dialect) -> tuple[str, ...]:
    """What in a condition is known to mean something else in the dialect, in a few words each."""
    found = [
        what
        for node in tree.walk()
        for kinds, names, test, what in _DIFFERENT
        if isinstance(node, kinds) and dialect.name in names and test(node, types)
    ]
    return tuple(dict.fromkeys(found))


def _always(_: exp.Expr, __: Types) -> bool:
    return True


def _is_cast_to_whole(node: exp.Expr, types: Types) -> bool:
    to = node.args["to"].this
    is_whole = isinstance(to, exp.DType) and to.value in _WHOLE_TYPES
    return is_whole and not _whole(node.this, types)


def _has_text(node: exp.Expr, types: Types) -> bool:
    """A comparison of texts, as far as columns and constants tell."""
    for side in (node.args.get("this"), node.args.get("expression")):
        inner = side.unnest() if isinstance(side, exp.Expr) else None
        if isinstance(inner, exp.Column):
            type_ = types.get(inner.name)
            if type_ is not None and type_.kind is Kind.TEXT:
                return True
        if isinstance(inner, exp.Lower | exp.Upper | exp.Trim | exp.Substring | exp.DPipe):
            return True
    return False


def _is_of_points(node: exp.Expr, types: Types) -> bool:
    return any(
        isinstance(part, exp.Literal) and not part.is_string and not part.is_int
        for part in (node.args["this"], node.args["expression"])
    )


_COMPARED = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.In, exp.Between)
_ORDERED = (exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between)
_Kinds = type[exp.Expr] | tuple[type[exp.Expr], ...]
_DIFFERENT: tuple[tuple[_Kinds, tuple[str, ...], Callable[[exp.Expr, Types], bool], str], ...] = (
    (exp.Cast, _CUT_AT_THE_POINT, _is_cast_to_whole, "a CAST to a whole number cuts at the point"),
    (exp.Cast, _AWAY_FROM_ZERO, _is_cast_to_whole, "a CAST to a whole number rounds 2.5 to 3"),
    (exp.Round, _HALVES, _always, "ROUND has another rule for halves"),
    (exp.Like, _CASE_FOLDING, _always, "LIKE folds case"),
    (exp.ILike, _ASCII, _always, "letters beyond ASCII are not folded"),
    ((exp.Lower, exp.Upper), _ASCII, _always, "letters beyond ASCII are not folded"),
    (_COMPARED, _CASE_FOLDING, _has_text, "texts are compared by a collation"),
    (_ORDERED, _ORDERED_BY_COLLATION, _has_text, "texts are ordered by a collation"),
    ((exp.Add, exp.Sub, exp.Mul), ("sqlite",), _is_of_points, "0.1 is a double"),
)
