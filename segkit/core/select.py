"""The SELECT of a published view: key, features, and what the codes are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from segkit.core.columns import Column
from segkit.core.dialect import DUCKDB, Dialect, identifier, literal
from segkit.core.emit import Operand, Operands, case_lines, chain_of
from segkit.core.rules import Case
from segkit.core.tree import columns as tree_columns
from segkit.core.tree import leaves

_LIST_WIDTH = 72  # a longer list of texts stands on a line each


@dataclass(frozen=True)
class CodedColumn:
    """One CASE of a view: an integer column ``code`` and the texts looked up by it.

    ``id_column`` and ``name_column`` are the published names of the outcome's
    id and name; None leaves that text out (a bucket has a label only).
    """

    code: str
    case: Case
    name_column: str
    id_column: str | None = None


@dataclass(frozen=True)
class ViewSelect:
    """Everything that a view's SELECT says, apart from the relation that it reads.

    ``columns`` types the key, the features and every column that a case tests.
    """

    key: str
    passed: tuple[str, ...]  # features, as they are
    coded: tuple[CodedColumn, ...]
    columns: Mapping[str, Column]

    @property
    def tested(self) -> tuple[str, ...]:
        """Columns that the cases test, in order."""
        return tuple(
            dict.fromkeys(name for coded in self.coded for name in tree_columns(coded.case.tree))
        )

    @property
    def output(self) -> tuple[str, ...]:
        """Names of the view's columns, in order."""
        names = [self.key, *self.passed]
        for coded in self.coded:
            names += [coded.id_column] if coded.id_column else []
            names += [coded.name_column, coded.code]
        return tuple(names)


def select_sql(view: ViewSelect, relation_sql: str, dialect: Dialect = DUCKDB) -> str:
    """Return the SELECT: non-finite values made NULL, then the cases, then the texts."""
    key = identifier(view.key, dialect)
    passed = [identifier(name, dialect) for name in view.passed]
    finite = _finite_names(view)
    source, steps = relation_sql, []
    if finite:
        guards = [
            f"CASE WHEN {dialect.is_finite.format(identifier(name, dialect))} "
            f"THEN {identifier(name, dialect)} END AS {identifier(guard, dialect)}"
            for name, guard in finite.items()
        ]
        others = [identifier(n, dialect) for n in view.tested if n not in finite]
        inner = list(dict.fromkeys([key, *passed, *others]))
        steps.append(_step("finite", [*inner, *guards], source))
        source = "finite"
    operands = {
        name: Operand(identifier(finite.get(name, name), dialect), view.columns[name].type)
        for name in view.tested
    }
    cases = [_case_item(coded, operands, dialect) for coded in view.coded]
    steps.append(_step("assigned", [key, *passed, *cases], source))
    last = [key, *passed]
    for coded in view.coded:
        last += _lookups(coded, dialect)
    return "WITH " + ",\n".join(steps) + "\nSELECT\n" + _items(last) + "\nFROM assigned"


def _step(name: str, items: Sequence[str], source: str) -> str:
    return f"{name} AS (\n  SELECT\n{_items(items, '    ')}\n  FROM {source}\n)"


def _items(items: Sequence[str], indent: str = "  ") -> str:
    return ",\n".join(item if item.startswith(indent) else indent + item for item in items)


def _case_item(coded: CodedColumn, operands: Operands, dialect: Dialect) -> str:
    chain = chain_of(coded.case.tree, operands, dialect)

    def name_of(code: int) -> str:
        outcome = coded.case.outcome(code)
        return f"{outcome.id} {outcome.name}" if coded.id_column and code else outcome.name

    lines = case_lines(chain, name_of, "    ")
    return "\n".join(lines) + f" AS {identifier(coded.code, dialect)}"


def _lookups(coded: CodedColumn, dialect: Dialect) -> list[str]:
    code = identifier(coded.code, dialect)
    first = _first_code(coded)
    index = code if first else f"{code} + 1"
    items = []
    wanted = [(coded.id_column, "id"), (coded.name_column, "name")]
    for column, attribute in ((c, a) for c, a in wanted if c):
        texts = _texts_by_code(coded, attribute, first, dialect)
        listed = ", ".join(texts)
        if len(listed) > _LIST_WIDTH:
            listed = "\n    " + ",\n    ".join(texts) + "\n  "
        lookup = dialect.lookup.format(items=listed, index=index)
        items.append(f"{lookup} AS {identifier(column, dialect)}")
    return [*items, code]


def _first_code(coded: CodedColumn) -> int:
    """0 if the tree has a leaf for missing values, else 1."""
    return 0 if any(leaf.code == 0 for leaf in leaves(coded.case.tree)) else 1


def _texts_by_code(coded: CodedColumn, attribute: str, first: int, dialect: Dialect) -> list[str]:
    """The outcomes' texts by position; NULL for the code of a segment that was retired."""
    texts = {o.code: literal(getattr(o, attribute), dialect) for o in coded.case.outcomes}
    return [texts.get(code, "NULL") for code in range(first, max(texts) + 1)]


def _finite_names(view: ViewSelect) -> dict[str, str]:
    """Tested columns that can hold NaN or infinity, and the name of their guarded twin."""
    taken = {name.casefold() for name in (*view.columns, *view.output)}
    names: dict[str, str] = {}
    for column in view.tested:
        if view.columns[column].type.holds_non_finite:
            guard = f"{column}_finite"
            while guard.casefold() in taken:
                guard += "_"
            taken.add(guard.casefold())
            names[column] = guard
    return names


def operands_guarded(view: ViewSelect, dialect: Dialect = DUCKDB) -> Operands:
    """Operands with the guard written inline, for SQL that is not for reading."""
    return guarded(view.tested, view.columns, dialect)


def guarded(
    names: Iterable[str], columns: Mapping[str, Column], dialect: Dialect = DUCKDB
) -> Operands:
    """Operands by column, each NULL where its value is not finite."""
    operands = {}
    for name in names:
        sql = identifier(name, dialect)
        if columns[name].type.holds_non_finite:
            sql = f"(CASE WHEN {dialect.is_finite.format(sql)} THEN {sql} END)"
        operands[name] = Operand(sql, columns[name].type)
    return operands


def expression_sql(coded: CodedColumn, view: ViewSelect, dialect: Dialect = DUCKDB) -> str:
    """One scalar expression: the outcome's id (or label) for a row, for use in any SELECT."""
    chain = chain_of(coded.case.tree, operands_guarded(view, dialect), dialect)
    attribute = "id" if coded.id_column else "name"
    lines = case_lines(chain, lambda code: coded.case.outcome(code).name, "")
    first = _first_code(coded)
    items = ", ".join(_texts_by_code(coded, attribute, first, dialect))
    body = "\n".join(lines)
    return dialect.lookup.format(items=items, index=body if first else f"{body} + 1")
