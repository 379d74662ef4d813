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

from segkit.core.arithmetic import Term, measured
from segkit.core.columns import Column, ColumnType, Kind
from segkit.core.guarded_text import PUBLISHED, Spelling, spelled
from segkit.core.rules import Levels, Values

_QUOTED_OR_SPACE = re.compile(r"""(?P<quoted>'[^']*'|"[^"]*")|\s+""")
# beside a BIGINT a longer one does not fit a DECIMAL: it becomes a DOUBLE
BIGINT_DIGITS = 18
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
Step = Callable[[str], Decimal | None]  # of a column: what lies between two values, if anything


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
    terms: tuple[Term, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(use.column for use in self.uses))

    @property
    def spaced(self) -> str:
        """The text with one space for any white space, but for what is quoted."""
        return _QUOTED_OR_SPACE.sub(lambda found: found["quoted"] or " ", self.text).strip()

    def sql(
        self, operands: Mapping[str, str], *, brackets: bool = False, spelling: Spelling = PUBLISHED
    ) -> str:
        """The text with its columns as ``operands`` has them, and what it computes guarded."""
        text = self.text
        if self.terms:
            text = spelled(text, self.terms, operands, spelling)
        else:
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
    terms = tuple(measured(term, columns) for term in predicate.terms)
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
    return all(_is_compared_exactly(end, type_) for end in atom.values.ends)


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
