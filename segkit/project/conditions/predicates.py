"""Conditions in SQL that stand in a YAML file: read, bounded, and understood where simple."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from segkit.core.arithmetic import MAX_GUARDS, guards
from segkit.core.predicate import ColumnUse, Predicate
from segkit.dialects.spelling import literal
from segkit.dialects.table import CONDITIONS
from segkit.errors import Label, Place, Problem
from segkit.project.conditions.formulas import read_formula
from segkit.project.conditions.sql_tree import TooDeep, parsed
from segkit.project.conditions.terms import read_terms

At = Callable[[int, int], Place]  # offset and length in the text
CODE = "SK206"
EXAMPLE = "write a condition such as `orders >= 10 AND tenure_days < 30`"
_TEXT = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_FROM_TODAY = "make the days since a date a column of a model, and name it here"
_IN_A_MODEL = "make it a column of a model, and name the column here"
_Kinds = type[exp.Expr] | tuple[type[exp.Expr], ...]
# what a condition cannot hold, in words, and the next step
_REFUSED: tuple[tuple[_Kinds, str, str], ...] = (
    (exp.PositionalColumn, "a column by its position", "write the name of the column"),
    (
        exp.Columns,
        "`COLUMNS`, which stands for many",
        "write the condition for each column, and AND between",
    ),
    (
        (exp.Query, exp.Values),
        "a query of its own",
        "join it in a model, and name the column here",
    ),
    (exp.Window, "a window function", _IN_A_MODEL),
    (exp.AggFunc, "an aggregate", _IN_A_MODEL),
    ((exp.Placeholder, exp.Parameter), "a parameter", EXAMPLE),
    (exp.Star, "`*`", EXAMPLE),
    (exp.Lambda, "a lambda", EXAMPLE),
    (exp.Rand, "a random number", EXAMPLE),
    (exp.CurrentDate, "the current date", _FROM_TODAY),
    (exp.CurrentTimestamp, "the current time", _FROM_TODAY),
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
# These stand beside OR and NOT without brackets.
_ATOMS = (exp.Predicate, exp.Column, exp.Boolean, exp.Paren, exp.Func)


def parse_condition(
    text: str, at: At, whole: Place, without_columns: str = EXAMPLE
) -> tuple[Predicate | None, list[Problem]]:
    """Return the predicate that a text in DuckDB's SQL states, or what is wrong with it.

    ``at``: the place of some characters of the text; ``whole`` is that of all.
    ``without_columns``: what to do about a condition that names no column.
    """
    try:
        found = parsed(text, "duckdb")
    except (ParseError, TokenError) as error:
        return None, [syntax_problem(error, text, at)]
    except TooDeep as error:
        label = Label(at(error.token.start, len(error.token.text)), "this is one more")
        hint = "make a column of a part of it in a model, and name the column here"
        return None, [Problem(CODE, f"a condition cannot have {error}", (label,), hint)]
    if len(found) != 1:
        message = f"these are {len(found)} statements, not a condition"
        message = message if found else "this condition is empty"
        return None, [Problem(CODE, message, (Label(whole),), EXAMPLE)]
    tree = found[0]
    problem = refusal(tree, text, at)
    if problem is not None:
        return None, [problem]
    uses = tuple(sorted(_uses(tree), key=lambda use: use.start))
    if not uses:
        message = "this condition names no column: it is the same for every row"
        return None, [Problem(CODE, message, (Label(at(0, len(text))),), without_columns)]
    is_compound = isinstance(tree, exp.Connector) or not isinstance(tree, _ATOMS)
    formula = read_formula(tree)
    terms = () if formula is not None else read_terms(text, uses)
    if max(map(guards, terms), default=0) > MAX_GUARDS:
        message = f"this condition computes with results of results, more than {MAX_GUARDS} deep"
        hint = "make a part of it a column of a model, and name the column here"
        return None, [Problem(CODE, message, (Label(at(0, len(text))),), hint)]
    return Predicate(text, uses, formula, is_compound, terms), []


def _uses(tree: exp.Expr) -> Iterator[ColumnUse]:
    for column in tree.find_all(exp.Column):
        start, end = span(column.this)
        yield ColumnUse(start, end, column.name)


def syntax_problem(error: Exception, text: str, at: At) -> Problem:
    quote = next((q for q in "'\"" if text.count(q) % 2), None)
    if isinstance(error, TokenError) and quote:
        label = Label(at(text.rfind(quote), 1), "this one")
        hint = f"add `{quote}` where the text ends"
        return Problem(CODE, f"a `{quote}` is never closed", (label,), hint)
    details = getattr(error, "errors", None) or [{}]
    bare = _TEXT.sub(lambda found: " " * len(found[0]), text)
    if bare.count("(") > bare.count(")"):
        label = Label(at(bare.find("("), 1), "one of them is not closed" * (bare.count("(") > 1))
        return Problem(CODE, "a `(` is never closed", (label,), "add the `)` that is missing")
    highlight = str(details[0].get("highlight") or "")
    before = str(details[0].get("start_context") or "")
    offset = text.find(before + highlight) + len(before) if before + highlight else 0
    label = Label(at(offset, len(highlight)), "stumbled over this")
    if not highlight:
        label = Label(at(0, len(text)))
    return Problem(CODE, "this is not a condition in SQL", (label,), EXAMPLE)


def refusal(tree: exp.Expr, text: str, at: At) -> Problem | None:
    """What a condition that can be read must not hold; None if all is well."""
    if "--" in text or "/*" in text:
        tokens = sqlglot.tokenize(text, dialect="duckdb")
        if any(token.comments for token in tokens):
            message = "a comment cannot stand in a condition: it runs inside other SQL"
            return Problem(CODE, message, (Label(at(0, len(text))),), "write a YAML comment (#)")
    if isinstance(tree, exp.Query | exp.DDL | exp.DML | exp.Command | exp.Alias):
        message = "this is a statement, not a condition"
        return Problem(CODE, message, (Label(at(0, len(text))),), EXAMPLE)
    return next((found for node in tree.walk() if (found := _refused(node, text, at))), None)


def _refused(node: exp.Expr, text: str, at: At) -> Problem | None:
    what, hint = next(((w, h) for kind, w, h in _REFUSED if isinstance(node, kind)), ("", EXAMPLE))
    if not what and (moving := _moving(node, text)):
        what = f"`{moving}`, which is another value each time"
    if what:
        message = f"a condition looks at one row: it cannot hold {what}"
    elif isinstance(node, exp.Column):
        return _no_plain_column(node, text, at)
    elif _is_null_compared(node):
        message = "a comparison with NULL is never true"
        hint = "write `... IS NULL`, or `... IS NOT NULL`"
    elif isinstance(node, exp.Dot):
        message = "a condition compares plain columns, not fields of one"
        hint = "make the field a column of a model"
    else:
        return None
    return Problem(CODE, message, (Label(at(0, len(text))),), hint)


def _no_plain_column(node: exp.Column, text: str, at: At) -> Problem | None:
    if not all("start" in part.meta for part in node.parts):
        message = "a word of SQL stands where the name of a column should"
        hint = "put the name in double quotes"
        return Problem(CODE, message, (Label(at(0, len(text))),), hint)
    if not node.table:
        return None
    first, *others = (text[slice(*span(part))] for part in node.parts)
    start, last = span(node.parts[0])[0], span(node.parts[-1])[1]
    message = f"`{text[start:last]}` names a relation or a field: name a column alone"
    fields = "".join(f"[{literal(part.name, CONDITIONS)}]" for part in node.parts[1:])
    hint = f"write `{others[-1]}`; if `{first}` is a column with fields, `{first}{fields}`"
    return Problem(CODE, message, (Label(at(start, last - start)),), hint)


def _moving(node: exp.Expr, text: str) -> str | None:
    """The name of a function whose value depends on when and where it is asked for."""
    if isinstance(node, exp.Anonymous):
        name = node.name.lower()
        from_today = name == "age" and len(node.expressions) == 1
        return name if name in _MOVING or from_today else None
    names = {name.lower() for name in node.sql_names()} if isinstance(node, exp.Func) else set()
    if not names & _MOVING:
        return None
    return text[slice(*span(node))] if "start" in node.meta else min(names & _MOVING)


def _is_null_compared(node: exp.Expr) -> bool:
    return isinstance(node, exp.EQ | exp.NEQ) and (
        isinstance(node.left, exp.Null) or isinstance(node.right, exp.Null)
    )


def span(identifier: exp.Expr) -> tuple[int, int]:
    return int(identifier.meta["start"]), int(identifier.meta["end"]) + 1
