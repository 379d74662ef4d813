"""The SELECT of a published view: key, features, and what the codes are called."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from segkit.core.case import Case, codes_of, columns_of, predicates_of, scores_of
from segkit.core.columns import Column, parse_type
from segkit.core.predicate import Predicate
from segkit.core.tree import Split
from segkit.dialects.emit import (
    Operand,
    Operands,
    case_inline,
    case_lines,
    chain_of,
    only_compared,
    predicate_sql,
)
from segkit.dialects.spelling import identifier, literal, looked_up
from segkit.dialects.table import CONDITIONS, Dialect
from segkit.errors import Place

SCORE_TYPE = parse_type("INTEGER")


@dataclass(frozen=True)
class CodedColumn:
    """One CASE of a view: an integer column ``code`` and the texts looked up by it.

    ``id_column`` and ``name_column`` are the published names of the outcome's
    id and name; None leaves that text out (a bucket has a label only). A score
    has neither, and is NULL instead of 0 where it is missing.
    """

    code: str
    case: Case
    name_column: str | None = None
    id_column: str | None = None

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """The published columns of texts, each with the attribute of the outcome that it shows."""
        both = (self.id_column, "id"), (self.name_column, "name")
        return tuple((column, attribute) for column, attribute in both if column)

    @property
    def is_score(self) -> bool:
        return self.name_column is None


@dataclass(frozen=True)
class ViewSelect:
    """Everything that a view's SELECT says, apart from the relation that it reads.

    ``columns`` types the key, the features and every column that a case tests.
    Only rows for which ``where`` is TRUE are in the view.
    """

    key: str
    passed: tuple[str, ...]  # features, as they are
    coded: tuple[CodedColumn, ...]
    columns: Mapping[str, Column]
    where: Predicate | None = None

    @cached_property
    def tested(self) -> tuple[str, ...]:
        """Columns that the cases test, in order."""
        return tuple(
            dict.fromkeys(name for coded in self.coded for name in columns_of(coded.case.decision))
        )

    @property
    def predicates(self) -> tuple[Predicate, ...]:
        """Conditions that the cases ask, in order."""
        return tuple(p for coded in self.coded for p in predicates_of(coded.case.decision))

    @property
    def output(self) -> tuple[str, ...]:
        """Names of the view's columns, in order."""
        names = [self.key, *self.passed]
        for coded in self.coded:
            names += [*(column for column, _ in coded.texts), coded.code]
        return tuple(names)

    @property
    def direct(self) -> tuple[CodedColumn, ...]:
        """Coded columns that look at the relation alone."""
        return tuple(coded for coded in self.coded if not scores_of(coded.case.decision))

    @property
    def combined(self) -> tuple[CodedColumn, ...]:
        """Coded columns that look at scores of the direct ones."""
        return tuple(coded for coded in self.coded if scores_of(coded.case.decision))


def select_sql(view: ViewSelect, relation_sql: str, dialect: Dialect) -> str:
    """Return the SELECT: non-finite values made NULL, the cases, those made of them, the texts."""
    steps, last = select_parts(view, relation_sql, dialect)
    return "WITH " + ",\n".join(steps) + f"\n{last}"


def select_translated(view: ViewSelect, relation_sql: str, dialect: Dialect, place: Place) -> str:
    """Return the SELECT with its conditions, which people write in DuckDB's SQL, in the dialect."""
    return select_sql(in_dialect(view, dialect, place), relation_sql, dialect)


def in_dialect(view: ViewSelect, dialect: Dialect, place: Place) -> ViewSelect:
    """The view with its conditions in the dialect."""
    if dialect is CONDITIONS or not (view.where or view.predicates):
        return view
    from segkit.dialects.translate import Translator  # sqlglot takes a while to import

    return Translator(dialect).view(view, place)


def condition_translated(
    predicate: Predicate, columns: Mapping[str, Column], dialect: Dialect, place: Place
) -> Predicate:
    """A condition, bound to columns by name, in the dialect."""
    if dialect is CONDITIONS:
        return predicate
    from segkit.dialects.translate import Translator

    return Translator(dialect).predicate(predicate, columns, place)


# Rows with the same codes become one, by a step (from the name of the one before it) that has the
# codes and these columns in place of the key and what is passed on.
Counted = tuple[Sequence[str], Callable[[str], str]]


def select_parts(
    view: ViewSelect,
    relation_sql: str,
    dialect: Dialect,
    *,
    prefix: str = "",
    counted: Counted | None = None,
) -> tuple[list[str], str]:
    """Return the steps, and the SELECT from the last; their names begin with ``prefix``."""
    steps, source = steps_and_last(view, relation_sql, dialect, prefix=prefix, counted=counted)
    kept = (view.key, *view.passed)
    items = list(counted[0]) if counted else [identifier(name, dialect) for name in kept]
    for coded in view.coded:
        items += lookups(coded, dialect)
    return steps, f"SELECT\n{_items(items)}\nFROM {source}"


def steps_and_last(
    view: ViewSelect,
    relation_sql: str,
    dialect: Dialect,
    *,
    prefix: str = "",
    counted: Counted | None = None,
) -> tuple[list[str], str]:
    """Return the steps, and the name of the last, which has the codes."""
    named = {part.casefold() for part in re.findall(r"\w+", relation_sql)}

    def step_name(name: str) -> str:
        """A step may not be called like the relation: it would be read instead."""
        name = f"{prefix}{name}"
        return f"{name}_" if name in named else name

    kept = [identifier(name, dialect) for name in (view.key, *view.passed)]
    finite = _finite_names(view, dialect)
    source, steps = _source(view, relation_sql, dialect), []
    if finite:
        guards = [
            f"CASE WHEN {dialect.is_finite.format(identifier(name, dialect))} "
            f"THEN {identifier(name, dialect)} END AS {identifier(guard, dialect)}"
            for name, guard in finite.items()
        ]
        others = [identifier(n, dialect) for n in view.tested if n not in finite]
        items = [*dict.fromkeys([*kept, *others]), *guards]
        steps.append(_step(step_name("finite"), items, source))
        source = step_name("finite")
    operands = _operands(view, finite, dialect)
    cases = [_case_item(coded, operands, dialect) for coded in view.direct]
    asked = {
        operands[name].sql: None
        for coded in view.combined
        for predicate in predicates_of(coded.case.decision)
        for name in predicate.columns
    }
    items = [*dict.fromkeys([*kept, *asked]), *cases]
    steps.append(_step(step_name("assigned"), items, source))
    source = step_name("assigned")
    if counted is not None:
        kept, count = list(counted[0]), counted[1]
        steps.append(f"{step_name('counted')} AS (\n{count(source)}\n)")
        source = step_name("counted")
    if view.combined:
        codes = {coded.code: identifier(coded.code, dialect) for coded in view.direct}
        # a score wins over a column of the relation that has its name
        scored = operands | {name: Operand(sql, SCORE_TYPE) for name, sql in codes.items()}
        combined = [_case_item(coded, scored, dialect) for coded in view.combined]
        steps.append(_step(step_name("combined"), [*kept, *codes.values(), *combined], source))
        source = step_name("combined")
    return steps, source


def _source(view: ViewSelect, relation_sql: str, dialect: Dialect) -> str:
    if view.where is None:
        return relation_sql
    operands = guarded(view.where.columns, view.columns, dialect)
    return f"{relation_sql}\n  WHERE {predicate_sql(view.where, operands)}"


def _operands(view: ViewSelect, finite: Mapping[str, str], dialect: Dialect) -> dict[str, Operand]:
    """How the cases write their columns: guarded twins where there are any."""
    bounded = _bounded(view, dialect)
    return {
        name: Operand(
            identifier(finite.get(name, name), dialect), view.columns[name].type, name in bounded
        )
        for name in view.tested
    }


def _bounded(view: ViewSelect, dialect: Dialect) -> frozenset[str]:
    """Columns whose comparisons themselves leave out what is not finite: it costs no step.

    Where the order of such values is known, and nothing but comparisons asks for the column.
    """
    if not dialect.orders_non_finite:
        return frozenset()
    compared: set[str] = set()
    others: set[str] = set()
    for coded in view.coded:
        decision = coded.case.decision
        plain = only_compared(decision) if isinstance(decision, Split) else frozenset()
        compared |= plain
        others |= {*columns_of(decision)} - plain
    kinds = {name: view.columns[name].type.non_finite for name in compared - others}
    return frozenset(name for name, values in kinds.items() if "inf" in values)


def _step(name: str, items: Sequence[str], source: str) -> str:
    return f"{name} AS (\n  SELECT\n{_items(items, '    ')}\n  FROM {source}\n)"


def _items(items: Sequence[str], indent: str = "  ") -> str:
    return ",\n".join(item if item.startswith(indent) else indent + item for item in items)


def _case_item(coded: CodedColumn, operands: Operands, dialect: Dialect) -> str:
    chain = chain_of(coded.case.decision, operands, dialect)

    def name_of(code: int) -> str:
        if coded.is_score:
            return "" if code else "no score"
        outcome = coded.case.outcome(code)
        return f"{outcome.id} {outcome.name}" if coded.id_column and code else outcome.name

    lines = case_lines(chain, name_of, "    ")
    return "\n".join(lines) + f" AS {identifier(coded.code, dialect)}"


def lookups(coded: CodedColumn, dialect: Dialect) -> list[str]:
    """Return the texts that belong to a code, and the code."""
    code = identifier(coded.code, dialect)
    if coded.is_score:
        return [f"nullif({code}, 0) AS {code}"]
    first = _first_code(coded)
    items = []
    for column, attribute in coded.texts:
        texts = _texts_by_code(coded, attribute, first, dialect)
        lookup = looked_up(code, texts, dialect, first=first, indent="  ")
        items.append(f"{lookup} AS {identifier(column, dialect)}")
    return [*items, code]


def _first_code(coded: CodedColumn) -> int:
    """0 if missing values have a code of their own, else 1."""
    return 0 if 0 in codes_of(coded.case.decision) else 1


def _texts_by_code(coded: CodedColumn, attribute: str, first: int, dialect: Dialect) -> list[str]:
    """The outcomes' texts by position; NULL for the code of a segment that was retired."""
    texts = {o.code: literal(getattr(o, attribute), dialect) for o in coded.case.outcomes}
    return [texts.get(code, "NULL") for code in range(first, max(texts) + 1)]


def _finite_names(view: ViewSelect, dialect: Dialect) -> dict[str, str]:
    """Tested columns that can hold NaN or infinity, and the name of their guarded twin."""
    taken = {name.casefold() for name in (*view.columns, *view.output)}
    names: dict[str, str] = {}
    bounded = _bounded(view, dialect)
    for column in (name for name in view.tested if name not in bounded):
        if view.columns[column].type.holds_non_finite and dialect.holds_non_finite:
            guard = f"{column}_finite"
            while guard.casefold() in taken:
                guard += "_"
            taken.add(guard.casefold())
            names[column] = guard
    return names


def operands_guarded(view: ViewSelect, dialect: Dialect) -> Operands:
    """Operands with the guard written inline, for SQL that is not for reading."""
    return guarded(view.tested, view.columns, dialect)


def guarded(names: Iterable[str], columns: Mapping[str, Column], dialect: Dialect) -> Operands:
    """Operands by column, each NULL where its value is not finite."""
    operands = {}
    for name in names:
        sql = identifier(name, dialect)
        if columns[name].type.holds_non_finite and dialect.holds_non_finite:
            sql = f"(CASE WHEN {dialect.is_finite.format(sql)} THEN {sql} END)"
        operands[name] = Operand(sql, columns[name].type)
    return operands


def expression_sql(
    coded: CodedColumn, view: ViewSelect, dialect: Dialect, attribute: str | None = None
) -> str:
    """One scalar expression for use in any SELECT: of a row's outcome the id (or label).

    ``attribute``: ``id`` or ``name`` of a segment's outcome; the first that it has without.
    """
    bounded = _bounded(view, dialect)
    written = _operands(view, {}, dialect)
    operands = {**operands_guarded(view, dialect), **{name: written[name] for name in bounded}}
    scores = {}
    for score in view.direct:
        if score.code in scores_of(coded.case.decision):
            inner = case_inline(chain_of(score.case.decision, operands, dialect))
            scores[score.code] = Operand(f"({inner})", SCORE_TYPE)
    chain = chain_of(coded.case.decision, {**operands, **scores}, dialect)
    if coded.is_score:
        return "nullif(" + "\n".join(case_lines(chain, lambda code: "", "")) + ", 0)"
    first = _first_code(coded)
    texts = _texts_by_code(coded, attribute or coded.texts[0][1], first, dialect)

    def name_of(code: int) -> str:
        return coded.case.outcome(code).name

    if not dialect.looks_up:
        return "\n".join(case_lines(chain, name_of, "", lambda code: texts[code - first]))
    return looked_up("\n".join(case_lines(chain, name_of, "")), texts, dialect, first=first)
