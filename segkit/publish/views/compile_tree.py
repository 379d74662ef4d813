"""Anyone's fitted scikit-learn tree as one SQL expression."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from segkit.core.columns import ColumnType, Kind, parse_type
from segkit.core.tree import OneOf, Tree, splits
from segkit.core.typed_tree import in_types
from segkit.dialects.emit import Operand, case_lines, chain_of
from segkit.dialects.spelling import boolean, cast, double, identifier, literal, looked_up
from segkit.dialects.table import Dialect, dialect_named
from segkit.errors import CompileError, Problem
from segkit.learn.trees.sklearn_tree import read_sklearn

_UNKNOWN = ColumnType("", Kind.OTHER)  # compared as a double, like scikit-learn does
_KNOWN_TYPES = "BOOLEAN, INTEGER, BIGINT, DECIMAL(18, 2), FLOAT, DOUBLE, VARCHAR and their kin"


def compile_tree(
    tree: Any,
    feature_names: Sequence[str],
    *,
    class_names: Sequence[str | int] | None = None,
    dialect: str = "duckdb",
    types: Mapping[str, str] | None = None,
    proba: Any = None,
) -> str:
    """Return one scalar SQL expression that equals ``tree.predict`` on every row.

    NULL stands for NaN, and goes where the tree sends it; infinities are outside, and so
    are rows that ``predict`` refuses. A pipeline gets its numbers as doubles. What is
    written was compared with ``predict`` on edge cases of every leaf.

    Parameters
    ----------
    tree : DecisionTreeClassifier, DecisionTreeRegressor, or Pipeline that ends in one
        Fitted, with one output. The steps before may be scalers, encoders, SimpleImputer
        and ColumnTransformer: docs/compiler.md has the list.
    feature_names : sequence of str
        The column of each feature, in the order of ``fit``.
    class_names : sequence of str or int, optional
        What to return for each of ``tree.classes_``; the classes themselves by default.
    dialect : str
        See ``segkit compile --help``.
    types : mapping of str to str, optional
        SQL type of columns. BOOLEAN has to be said (TRUE is 1); whole numbers and decimals
        are then compared as they are, and others, or all that are not named, as doubles.
    proba : one of ``tree.classes_``, optional
        Return this class's column of ``predict_proba`` instead, a double.

    Raises
    ------
    CompileError
        SK801 for what is no such tree, SK802 for a name that the dialect does not allow.
    ConfigError
        SK702 for a dialect that is not known.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> stump = DecisionTreeClassifier().fit([[18.0], [64.0]], ["young", "old"])
    >>> print(compile_tree(stump, ["age"]))
    ['old', 'young'][CASE
      WHEN age <= 41.00000190734863e0 THEN 2  -- young
      ELSE 1                                  -- old
    END]
    >>> print(compile_tree(stump, ["age"], types={"age": "INTEGER"}, proba="old"))
    CASE
      WHEN age <= 41 THEN 0.0e0
      ELSE 1.0e0
    END
    """
    chosen = dialect_named(dialect)
    is_list = isinstance(feature_names, Iterable) and not isinstance(feature_names, str)
    names = list(feature_names) if is_list else feature_names
    given = _column_types(types or {}, names if is_list else ())
    read = read_sklearn(tree, names, class_names=class_names, proba=proba, types=given)
    ours = in_types(read.tree, read.types)
    _check_names(names, chosen)
    try:
        columns = {name: identifier(name, chosen) for name in names}
        texts = [_value_sql(value, chosen) for value in read.values]
        chain = chain_of(ours, _operands(ours, columns, read.types, chosen), chosen)
    except ValueError as error:
        hint = "a column's name has a character and no control characters, a text no NUL"
        raise CompileError(Problem("SK802", str(error), help=hint)) from error
    is_double = isinstance(read.values[0], float)
    if not chain.whens:
        sql = texts[chain.otherwise - 1]
    elif chosen.looks_up and isinstance(read.values[0], str):
        case = case_lines(chain, lambda code: str(read.values[code - 1]), "")
        sql = looked_up("\n".join(case), texts, chosen)
    else:
        sql = "\n".join(case_lines(chain, lambda code: "", "", lambda code: texts[code - 1]))
    as_decimal = is_double and not chosen.exponent_is_double
    return cast(sql, Kind.DOUBLE, chosen) if as_decimal else sql


def _column_types(types: Mapping[str, str], names: Sequence[str]) -> Mapping[str, ColumnType]:
    strange = next((name for name in types if name not in names), None)
    if strange is not None:
        message = f"`types` has `{strange}`, which is no column of the tree"
        raise CompileError(Problem("SK801", message, help=f"the columns are {list(names)}"))
    return {name: _column_type(name, str(sql)) for name, sql in types.items()}


def _column_type(name: str, sql: str) -> ColumnType:
    type_ = parse_type(sql)
    if type_.kind in (Kind.DATE, Kind.TIMESTAMP):
        message = f"`{name}` is a {sql}, and a tree compares numbers"
        hint = "make it a number in a view, days since a fixed day, as it was for `fit`"
        raise CompileError(Problem("SK801", message, help=hint))
    if type_.kind is Kind.OTHER:
        message = f"`{sql}`, the type of `{name}`, is none that segkit knows"
        hint = f"known are {_KNOWN_TYPES}; a number that is left out is compared as a double"
        raise CompileError(Problem("SK801", message, help=hint))
    if type_.kind is Kind.DECIMAL and "(" not in sql:
        return replace(_UNKNOWN, sql=sql)  # of how many digits differs between the databases
    return type_


def _operands(
    tree: Tree, columns: Mapping[str, str], types: Mapping[str, ColumnType], dialect: Dialect
) -> Mapping[str, Operand]:
    lists = {split.column for split in splits(tree) if isinstance(split.test, OneOf)}
    found = {}
    for name, sql in columns.items():
        type_ = types.get(name, _UNKNOWN)
        if name in lists and type_.kind in (Kind.OTHER, Kind.DECIMAL, Kind.FLOAT, Kind.DOUBLE):
            # its levels are whole numbers, and equal to what it is as a double
            sql, type_ = cast(sql, Kind.DOUBLE, dialect), ColumnType("BIGINT", Kind.INTEGER)
        found[name] = Operand(sql, type_)
    return found


def _check_names(names: Sequence[str], dialect: Dialect) -> None:
    twice = [name for name, count in Counter(n.casefold() for n in names).items() if count > 1]
    if twice and dialect.ignores_case:
        alike = " and ".join(f"`{name}`" for name in names if name.casefold() == twice[0])
        message = f"{alike} are one column in {dialect.title}"
        raise CompileError(Problem("SK802", message, help="give them different names"))


def _value_sql(value: str | int | bool | float, dialect: Dialect) -> str:
    if isinstance(value, bool):
        return boolean(value, dialect)
    if isinstance(value, float):
        return double(value)
    return str(value) if isinstance(value, int) else literal(value, dialect)
