"""Conditions in SQL that stand in a YAML file: read, bounded, and understood where simple."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from segkit.core.arithmetic import MAX_GUARDS, guards
from segkit.core.predicate import ColumnUse, Predicate
from segkit.errors import Label, Place, Problem
from segkit.project.conditions.formulas import read_formula
from segkit.project.conditions.refusals import CODE, EXAMPLE, At, refusal, span, syntax_problem
from segkit.project.conditions.sql_tree import TooDeep, parsed
from segkit.project.conditions.terms import read_terms

# These stand beside OR and NOT without brackets.
_ATOMS = (exp.Predicate, exp.Column, exp.Boolean, exp.Paren, exp.Func)


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
