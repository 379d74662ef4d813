"""Conditions that a person wrote in SQL, and what can be proved of them.

A ``Predicate`` keeps its text: that is what runs. Where the text is simple
(comparisons of a column with constants, joined by AND, OR and NOT) it also has
a ``Formula``, which says the same as data. Logic is that of SQL: a comparison
with NULL is neither TRUE nor FALSE.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain

from segkit.core import arithmetic
from segkit.core.arithmetic import PUBLISHED, Spelling
from segkit.core.columns import Column, ColumnType, Kind
from segkit.core.rules import EVERYTHING, Condition, Interval, Levels, Values, intersect

MAX_TERMS = 512
_QUOTED_OR_SPACE = re.compile(r"""(?P<quoted>'[^']*'|"[^"]*")|\s+""")
_MAX_DIGITS = 38  # of a DECIMAL


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
Step = Callable[[str], Decimal | None]  # of a column: what lies between two values, if anything


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
    brackets beside OR and NOT. ``terms`` are its values, none where it computes
    nothing; a value that is not finite is NULL in it.
    """

    text: str
    uses: tuple[ColumnUse, ...]
    formula: Formula | None = None
    is_compound: bool = True
    terms: tuple[arithmetic.Term, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(use.column for use in self.uses))

    @property
    def spaced(self) -> str:
        """The text with one space for any white space, but for what is quoted."""
        return _QUOTED_OR_SPACE.sub(lambda found: found["quoted"] or " ", self.text).strip()

    def sql(
        self,
        operands: Mapping[str, str],
        *,
        brackets: bool = False,
        spelling: Spelling = PUBLISHED,
    ) -> str:
        """The text with its columns as ``operands`` has them, and what it computes guarded."""
        if self.terms:
            text = arithmetic.spelled(self.text, self.terms, operands, spelling)
            return f"({text})" if brackets and self.is_compound else text
        text = self.text
        for use in sorted(self.uses, key=lambda use: -use.start):
            text = text[: use.start] + operands[use.column] + text[use.end :]
        return f"({text})" if brackets and self.is_compound else text


def bound(predicate: Predicate, columns: Mapping[str, Column]) -> Predicate:
    """Return the predicate with its columns named as the relation names them.

    Its formula is dropped where the engine does not compare plain numbers or
    plain texts: what it means is for the engine to say.
    """
    names = {name.casefold(): name for name in columns}
    uses = tuple(
        replace(use, column=names.get(use.column.casefold(), use.column)) for use in predicate.uses
    )
    formula = predicate.formula
    if formula is not None:
        types = {name: column.type for name, column in columns.items()}
        formula = _bound(formula, names, types)
        if not all(_fits(atom, types.get(atom.column)) for atom in _atoms(formula)):
            formula = None
    terms = tuple(arithmetic.measured(term, columns) for term in predicate.terms)
    return replace(predicate, uses=uses, formula=formula, terms=terms)


def spelled_alike(predicates: Sequence[Predicate]) -> list[Predicate]:
    """Return the predicates with formulas that spell each column as its first use does.

    A column that is asked for 'true' or 'false' counts as a flag: it may be one.
    """
    names: dict[str, str] = {}
    for predicate in predicates:
        for use in predicate.uses:
            names.setdefault(use.column.casefold(), use.column)
    return [
        replace(p, formula=p.formula and _bound(p.formula, names, types={})) for p in predicates
    ]


def steps(columns: Mapping[str, Column]) -> Step:
    return {name: column.type.step for name, column in columns.items()}.get


def whole_numbers(_: str) -> Decimal:
    """The Step where no type is known: what is wrong then is wrong for every type."""
    return Decimal(1)


def _bound(formula: Formula, names: Mapping[str, str], types: Mapping[str, ColumnType]) -> Formula:
    if isinstance(formula, IsNull):
        return IsNull(names.get(formula.column.casefold(), formula.column))
    if isinstance(formula, Compare):
        name = names.get(formula.column.casefold(), formula.column)
        values, type_ = formula.values, types.get(name)
        if isinstance(values, Levels):
            may_be_flag = type_ is None or type_.kind is Kind.BOOLEAN
            if may_be_flag and values.listed <= {"true", "false"}:
                return _as_flag(name, values.listed)
        elif type_ is not None and type_.kind is Kind.DOUBLE:
            values = values.on_floats()
        return replace(formula, column=name, values=values)
    if isinstance(formula, Not):
        return Not(_bound(formula.part, names, types))
    return replace(formula, parts=tuple(_bound(part, names, types) for part in formula.parts))


def _as_flag(name: str, listed: frozenset[str]) -> Formula:
    """A flag that is not TRUE is FALSE; a text could be anything else."""
    is_true = Compare(name, Levels(frozenset({"true"})), is_flag=True)
    parts = tuple(is_true if text == "true" else Not(is_true) for text in sorted(listed))
    return parts[0] if len(parts) == 1 else AnyOf(parts)


def _atoms(formula: Formula) -> Iterator[Compare | IsNull]:
    if isinstance(formula, Compare | IsNull):
        yield formula
    elif isinstance(formula, Not):
        yield from _atoms(formula.part)
    else:
        yield from chain.from_iterable(map(_atoms, formula.parts))


def _fits(atom: Compare | IsNull, type_: ColumnType | None) -> bool:
    if type_ is None or isinstance(atom, IsNull):
        return type_ is not None
    if atom.is_flag:
        return type_.kind is Kind.BOOLEAN
    if isinstance(atom.values, Levels):
        return type_.is_plain_text
    ends = (atom.values.lower, atom.values.upper)
    return all(end is None or _is_compared_exactly(end, type_) for end in ends)


def _is_compared_exactly(end: Decimal, type_: ColumnType) -> bool:
    """A FLOAT is not, with a decimal constant; nor are numbers that fit no DECIMAL together."""
    if type_.kind not in (Kind.INTEGER, Kind.DECIMAL):
        return type_.kind is Kind.DOUBLE
    scale = max(type_.scale or 0, -int(end.as_tuple().exponent))
    if type_.kind is Kind.INTEGER and scale == 0:
        return type_.sql.upper() != "UHUGEINT"  # an INT64, beside a negative number
    whole = 39 if "HUGEINT" in type_.sql.upper() else 20
    if type_.precision is not None:
        whole = type_.precision - (type_.scale or 0)
    return max(whole, end.adjusted() + 1) + scale <= _MAX_DIGITS


def constants(formula: Formula, column: str) -> tuple[Values, ...]:
    """What a column is compared with, in the order of the text."""
    return tuple(
        atom.values
        for atom in _atoms(formula)
        if isinstance(atom, Compare) and atom.column == column
    )


# proofs -----------------------------------------------------------------------------------------


def overlap(first: Formula, second: Formula, step: Step) -> Term | None:
    """Return values for which both formulas are TRUE, or None: then they exclude each other.

    Raises
    ------
    TooComplex
        If it cannot be told with reasonable effort.
    """
    return next(_joined([terms_where(first, True), terms_where(second, True)], step), None)


def can_hold(formula: Formula, step: Step) -> bool:
    """False if the formula is TRUE for no values at all; raises TooComplex as ``overlap`` does."""
    return next(_joined([terms_where(formula, True)], step), None) is not None


def gap(formulas: Sequence[Formula], step: Step) -> Term | None:
    """Return values for which every formula is FALSE, or None: then nobody is left out.

    A row for which one is unknown is not left out: it is a missing one.
    """
    return next(_joined([terms_where(formula, False) for formula in formulas], step), None)


def terms_of(formula: Formula, wanted: bool) -> Sequence[Term]:
    """Return conjunctions by column; where one of them holds the formula is TRUE (or FALSE).

    None at all for one of too many parts.
    """
    try:
        return terms_where(formula, wanted)
    except TooComplex:
        return ()


def _joined(groups: Sequence[Sequence[Term]], step: Step) -> Iterator[Term]:
    """Every conjunction of one term of each group that something can fulfil."""
    found: list[Term] = [{}]
    for group in groups:
        found = term_product(found, group)
    for term in found:
        if all(has_room(condition, step(name)) for name, condition in term.items()):
            yield term


def has_room(condition: Condition, step: Decimal | None) -> bool:
    values = condition.values
    if step is None or condition.null or not isinstance(values, Interval):
        return not condition.is_impossible
    return not values.on_grid(step).is_empty


def terms_where(formula: Formula, wanted: bool) -> list[Term]:
    """The formula is TRUE (or FALSE, if not ``wanted``) where one of the terms holds."""
    if isinstance(formula, IsNull):
        values = None if wanted else EVERYTHING
        return [{formula.column: Condition(formula.column, values, null=wanted)}]
    if isinstance(formula, Compare):
        sets = [formula.values] if wanted else _others(formula.values)
        sets = [values for values in sets if not values.is_empty]
        return [{formula.column: Condition(formula.column, values)} for values in sets]
    if isinstance(formula, Not):
        return terms_where(formula.part, not wanted)
    groups = [terms_where(part, wanted) for part in formula.parts]
    if isinstance(formula, AllOf) != wanted:  # AND is FALSE, and OR TRUE, by one part alone
        return _limited([term for group in groups for term in group])
    found: list[Term] = [{}]
    for group in groups:
        found = term_product(found, group)
    return found


def _others(values: Values) -> list[Values]:
    """The values that are not among these, as sets of the same kind."""
    if isinstance(values, Levels):
        return [values.complement]
    sets: list[Values] = []
    if values.lower is not None:
        sets.append(Interval(upper=values.lower, upper_closed=not values.lower_closed))
    if values.upper is not None:
        sets.append(Interval(lower=values.upper, lower_closed=not values.upper_closed))
    return sets


def term_product(first: Sequence[Term], second: Sequence[Term]) -> list[Term]:
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
