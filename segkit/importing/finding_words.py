"""Words that findings about a CASE have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from segkit.core.conjunctions import Term
from segkit.core.labels import number_text
from segkit.core.regions import Region, columns_in, together
from segkit.core.rules import Interval
from segkit.dialects.region_text import all_but
from segkit.project.buckets.rule_buckets import term_text

_MOST = 3  # of values that are written out


def of_values(term: Term) -> Term | None:
    """The term without NULL; None if nothing is left."""
    plain = {name: replace(c, null=False) for name, c in term.items()}
    return None if not plain or any(c.is_impossible for c in plain.values()) else plain


def values_text(terms: Sequence[Term], verb: str = " is") -> str:
    """The values of some terms in words."""
    region: Region = together([tuple(terms)])
    ordered = sorted(region, key=_lowest)
    columns = columns_in(region)
    if len(columns) == 1:
        values = [c.values for term in ordered for c in term.values()]
        intervals = [v for v in values if isinstance(v, Interval)]
        holes = all_but(intervals) if len(intervals) == len(values) else []
        if holes:
            return f"{columns[0]} other than {', '.join(map(number_text, holes))}{verb}"
    texts = [term_text(term) for term in ordered[:_MOST]]
    more = len(ordered) - _MOST
    if more > 0:
        texts.append(f"{more} more range{'s' * (more > 1)}")
    verb = " are" if verb and len(texts) > 1 else verb
    return ", ".join(texts[:-1]) + (" and " if len(texts) > 1 else "") + texts[-1] + verb


def _lowest(term: Term) -> Decimal:
    ends = [c.values.lower for c in term.values() if isinstance(c.values, Interval)]
    return min((end for end in ends if end is not None), default=Decimal("-Infinity"))


def quoted(label: str | None) -> str:
    return "NULL" if label is None else f'"{label}"'
