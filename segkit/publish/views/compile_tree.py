"""Anyone's fitted scikit-learn tree as one SQL expression."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from segkit.core.columns import ColumnType, Kind
from segkit.dialects.emit import Operand, case_lines, chain_of
from segkit.dialects.spelling import boolean, identifier, literal, looked_up
from segkit.dialects.table import Dialect, dialect_named
from segkit.errors import CompileError, Problem
from segkit.learn.trees.sklearn_tree import labels_of, tree_of_sklearn

_UNKNOWN = ColumnType("", Kind.OTHER)  # compared as a double, like scikit-learn does


def compile_tree(
    tree: Any,
    feature_names: Sequence[str],
    *,
    class_names: Sequence[str | int] | None = None,
    dialect: str = "duckdb",
) -> str:
    """Return one scalar SQL expression that equals ``tree.predict`` on every row.

    Columns are numbers of any type. NULL stands for NaN, and goes where the
    tree sends it; infinities are outside. What is written was compared with
    ``predict`` on edge cases of every leaf.

    Parameters
    ----------
    tree : sklearn.tree.DecisionTreeClassifier
        Fitted, with one output.
    feature_names : sequence of str
        The column of each feature, in the order of ``fit``.
    class_names : sequence of str or int, optional
        What to return for each of ``tree.classes_``; the classes themselves by default.
    dialect : str
        See ``segkit compile --help``.

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
      WHEN age > 41.0e0 THEN 1  -- old
      ELSE 2                    -- young
    END]
    """
    chosen = dialect_named(dialect)
    is_list = isinstance(feature_names, Iterable) and not isinstance(feature_names, str)
    names = list(feature_names) if is_list else feature_names
    ours = tree_of_sklearn(tree, names)
    _check_names(names, chosen)
    labels = labels_of(tree, class_names)
    try:
        operands = {name: Operand(identifier(name, chosen), _UNKNOWN) for name in names}
        texts = [_label_sql(label, chosen) for label in labels]
    except ValueError as error:
        hint = "a column's name has a character and no control characters, a class no NUL"
        raise CompileError(Problem("SK802", str(error), help=hint)) from error
    chain = chain_of(ours, operands, chosen)
    if not chain.whens:
        return texts[chain.otherwise - 1]
    if chosen.looks_up and isinstance(labels[0], str):
        case = case_lines(chain, lambda code: str(labels[code - 1]), "")
        return looked_up("\n".join(case), texts, chosen)
    return "\n".join(case_lines(chain, lambda code: "", "", lambda code: texts[code - 1]))


def _check_names(names: Sequence[str], dialect: Dialect) -> None:
    twice = [name for name, count in Counter(n.casefold() for n in names).items() if count > 1]
    if twice and dialect.ignores_case:
        alike = " and ".join(f"`{name}`" for name in names if name.casefold() == twice[0])
        message = f"{alike} are one column in {dialect.title}"
        raise CompileError(Problem("SK802", message, help="give them different names"))


def _label_sql(label: str | int | bool, dialect: Dialect) -> str:
    if isinstance(label, bool):
        return boolean(label, dialect)
    return str(label) if isinstance(label, int) else literal(label, dialect)
