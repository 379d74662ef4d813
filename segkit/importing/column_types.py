"""Types of the columns that a CASE looks at: known, told, or what the constants beside them say."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence

from sqlglot import exp

from segkit.core.columns import Column, parse_type
from segkit.errors import ConfigError, Label, Problem
from segkit.importing.old_cases import OldCase
from segkit.importing.request import ImportOptions
from segkit.importing.sql_file import REFUSED, SqlFile
from segkit.importing.statement import Item, Statement

_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.Abs, exp.Round)
_OF_TEXT = (exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Substring, exp.StartsWith)
_LIKE = (exp.Like, exp.ILike, exp.RegexpLike, exp.RegexpFullMatch, exp.SimilarTo)


def columns_of(
    file: SqlFile,
    statement: Statement,
    given: ImportOptions,
    known: Mapping[str, Column],
    items: Sequence[Item],
) -> dict[str, Column]:
    """Columns by name: those of the relation, or assumed from the constants beside them."""
    told = {name.casefold(): parse_type(type_) for name, type_ in given.types.items()}
    _check_types(given, known, items)
    _check_aliases(file, statement, items, known)
    if known:
        _check_names(file, items, known, given.relation or statement.relation)
        columns = dict(known)
    else:
        columns = assumed_columns(file, [item.node for item in items], set(told))
    return {
        name: Column(name, told.get(name.casefold(), column.type))
        for name, column in columns.items()
    }


def _check_types(given: ImportOptions, known: Mapping[str, Column], items: Sequence[Item]) -> None:
    """A type is for a column of a CASE that nothing else tells."""
    columns = {name.casefold(): column for name, column in known.items()}
    used = {column.name.casefold() for item in items for column in item.node.find_all(exp.Column)}
    for name in given.types:
        there = columns.get(name.casefold())
        if there is not None:
            message = f"--type {name}: the project knows that it is {there.type.sql}"
            raise ConfigError(Problem("SK702", message, help="leave --type out"))
        if name.casefold() not in used:
            near = difflib.get_close_matches(name.casefold(), used, n=1)
            hint = f"did you mean `{near[0]}`?" if near else "leave it out"
            raise ConfigError(Problem("SK702", f"--type {name}: no CASE looks at it", help=hint))


def _check_aliases(
    file: SqlFile, statement: Statement, items: Sequence[Item], known: Mapping[str, Column]
) -> None:
    """Refuse a CASE over a column that the SELECT itself makes: no relation has it."""
    names = {name.casefold() for name in known}
    made = {
        item.alias.casefold(): item
        for item in statement.items
        if item.alias is not None and item.alias.casefold() not in names
    }
    problems = []
    for item in items:
        for column in item.node.find_all(exp.Column):
            source = made.get(column.name.casefold())
            is_itself = source is not None and source.node == column
            if source is None or column.table or is_itself or source is item:
                continue
            message = f"`{column.name}` is made in this SELECT: no relation has it"
            labels = (Label(file.place_of(column)), Label(source.place, "made here"))
            help_ = "make it a column of a model, and import the CASE from a SELECT of that"
            problems.append(Problem(REFUSED, message, labels, help_))
    if problems:
        raise ConfigError(problems)


def _check_names(
    file: SqlFile, items: Sequence[Item], known: Mapping[str, Column], relation: str | None
) -> None:
    names = {name.casefold() for name in known}
    problems = []
    for item in items:
        for column in item.node.find_all(exp.Column):
            if column.name.casefold() not in names:
                near = difflib.get_close_matches(column.name, known, n=1)
                message = f"column `{column.name}` is not in {relation}"
                label = Label(file.place_of(column), f"did you mean `{near[0]}`?" if near else "")
                problems.append(Problem("SK104", message, (label,), f"it has: {', '.join(known)}"))
    if problems:
        raise ConfigError(problems)


def are_types_known(case: OldCase, given: ImportOptions, known: Mapping[str, Column]) -> bool:
    told = {name.casefold() for name in given.types}
    return bool(known) or all(name.casefold() in told for name in case.columns)


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
