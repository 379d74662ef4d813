"""The text of a condition, each value that may not be finite guarded where it is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from segkit.core.arithmetic import Form, Term
from segkit.core.magnitude import Grain, Magnitude, computed


@dataclass(frozen=True)
class Spelling:
    """How an engine guards a value.

    ``finite`` is a template for what is TRUE of finite numbers; empty where the
    engine has no others. ``divides_exactly``: its ``/`` may give whole numbers
    or decimals for such, so that what is divided is made a double first.
    """

    finite: str = "isfinite({})"
    divides_exactly: bool = False


PUBLISHED = Spelling()
Operands = Mapping[str, str]


def spelled(text: str, terms: Sequence[Term], operands: Operands, spelling: Spelling) -> str:
    """Return the condition with its columns as ``operands`` have them, and guards where needed."""
    writer = _Writer(text, operands, spelling)
    return spliced(text, 0, len(text), terms, [writer.guarded(term) for term in terms])


def spliced(text: str, start: int, end: int, parts: Sequence[Term], written: Sequence[str]) -> str:
    """The characters from ``start`` to ``end`` with each part as it is written."""
    pieces, at = [], start
    for part, sql in zip(parts, written, strict=True):
        pieces += [text[at : part.start], sql]
        at = part.end
    return "".join([*pieces, text[at:end]])


def unless_hidden(term: Term, sql: str, written: Callable[[Term], str]) -> str:
    """NULL where an argument that the function would skip is not finite."""
    asked = []
    for part in term.hidden:
        known = [f"{written(part)} IS NOT NULL"]
        known += dict.fromkeys(f"{written(source)} IS NULL" for source in part.sources)
        asked.append(" OR ".join(known))
    if not asked:
        return sql
    test = " AND ".join(f"({each})" if len(asked) > 1 else each for each in asked)
    return f"CASE WHEN {test} THEN {sql} END"


@dataclass(frozen=True)
class _Writer:
    text: str
    operands: Operands
    spelling: Spelling

    def guarded(self, term: Term) -> str:
        """The value, or NULL where it is not finite."""
        return self._known(term, "") if self._may_be_wild(term) else self._plain(term)

    def _may_be_wild(self, term: Term) -> bool:
        return term.magnitude.wild and bool(self.spelling.finite)

    def _known(self, term: Term, domain: str) -> str:
        """The value where it is finite and in the domain of a function, else NULL."""
        sql, finite = self._plain(term.bare), self.spelling.finite
        asked = []
        if self._may_be_wild(term):
            asked.append(finite.format(sql if finite.endswith("({})") else f"({sql})"))
        if domain:
            asked.append(f"{sql} {domain}")
        return f"CASE WHEN {' AND '.join(asked)} THEN {sql} END"

    def _plain(self, term: Term) -> str:
        """The value, which is not finite where one of its parts is not."""
        if term.form is Form.COLUMN:
            return self.operands[term.words[0]]
        if term.form is Form.PRODUCT:
            return self._product(term)
        written = [self._part(term, place) for place in range(len(term.parts))]
        sql = spliced(self.text, term.start, term.end, term.parts, written)
        return unless_hidden(term, sql, self.guarded)

    def _part(self, term: Term, place: int) -> str:
        part = term.parts[place]
        if place in term.divisors and not part.is_never_zero:
            return f"nullif({self.guarded(part.bare)}, 0)"
        if term.domain:
            return self._known(part, term.domain)
        return self.guarded(part) if place in term.separate else self._plain(part)

    def _product(self, term: Term) -> str:
        sql, size = self._part(term, 0), term.parts[0].magnitude
        for place, operator in enumerate(term.words, start=1):
            before, part = term.parts[place - 1], term.parts[place]
            result = computed(size, operator, part.magnitude)
            between, other = self.text[before.end : part.start], self._part(term, place)
            if self._becomes_double(operator, result):
                between = between.replace("//", "/")
                if size.grain in (Grain.EXACT, Grain.UNKNOWN):
                    sql = f"CAST({sql} AS DOUBLE)"
            sql, size = f"{sql}{between}{other}", result
        return sql

    def _becomes_double(self, operator: str, result: Magnitude) -> bool:
        divides = operator == "/" or (operator == "//" and result.grain is not Grain.EXACT)
        return divides and self.spelling.divides_exactly
