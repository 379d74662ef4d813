"""What a condition computes: its numbers as terms, and which of them need a guard.

A value that is not finite counts as NULL, in a column and wherever a condition
computes one: ``orders / 0`` is infinity in DuckDB, greater than any limit, an
error in PostgreSQL, NULL in SQLite. So what is divided by is never 0
(``nullif``), and where a result can still be infinity or NaN it is asked
whether it is finite. What cannot happen is not guarded: ``magnitude.py``. The text
with its guards: ``guarded_text.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import chain

from segkit.core.columns import Column
from segkit.core.magnitude import (
    DOUBLES,
    UNKNOWN,
    Grain,
    Magnitude,
    computed,
    converted,
    of_call,
    of_number,
    of_type,
)

MAX_GUARDS = 8  # a guard writes what it guards twice, so these double the text each
_DIVIDES = frozenset({"/", "//", "%"})
_OPERATORS = {"mod": "%", "divide": "//", "multiply": "*", "add": "+", "subtract": "-"}  # as calls
_DOMAINS = {"sqrt": ">= 0", **dict.fromkeys(("ln", "log", "log2", "log10"), "> 0")}
_KEEP_INFINITY = frozenset({"abs", "round", "floor", "ceil", "ceiling", "trunc"})
_SKIPPING_NAMES = """
concat concat_ws greatest least list_avg list_kurtosis list_kurtosis_pop list_max list_min
list_product list_sem list_skewness list_stddev_pop list_stddev_samp list_sum list_value
list_var_pop list_var_samp
"""
_SKIPPING = frozenset(_SKIPPING_NAMES.split())  # NULL among their arguments


class Form(StrEnum):
    COLUMN = "column"
    NUMBER = "number"
    SUM = "sum"  # of + and -
    PRODUCT = "product"  # of *, /, // and %
    POWER = "power"
    SIGNED = "signed"
    BRACKETS = "brackets"
    CALL = "call"  # of a function whose arguments are terms
    CAST = "cast"
    OTHER = "other"  # no arithmetic, but its parts may be; of a function, too


_CALLS = (Form.CALL, Form.OTHER)


@dataclass(frozen=True)
class Term:
    """The characters ``start`` up to ``end`` of a condition are one value, made of ``parts``.

    ``words``: the operators between the parts, or the name of the column, the
    function or the type. ``magnitude`` is known once the columns' types are.
    """

    start: int
    end: int
    form: Form
    parts: tuple[Term, ...] = ()
    words: tuple[str, ...] = ()
    magnitude: Magnitude = UNKNOWN

    @property
    def bare(self) -> Term:
        """The term without the brackets around it."""
        return self.parts[0].bare if self.form is Form.BRACKETS else self

    @cached_property
    def divisors(self) -> frozenset[int]:
        """Places of the parts that are divided by."""
        return frozenset(i for i, word in enumerate(self.operators, start=1) if word in _DIVIDES)

    @property
    def operators(self) -> tuple[str, ...]:
        if self.form is Form.CALL and len(self.parts) == 2 and self.words[0] in _OPERATORS:
            return (_OPERATORS[self.words[0]],)
        return self.words if self.form in (Form.SUM, Form.PRODUCT) else ()

    @cached_property
    def separate(self) -> frozenset[int]:
        """Places of the parts whose infinity or NaN the value does not show: 1 / infinity is 0."""
        if self.form is Form.CALL and not self.operators:
            first = 1 if self.words[0] in _KEEP_INFINITY else 0
            return frozenset(range(first, len(self.parts)))
        if self.form in (Form.POWER, Form.CAST, Form.OTHER):
            return frozenset(range(len(self.parts)))
        return self.divisors

    @property
    def domain(self) -> str:
        """What the argument of a function has to be for a finite value, if that is simply said."""
        one = self.form is Form.CALL and len(self.parts) == 1
        return _DOMAINS.get(self.words[0], "") if one else ""

    @property
    def is_never_zero(self) -> bool:
        """True of a number that is not 0, and of ``nullif(..., 0)``."""
        if self.form in (Form.BRACKETS, Form.SIGNED):
            return self.parts[0].is_never_zero
        if self.form is Form.CALL and self.words[0] == "nullif" and len(self.parts) == 2:
            zero = self.parts[1].bare
            return zero.form is Form.NUMBER and of_number(zero.words[0]).is_zero
        return self.form is Form.NUMBER and not of_number(self.words[0]).is_zero

    @property
    def makes_double(self) -> bool:
        """Of a function whose result may be infinity or NaN, whatever its arguments hold."""
        return self.form in _CALLS and not DOUBLES.isdisjoint(self.words[:1])

    @property
    def skips_null(self) -> bool:
        """Of a function that takes the rest where one argument is NULL, without being asked to."""
        return bool(self.words) and self.words[0] in _SKIPPING and self.form in _CALLS

    @property
    def hidden(self) -> tuple[Term, ...]:
        """Arguments of a function that skips NULL which are not finite for some rows."""
        if not self.skips_null:
            return ()
        bare = [part.bare for part in self.parts]
        found = [p.hidden if p.skips_null and not p.makes_double else (p,) for p in bare]
        return tuple(part for part in chain.from_iterable(found) if part.may_fail)

    @property
    def is_made_of_parts(self) -> bool:
        """NULL where a part is, and otherwise only where it is not finite."""
        if self.form is Form.CALL:
            return self.words[0] in _KEEP_INFINITY | DOUBLES | _OPERATORS.keys()
        if self.form is Form.OTHER:
            return self.makes_double
        return self.form in (Form.SUM, Form.PRODUCT, Form.POWER, Form.SIGNED, Form.BRACKETS)

    @property
    def may_fail(self) -> bool:
        """Whether some numbers make a result of it that is not finite."""
        if self.skips_null:
            return self.makes_double or bool(self.hidden)
        if self.form is Form.CAST:
            return any(part.may_fail for part in self.parts)
        divides = any(not self.parts[place].is_never_zero for place in self.divisors)
        fails = self.magnitude.wild or divides or bool(self.domain)
        return self.is_made_of_parts and (fails or any(part.may_fail for part in self.parts))

    @property
    def sources(self) -> tuple[Term, ...]:
        """What may be NULL by itself in a value that ``may_fail``: columns, ``nullif``, CASE."""
        if self.form is Form.NUMBER:
            return ()
        if not self.is_made_of_parts and not self.may_fail:
            return (self,)
        return tuple(chain.from_iterable(part.sources for part in self.parts))

    def walk(self) -> Iterator[Term]:
        yield self
        yield from chain.from_iterable(part.walk() for part in self.parts)


@dataclass(frozen=True)
class Division:
    """The columns of what is divided, and of what it is divided by."""

    dividend: tuple[str, ...]
    divisor: tuple[str, ...]


def measured(term: Term, columns: Mapping[str, Column]) -> Term:
    """Return the term with all its magnitudes, and its columns called as they are there."""
    parts = tuple(measured(part, columns) for part in term.parts)
    known = replace(term, parts=parts)
    if term.form is not Form.COLUMN:
        return replace(known, magnitude=_magnitude(known))
    name = term.words[0].casefold()
    found = [column for column in columns.values() if column.name.casefold() == name]
    if not found:
        return known
    return replace(known, words=(found[0].name,), magnitude=of_type(found[0].type))


def _magnitude(term: Term) -> Magnitude:
    """What separate parts may be is asked of them alone."""
    sizes = [
        replace(part.magnitude, wild=False) if i in term.separate else part.magnitude
        for i, part in enumerate(term.parts)
    ]
    if term.operators:
        found = sizes[0]
        for operator, size in zip(term.operators, sizes[1:], strict=True):
            found = computed(found, operator, size)
        return found
    if term.form in (Form.BRACKETS, Form.SIGNED):
        return sizes[0]
    if term.form is Form.NUMBER:
        return of_number(term.words[0])
    if term.form is Form.CAST:
        return converted(sizes[0], term.words[0])
    if term.form is Form.POWER:
        return of_call("pow", sizes)
    found = of_call(term.words[0], sizes) if term.form is Form.CALL else UNKNOWN
    if term.form is Form.OTHER and term.makes_double:
        found = of_call(term.words[0], ())
    return replace(found, wild=False) if term.domain else found


def guards(term: Term, *, alone: bool = True) -> int:
    """How many guards may stand in one another, whatever the types: so often the text doubles."""
    calls = term.makes_double or (
        term.form is Form.CALL and term.words[0] in _KEEP_INFINITY | _OPERATORS.keys()
    )
    hides = term.skips_null and any(part.is_made_of_parts for part in term.parts)
    computes = calls or term.form not in (Form.COLUMN, Form.NUMBER, Form.CALL, Form.OTHER)
    here = hides or (alone and computes)
    inside = (guards(part, alone=i in term.separate) for i, part in enumerate(term.parts))
    return here + max(inside, default=0)


def divisions(terms: Sequence[Term]) -> tuple[Division, ...]:
    """Every division with a column in what is divided by, the first that stands there first."""
    found: dict[Division, None] = {}
    for term in chain.from_iterable(term.walk() for term in terms):
        for place in sorted(term.divisors):
            divisor = _columns(term.parts[place])
            dividend = dict.fromkeys(chain.from_iterable(map(_columns, term.parts[:place])))
            if divisor:
                found[Division(tuple(dividend), divisor)] = None
    return tuple(found)


def _columns(term: Term) -> tuple[str, ...]:
    names = (part.words[0] for part in term.walk() if part.form is Form.COLUMN)
    return tuple(dict.fromkeys(names))


def takes_rest_of_fractions(term: Term) -> bool:
    """Whether ``%`` stands in the term between numbers that are not whole."""
    size = term.parts[0].magnitude if term.operators else UNKNOWN
    for operator, part in zip(term.operators, term.parts[1:], strict=False):
        size = computed(size, operator, part.magnitude)
        if operator == "%" and not size.is_whole and size.grain is not Grain.UNKNOWN:
            return True
    return any(map(takes_rest_of_fractions, term.parts))
