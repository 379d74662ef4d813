"""Conditions that a person wrote in SQL, and what can be proved of them.

A ``Predicate`` keeps its text: that is what runs. Where the text is simple
(comparisons of a column with constants, joined by AND, OR and NOT) it also has
a ``Formula``, which says the same as data. Logic is that of SQL: a comparison
with NULL is neither TRUE nor FALSE.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from segkit.core.columns import Column, Kind
from segkit.core.rules import EVERYTHING, Condition, Interval, Levels, Values, intersect

MAX_TERMS = 512
_QUOTED_OR_SPACE = re.compile(r"""(?P<quoted>'[^']*'|"[^"]*")|\s+""")


@dataclass(frozen=True)
class Compare:
    """TRUE for a value among ``values``, FALSE for another, unknown for NULL.

    ``is_flag``: the column is asked for TRUE itself, not for the text 'true'.
    """

    column: str
    values: Values
    is_flag: bool = False


@dataclass(frozen=True)
class IsNull:
    """TRUE for NULL, FALSE for a value; never unknown."""

    column: str


@dataclass(frozen=True)
class Not:
    part: Formula


@dataclass(frozen=True)
class AllOf:
    parts: tuple[Formula, ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple[Formula, ...]


Formula = Compare | IsNull | Not | AllOf | AnyOf
Term = Mapping[str, Condition]  # a conjunction, by column


class TooComplex(Exception):
    """Nothing is proved of a formula of so many parts; the data have to tell."""


@dataclass(frozen=True)
class ColumnUse:
    """The characters ``start`` up to ``end`` of a text name a column."""

    start: int
    end: int
    column: str


@dataclass(frozen=True)
class Predicate:
    """``text`` is a scalar boolean in SQL over columns of one relation.

    ``formula`` is None where the text is not simple. ``is_compound``: it needs
    brackets beside OR and NOT.
    """

    text: str
    uses: tuple[ColumnUse, ...]
    formula: Formula | None = None
    is_compound: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(use.column for use in self.uses))

    @property
    def spaced(self) -> str:
        """The text with one space for any white space, but for what is quoted."""
        return _QUOTED_OR_SPACE.sub(lambda found: found["quoted"] or " ", self.text).strip()

    def sql(self, operands: Mapping[str, str], *, brackets: bool = False) -> str:
        """The text with each column written as ``operands`` has it."""
        text = self.text
        for use in sorted(self.uses, key=lambda use: -use.start):
            text = text[: use.start] + operands[use.column] + text[use.end :]
        return f"({text})" if brackets and self.is_compound else text


def bound(predicate: Predicate, columns: Mapping[str, Column]) -> Predicate:
    """Return the predicate with its columns named as the relation names them.

    Its formula is dropped where a constant is of another kind than its column:
    then the engine casts, and what it means is for the engine to say.
    """
    names = {name.casefold(): name for name in columns}
    uses = tuple(
        replace(use, column=names.get(use.column.casefold(), use.column)) for use in predicate.uses
    )
    formula = predicate.formula
    if formula is not None:
        kinds = {name: column.type.kind for name, column in columns.items()}
        formula = _bound(formula, names, kinds)
        if not all(_fits(atom, kinds) for atom in _atoms(formula)):
            formula = None
    return replace(predicate, uses=uses, formula=formula)


def spelled_alike(predicates: Sequence[Predicate]) -> list[Predicate]:
    """Return the predicates with formulas that spell each column as its first use does."""
    names: dict[str, str] = {}
    for predicate in predicates:
        for use in predicate.uses:
            names.setdefault(use.column.casefold(), use.column)
    return [
        replace(p, formula=p.formula and _bound(p.formula, names, kinds={})) for p in predicates
    ]


def _bound(formula: Formula, names: Mapping[str, str], kinds: Mapping[str, Kind]) -> Formula:
    if isinstance(formula, IsNull):
        return IsNull(names.get(formula.column.casefold(), formula.column))
    if isinstance(formula, Compare):
        name = names.get(formula.column.casefold(), formula.column)
        values = formula.values
        if kinds.get(name) is Kind.DOUBLE and isinstance(values, Interval):
            values = values.on_floats()
        return replace(formula, column=name, values=values)
    if isinstance(formula, Not):
        return Not(_bound(formula.part, names, kinds))
    return replace(formula, parts=tuple(_bound(part, names, kinds) for part in formula.parts))


def _atoms(formula: Formula) -> Iterator[Compare | IsNull]:
    if isinstance(formula, Compare | IsNull):
        yield formula
    elif isinstance(formula, Not):
        yield from _atoms(formula.part)
    else:
        yield from chain.from_iterable(map(_atoms, formula.parts))


def _fits(atom: Compare | IsNull, kinds: Mapping[str, Kind]) -> bool:
    """A FLOAT is not compared in its own type with a decimal constant, so it does not fit."""
    kind = kinds.get(atom.column)
    if isinstance(atom, IsNull):
        return kind is not None
    if atom.is_flag:
        return kind is Kind.BOOLEAN
    if isinstance(atom.values, Levels):
        booleans = atom.values.listed <= {"true", "false"}
        return kind is Kind.TEXT or (kind is Kind.BOOLEAN and booleans)
    return kind in (Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE)


def constants(formula: Formula, column: str) -> tuple[Values, ...]:
    """What a column is compared with, in the order of the text."""
    return tuple(
        atom.values
        for atom in _atoms(formula)
        if isinstance(atom, Compare) and atom.column == column
    )


# proofs -----------------------------------------------------------------------------------------


def overlap(first: Formula, second: Formula, integers: Collection[str]) -> Term | None:
    """Return values for which both formulas are TRUE, or None: then they exclude each other.

    Parameters
    ----------
    integers : collection of str
        Columns that hold whole numbers only.

    Raises
    ------
    TooComplex
        If it cannot be told with reasonable effort.
    """
    return next(_joined([_terms(first, True), _terms(second, True)], integers), None)


def gap(formulas: Sequence[Formula], integers: Collection[str]) -> Term | None:
    """Return values for which every formula is FALSE, or None: then nobody is left out.

    A row for which one is unknown is not left out: it is a missing one.
    """
    return next(_joined([_terms(formula, False) for formula in formulas], integers), None)


def _joined(groups: Sequence[Sequence[Term]], integers: Collection[str]) -> Iterator[Term]:
    """Every conjunction of one term of each group that something can fulfil."""
    found: list[Term] = [{}]
    for group in groups:
        found = _product(found, group)
    for term in found:
        whole = (_on_integers(c) if name in integers else c for name, c in term.items())
        if not any(condition.is_impossible for condition in whole):
            yield term


def _on_integers(condition: Condition) -> Condition:
    if not isinstance(condition.values, Interval):
        return condition
    values = condition.values.on_integers()
    return replace(condition, values=None if values.is_empty else values)


def _terms(formula: Formula, wanted: bool) -> list[Term]:
    """The formula is TRUE (or FALSE, if not ``wanted``) where one of the terms holds."""
    if isinstance(formula, IsNull):
        values = None if wanted else EVERYTHING
        return [{formula.column: Condition(formula.column, values, null=wanted)}]
    if isinstance(formula, Compare):
        sets = [formula.values] if wanted else _others(formula.values)
        return [{formula.column: Condition(formula.column, values)} for values in sets]
    if isinstance(formula, Not):
        return _terms(formula.part, not wanted)
    groups = [_terms(part, wanted) for part in formula.parts]
    if isinstance(formula, AllOf) != wanted:  # AND is FALSE, and OR TRUE, by one part alone
        return _limited([term for group in groups for term in group])
    found: list[Term] = [{}]
    for group in groups:
        found = _product(found, group)
    return found


def _others(values: Values) -> list[Values]:
    """The values that are not among these, as sets of the same kind."""
    if isinstance(values, Levels):
        return [values.complement] if not values.complement.is_empty else []
    sets: list[Values] = []
    if values.lower is not None:
        sets.append(Interval(upper=values.lower, upper_closed=not values.lower_closed))
    if values.upper is not None:
        sets.append(Interval(lower=values.upper, lower_closed=not values.upper_closed))
    return sets


def _product(first: Sequence[Term], second: Sequence[Term]) -> list[Term]:
    terms = []
    for one in first:
        for other in second:
            both = _both(one, other)
            if both is not None:
                terms.append(both)
        _limited(terms)
    return terms


def _limited(terms: list[Term]) -> list[Term]:
    if len(terms) > MAX_TERMS:
        raise TooComplex
    return terms


def _both(one: Term, other: Term) -> Term | None:
    both = dict(one)
    for name, condition in other.items():
        here = both.get(name, Condition(name, null=True))
        try:
            values = intersect(here.values, condition.values)
        except TypeError:
            raise TooComplex from None
        both[name] = Condition(name, values, here.null and condition.null)
        if both[name].is_impossible:
            return None
    return both
