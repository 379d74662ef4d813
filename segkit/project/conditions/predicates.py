"""Conditions in SQL that stand in a YAML file: read, bounded, and understood where simple."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from segkit.core.arithmetic import MAX_GUARDS, guards
from segkit.core.predicate import AllOf, AnyOf, ColumnUse, Compare, Formula, IsNull, Not, Predicate
from segkit.core.rules import Interval, Levels
from segkit.dialects.spelling import literal
from segkit.dialects.table import CONDITIONS
from segkit.errors import Label, Place, Problem
from segkit.project.conditions.plain import MAX_DIGITS
from segkit.project.conditions.sql_tree import TooDeep, parsed
from segkit.project.conditions.terms import read_terms

At = Callable[[int, int], Place]  # offset and length in the text
_CODE = "SK206"

EXAMPLE = "write a condition such as `orders >= 10 AND tenure_days < 30`"
# These stand beside OR and NOT without brackets.
_ATOMS = (exp.Predicate, exp.Column, exp.Boolean, exp.Paren, exp.Func)
_TEXT = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_REFUSED: tuple[tuple[type[exp.Expr], str], ...] = (
    (exp.PositionalColumn, "a column by its position"),
    (exp.Columns, "`COLUMNS`, which stands for many"),
    (exp.Query, "a query of its own"),
    (exp.Values, "a query of its own"),
    (exp.Window, "a window function"),
    (exp.AggFunc, "an aggregate"),
    (exp.Placeholder, "a parameter"),
    (exp.Parameter, "a parameter"),
    (exp.Star, "`*`"),
    (exp.Lambda, "a lambda"),
    (exp.Rand, "a random number"),
    (exp.CurrentDate, "the current date"),
    (exp.CurrentTimestamp, "the current time"),
)
# DuckDB's functions that are not CONSISTENT; the time and the place they are asked at decide
_MOVING_NAMES = """
current_catalog current_role current_user current_version pg_postmaster_start_time session_user
version
current_connection_id current_database current_localtime current_localtimestamp current_query
current_query_id current_schema current_schemas current_setting current_time
current_transaction_id currval error gen_random_uuid get_current_time get_current_timestamp
getenv getvariable in_search_path localtime localtimestamp nextval now random setseed setval
sleep_ms stats today transaction_timestamp txid_current uuid uuidv4 uuidv7 vector_type write_log
"""
_MOVING = frozenset(_MOVING_NAMES.split())
_ADVICE = {
    "a column by its position": "write the name of the column",
    "`COLUMNS`, which stands for many": "write the condition for each column, and AND between",
    "an aggregate": "make it a column of a model, and name the column here",
    "a window function": "make it a column of a model, and name the column here",
    "a query of its own": "join it in a model, and name the column here",
    "the current date": "make the days since a date a column of a model, and name it here",
    "the current time": "make the days since a date a column of a model, and name it here",
}


def parse_condition(
    text: str, at: At, whole: Place, without_columns: str = EXAMPLE
) -> tuple[Predicate | None, list[Problem]]:
    """Return the predicate that a text in DuckDB's SQL states, or what is wrong with it.

    Parameters
    ----------
    at : callable
        The place of some characters of the text; ``whole`` is that of all.
    without_columns : str
        What to do about a condition that names no column.
    """
    try:
        found = parsed(text, "duckdb")
    except (ParseError, TokenError) as error:
        return None, [_syntax(error, text, at)]
    except TooDeep as error:
        label = Label(at(error.token.start, len(error.token.text)), "this is one more")
        hint = "make a column of a part of it in a model, and name the column here"
        return None, [Problem(_CODE, f"a condition cannot have {error}", (label,), hint)]
    if len(found) != 1:
        message = f"these are {len(found)} statements, not a condition"
        message = message if found else "this condition is empty"
        return None, [Problem(_CODE, message, (Label(whole),), EXAMPLE)]
    tree = found[0]
    problem = _refusal(tree, text, at)
    if problem is not None:
        return None, [problem]
    uses = tuple(sorted(_uses(tree), key=lambda use: use.start))
    if not uses:
        message = "this condition names no column: it is the same for every row"
        return None, [Problem(_CODE, message, (Label(at(0, len(text))),), without_columns)]
    is_compound = isinstance(tree, exp.Connector) or not isinstance(tree, _ATOMS)
    formula = _formula(tree)
    terms = () if formula is not None else read_terms(text, uses)
    if max(map(guards, terms), default=0) > MAX_GUARDS:
        message = f"this condition computes with results of results, more than {MAX_GUARDS} deep"
        hint = "make a part of it a column of a model, and name the column here"
        return None, [Problem(_CODE, message, (Label(at(0, len(text))),), hint)]
    return Predicate(text, uses, formula, is_compound, terms), []


def _syntax(error: Exception, text: str, at: At) -> Problem:
    quote = next((q for q in "'\"" if text.count(q) % 2), None)
    if isinstance(error, TokenError) and quote:
        label = Label(at(text.rfind(quote), 1), "this one")
        hint = f"add `{quote}` where the text ends"
        return Problem(_CODE, f"a `{quote}` is never closed", (label,), hint)
    details = getattr(error, "errors", None) or [{}]
    bare = _TEXT.sub(lambda found: " " * len(found[0]), text)
    if bare.count("(") > bare.count(")"):
        label = Label(at(bare.find("("), 1), "one of them is not closed" * (bare.count("(") > 1))
        return Problem(_CODE, "a `(` is never closed", (label,), "add the `)` that is missing")
    highlight = str(details[0].get("highlight") or "")
    before = str(details[0].get("start_context") or "")
    offset = text.find(before + highlight) + len(before) if before + highlight else 0
    label = Label(at(offset, len(highlight)), "stumbled over this")
    if not highlight:
        label = Label(at(0, len(text)))
    return Problem(_CODE, "this is not a condition in SQL", (label,), EXAMPLE)


def _refusal(tree: exp.Expr, text: str, at: At) -> Problem | None:
    if "--" in text or "/*" in text:
        tokens = sqlglot.tokenize(text, dialect="duckdb")
        if any(token.comments for token in tokens):
            message = "a comment cannot stand in a condition: it runs inside other SQL"
            return Problem(_CODE, message, (Label(at(0, len(text))),), "write a YAML comment (#)")
    if isinstance(tree, exp.Query | exp.DDL | exp.DML | exp.Command | exp.Alias):
        message = "this is a statement, not a condition"
        return Problem(_CODE, message, (Label(at(0, len(text))),), EXAMPLE)
    for node in tree.walk():
        what = next((what for kind, what in _REFUSED if isinstance(node, kind)), None)
        moving = _moving(node, text)
        if what is None and moving:
            what = f"`{moving}`, which is another value each time"
        if what is not None:
            message = f"a condition looks at one row: it cannot hold {what}"
            return Problem(_CODE, message, (Label(at(0, len(text))),), _ADVICE.get(what, EXAMPLE))
        if isinstance(node, exp.Column) and not all("start" in p.meta for p in node.parts):
            message = "a word of SQL stands where the name of a column should"
            hint = "put the name in double quotes"
            return Problem(_CODE, message, (Label(at(0, len(text))),), hint)
        if isinstance(node, exp.Column) and node.table:
            first, *others = (text[slice(*_span(part))] for part in node.parts)
            start, last = _span(node.parts[0])[0], _span(node.parts[-1])[1]
            message = f"`{text[start:last]}` names a relation or a field: name a column alone"
            fields = "".join(f"[{literal(part.name, CONDITIONS)}]" for part in node.parts[1:])
            hint = f"write `{others[-1]}`; if `{first}` is a column with fields, `{first}{fields}`"
            return Problem(_CODE, message, (Label(at(start, last - start)),), hint)
        if _is_null_compared(node):
            message = "a comparison with NULL is never true"
            hint = "write `... IS NULL`, or `... IS NOT NULL`"
            return Problem(_CODE, message, (Label(at(0, len(text))),), hint)
        if isinstance(node, exp.Dot):
            message = "a condition compares plain columns, not fields of one"
            return Problem(
                _CODE, message, (Label(at(0, len(text))),), "make the field a column of a model"
            )
    return None


def _moving(node: exp.Expr, text: str) -> str | None:
    """The name of a function whose value depends on when and where it is asked for."""
    if isinstance(node, exp.Anonymous):
        name = node.name.lower()
        from_today = name == "age" and len(node.expressions) == 1
        return name if name in _MOVING or from_today else None
    names = {name.lower() for name in node.sql_names()} if isinstance(node, exp.Func) else set()
    if not names & _MOVING:
        return None
    return text[slice(*_span(node))] if "start" in node.meta else min(names & _MOVING)


def _is_null_compared(node: exp.Expr) -> bool:
    return isinstance(node, exp.EQ | exp.NEQ) and (
        isinstance(node.left, exp.Null) or isinstance(node.right, exp.Null)
    )


def _span(identifier: exp.Expr) -> tuple[int, int]:
    return int(identifier.meta["start"]), int(identifier.meta["end"]) + 1


def _uses(tree: exp.Expr) -> Iterator[ColumnUse]:
    for column in tree.find_all(exp.Column):
        start, end = _span(column.this)
        yield ColumnUse(start, end, column.name)


# simple conditions ------------------------------------------------------------------------------

_SIDES: dict[type, tuple[str, bool]] = {
    exp.LT: ("below", False),
    exp.LTE: ("below", True),
    exp.GT: ("above", False),
    exp.GTE: ("above", True),
}


def _formula(tree: exp.Expr) -> Formula | None:
    """What the tree says, as data; None if it is more than comparisons with constants."""
    if isinstance(tree, exp.Paren):
        return _formula(tree.this)
    if isinstance(tree, exp.Not):
        inner = _formula(tree.this)
        return None if inner is None else Not(inner)
    if isinstance(tree, exp.And | exp.Or):
        return _connected(tree)
    if isinstance(tree, exp.Column):
        return _flag(tree)
    if isinstance(tree, exp.Is):
        return _is(tree)
    if isinstance(tree, exp.Between):
        return _between(tree)
    if isinstance(tree, exp.In):
        return _in(tree)
    if isinstance(tree, exp.EQ | exp.NEQ | exp.LT | exp.LTE | exp.GT | exp.GTE):
        return _comparison(tree)
    return None


def _connected(tree: exp.And | exp.Or) -> Formula | None:
    """``a AND b AND c`` as one, however many there are."""
    kind: type[AllOf | AnyOf] = AllOf if isinstance(tree, exp.And) else AnyOf
    parts: list[Formula] = []
    for side in tree.flatten():
        part = _formula(side)
        if part is None:
            return None
        parts += part.parts if isinstance(part, kind) else (part,)
    return kind(tuple(parts))


def _is(tree: exp.Is) -> Formula | None:
    if not isinstance(tree.this, exp.Column) or not isinstance(tree.expression, exp.Null):
        return None
    return IsNull(tree.this.name)


def _between(tree: exp.Between) -> Formula | None:
    low, high = _number(tree.args["low"]), _number(tree.args["high"])
    if not isinstance(tree.this, exp.Column) or low is None or high is None:
        return None
    if tree.args.get("symmetric"):  # the ends may stand the other way round
        return None
    return Compare(tree.this.name, Interval(low, high, True, True))


def _in(tree: exp.In) -> Formula | None:
    items = tree.args.get("expressions") or []
    if not isinstance(tree.this, exp.Column) or not items:
        return None
    name = tree.this.name
    texts = [_text(item) for item in items]
    if all(text is not None for text in texts):
        return Compare(name, Levels(frozenset(text for text in texts if text is not None)))
    numbers = [_number(item) for item in items]
    if any(number is None for number in numbers):
        return None
    return AnyOf(tuple(Compare(name, Interval(n, n, True, True)) for n in numbers))


def _comparison(tree: exp.Binary) -> Formula | None:
    column, constant, turned = tree.left, tree.right, False
    if not isinstance(column, exp.Column):
        column, constant, turned = tree.right, tree.left, True
    if not isinstance(column, exp.Column):
        return None
    is_equality = isinstance(tree, exp.EQ | exp.NEQ)
    text, number = _text(constant), _number(constant)
    found: Formula
    if isinstance(constant, exp.Boolean) and is_equality:
        found = _flag(column) if constant.this else Not(_flag(column))
    elif text is not None and is_equality:
        found = Compare(column.name, Levels(frozenset({text})))
    elif number is not None and is_equality:
        found = Compare(column.name, Interval(number, number, True, True))
    elif number is not None:
        side, closed = _SIDES[type(tree)]
        if (side == "below") != turned:
            found = Compare(column.name, Interval(upper=number, upper_closed=closed))
        else:
            found = Compare(column.name, Interval(lower=number, lower_closed=closed))
    else:
        return None
    return Not(found) if isinstance(tree, exp.NEQ) else found


def _flag(column: exp.Column) -> Compare:
    return Compare(column.name, Levels(frozenset({"true"})), is_flag=True)


def _text(node: exp.Expr) -> str | None:
    return str(node.this) if isinstance(node, exp.Literal) and node.is_string else None


def _number(node: exp.Expr) -> Decimal | None:
    """A plain decimal that is compared exactly; with an exponent it is a DOUBLE, which is not."""
    if isinstance(node, exp.Neg):
        inner = _number(node.this)
        return None if inner is None else -inner
    if not isinstance(node, exp.Literal) or node.is_string or "e" in str(node.this).lower():
        return None
    text = str(node.this)
    return Decimal(text) if len(text.replace(".", "")) <= MAX_DIGITS else None
