"""The conditions of one branch of a CASE, as one predicate in DuckDB's SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import eq, ge, gt, le, lt

from sqlglot import exp

from segkit.core.predicate import Predicate
from segkit.errors import Label, Place, Problem
from segkit.importing.sql_file import REFUSED, SqlFile
from segkit.project.conditions.predicates import parse_condition

_Compares = Callable[[float, float], bool]
_TESTS: dict[type[exp.Binary], _Compares] = {exp.LT: lt, exp.LTE: le, exp.GT: gt}
_TESTS |= {exp.GTE: ge, exp.EQ: eq}


def read_conditions(
    file: SqlFile, conditions: Sequence[exp.Expr], place: Place, aliases: Sequence[str]
) -> tuple[Predicate | None, list[Problem]]:
    """Return what the conditions of a branch say together, and what is wrong with them.

    None without a problem is a condition that is never TRUE, such as ``age = NULL``.
    """
    if any(map(_is_never, conditions)):
        return None, []
    if holds_always(conditions):
        message = "this condition holds for every row, so what follows is never asked"
        hint = "write ELSE, and nothing after it"
        return None, [Problem(REFUSED, message, (Label(place),), hint)]
    asked = [condition for condition in conditions if not _is_always(condition)]
    texts = [_condition_text(file, condition, aliases) for condition in asked]
    text, offset = texts[0]
    if len(texts) > 1:
        offset = None
        text = " AND ".join(f"({text})" if " OR " in text.upper() else text for text, _ in texts)

    def at(start: int, length: int) -> Place:
        return place if offset is None else file.place(offset + start, length)

    return parse_condition(text, at, place, "compare a column: `age < 25`")


def _condition_text(
    file: SqlFile, condition: exp.Expr, aliases: Sequence[str]
) -> tuple[str, int | None]:
    """DuckDB's SQL of one condition, and where it stands if it is as written."""
    plain = _without_coalesce(_unqualified(condition, aliases))
    if file.dialect == "duckdb" and plain == condition:
        text, span = file.written(condition), file.span(condition)
        if text is not None and span is not None and "\n" not in text:
            return text, span[0]
    return plain.sql(dialect="duckdb", comments=False), None


def unqualified_sql(node: exp.Expr, aliases: Sequence[str]) -> str:
    """The expression in DuckDB's SQL, its columns without the relation's name."""
    return _unqualified(node, aliases).sql(dialect="duckdb", comments=False)


def _unqualified(node: exp.Expr, aliases: Sequence[str]) -> exp.Expr:
    known = {alias.casefold() for alias in aliases}

    def plain(each: exp.Expr) -> exp.Expr:
        if isinstance(each, exp.Column) and each.table and each.table.casefold() in known:
            return exp.Column(this=each.this.copy())
        return each

    return node.copy().transform(plain)


def _without_coalesce(node: exp.Expr) -> exp.Expr:
    """``coalesce(x, 0) < 25`` as what it says of NULL: ``x < 25 OR x IS NULL``."""

    def plain(each: exp.Expr) -> exp.Expr:
        if not isinstance(each, exp.LT | exp.LTE | exp.GT | exp.GTE | exp.EQ):
            return each
        outer, constant = each.this, each.expression
        if not (isinstance(outer, exp.Coalesce) and len(outer.expressions) == 1):
            return each
        column, value = outer.this, outer.expressions[0]
        holds = _holds(type(each), value, constant)
        if not isinstance(column, exp.Column) or holds is None:
            return each
        test = type(each)(this=column.copy(), expression=constant.copy())
        is_null = exp.Is(this=column.copy(), expression=exp.Null())
        if holds:
            return exp.Paren(this=exp.Or(this=test, expression=is_null))
        return exp.Paren(this=exp.And(this=test, expression=exp.Not(this=is_null)))

    changed = node.transform(plain)
    return changed.unnest() if changed != node else changed


def _holds(kind: type[exp.Binary], value: exp.Expr, constant: exp.Expr) -> bool | None:
    """Whether a comparison of two constants holds; None where that is not plain."""
    if not all(isinstance(each, exp.Literal) for each in (value, constant)):
        return None
    if value.is_string or constant.is_string:
        both = value.is_string and constant.is_string
        return str(value.this) == str(constant.this) if both and kind is exp.EQ else None
    return _TESTS[kind](float(value.this), float(constant.this))


def _is_never(condition: exp.Expr) -> bool:
    condition = condition.unnest()
    if isinstance(condition, exp.And):
        return _is_never(condition.left) or _is_never(condition.right)
    if isinstance(condition, exp.Boolean):
        return not condition.this
    compares = isinstance(
        condition, exp.EQ | exp.NEQ | exp.LT | exp.LTE | exp.GT | exp.GTE
    ) and any(isinstance(side, exp.Null) for side in (condition.left, condition.right))
    return isinstance(condition, exp.Null) or compares


def holds_always(conditions: Sequence[exp.Expr]) -> bool:
    return all(map(_is_always, conditions))


def _is_always(condition: exp.Expr) -> bool:
    condition = condition.unnest()
    if isinstance(condition, exp.EQ) and isinstance(condition.left, exp.Literal):
        return bool(condition.left == condition.right)
    return isinstance(condition, exp.Boolean) and bool(condition.this)
