"""What a fit says of itself, in sentences: assumptions, warnings, and why there are so many."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from segkit.core.english import format_statistic
from segkit.core.facts import (
    ASSUMPTIONS,
    BECOME,
    BY_KNEE,
    IN_SHORT,
    OTHERS,
    REASONS,
    WARNINGS,
    Fact,
)
from segkit.core.fit import Fit, version_label
from segkit.core.missing_values import MissingValues, becomes
from segkit.core.number_format import fill, grouped, spelled

NO_UNITS: Mapping[str, str] = {}
# of lines of orders, as in ``facts.py``; a fit has none of these
ORDER_LINES: Mapping[str, str] = {
    "order_lines": "order lines: {n:,} of {0:,} customers; {1}",
    "other_customer": "--key {column} takes that for the customer",
    "orders_by_day": "no order id: what a customer bought on one day is an order",
    "once_an_order": "{column} is the same on all lines of an order: counted once an order",
    "discounts": "not taken off the amount: {0}",
    "other_roles": "by name they could be the date or the amount, too: {0}",
    "lines_without": "{lines} without {column} left out",
    "lines_other": "{lines} of other events ({0}) left out",
    "lines_cancelled": "{lines} of cancellations ({0}) left out, not taken off the amount",
    "lines_negative": "{lines} with a negative amount left out, not taken off the amount",
    "lines_nothing": "{lines} for nothing (amount 0) left out",
    "no_purchase": "{customers} without a purchase left out",
    "lines_later": "{lines} of {0} and later left out",
    "as_of": "as of {0}",
    "as_of_last": "as of {0}: the day after the last order",
}
_SENTENCES = {**ASSUMPTIONS, **WARNINGS, **REASONS, **ORDER_LINES}
# what is said of a second column after "likewise", where its name is not enough
_LIKEWISE = {"filled_number": "{n:,} {column} as {amount}"}
# facts that people read as a list: ``all`` of them, and the figures of the first
_LISTS = {
    "chosen": "features: {all}",
    "log_scale": "log scale for {all}",
    "out": "left out: {all}",
    "no_short_name": "no short name tells apart {all}, the share of those it fits who are members: "
    "give one in `about`",
    "small_segment": "small segments: {all}; under {1:.0f} customers, figures jump",
}


def assumption_sentences(fit: Fit, *, of_missing: bool = True) -> tuple[str, ...]:
    """What the fit took for granted; of an adjusted one, as it was when that was measured.

    Without ``of_missing`` nothing is said of missing values: today's are others.
    """
    units = {feature.column: feature.unit for feature in fit.features}
    facts = fit.assumptions if of_missing else [f for f in fit.assumptions if not _is_missing(f)]
    said = sentences(facts, units)
    if fit.lineage.measured is None:
        return said
    return tuple(f"at {version_label(fit.lineage.measured)}: {text}" for text in said)


def _is_missing(fact: Fact) -> bool:
    """Also of a fit of format 1, which has sentences."""
    return fact.code in BECOME or (fact.code == "text" and " missing " in str(fact.value))


def missing_sentences(
    columns: Collection[MissingValues], missing: str, unassigned: int
) -> tuple[str, ...]:
    """What becomes of the values that are missing today.

    ``missing``: what was declared of them.
    ``unassigned``: customers in no segment.
    """
    units = {column.feature.column: column.feature.unit for column in columns}
    some = (c for c in columns if c.count and c.segment is None)  # a segment speaks for itself
    facts = [becomes(c.feature, c.count, missing) for c in some]
    each = [fact for fact in facts if fact.column is not None]
    none = [replace(fact, n=unassigned) for fact in facts if fact.column is None]
    return sentences((*each, *none[:1]), units)


def grown_sentence(column: MissingValues, missing: str) -> str:
    """That a column lost values since the fit, and what becomes of those who have none."""
    fact = becomes(column.feature, column.count, missing, column.segment)
    now, then = (
        spelled(f"{100 * float(share):.3g}%") for share in (column.share, column.at_fit or 0)
    )
    who = "this customer" if column.count == 1 else f"these {grouped(column.count)} customers"
    end = BECOME[fact.code].format(*fact.figures, **_words(fact, column.feature.unit))
    return f"{column.feature.column}: {now} missing ({then} at the fit): {who} {end}"


def warning_sentences(fit: Fit) -> tuple[str, ...]:
    return sentences(fit.warnings)


def sentences(facts: Iterable[Fact], units: Mapping[str, str] = NO_UNITS) -> tuple[str, ...]:
    """Return a sentence for each fact; those that say the same of several columns are one.

    ``units``: by column, of the features.
    """
    kinds: dict[object, list[Fact]] = {}
    for fact in facts:
        kinds.setdefault(_kind(fact), []).append(fact)
    return tuple(_said(alike, units) for alike in kinds.values())


def _said(alike: Sequence[Fact], units: Mapping[str, str]) -> str:
    """A list, or the sentence of the first fact and what others it is true of."""
    first, *rest = alike
    if _list_of(first) is None:
        form = _LIKEWISE.get(first.code, "{column}" if first.n is None else "{column} ({n:,})")
        others = ", ".join(_filled(form, fact, units) for fact in rest)
        return _sentence(first, units) + (f"; likewise {others}" if rest else "")
    items: dict[object, list[Fact]] = {}
    for fact in alike:  # a reason stands once, after all columns that are left out for it
        is_out = fact.code.startswith("out_")
        items.setdefault((fact.code, fact.figures) if is_out else fact, []).append(fact)
    said = (
        _sentence(same[0], units, column=", ".join(str(fact.column) for fact in same))
        for same in items.values()
    )
    return _LISTS[_list_of(first) or ""].format(*first.figures, all=", ".join(said))


def _list_of(fact: Fact) -> str | None:
    code = "out" if fact.code.startswith("out_") else fact.code
    return code if code in _LISTS else None


def reason_sentence(reason: Sequence[Fact]) -> str:
    """Why there are as many segments as there are, and why not another number."""
    first, *rest = reason
    said = _sentence(first, NO_UNITS)
    for _, group in groupby(rest, lambda fact: fact.code):
        alike = list(group)
        said += _sentence(alike[0], NO_UNITS, n=", ".join(str(fact.n) for fact in alike))
    return said


def how_many(fit: Fit) -> str | None:
    """What the clusters are and which other k come next, in short; None of clusters that are given.

    Segments of what is missing stand beside them: "5 overlapping groups + F". "Stands out" is said
    of clusters with a gap at every border alone.
    """
    clusters = fit.clusters
    if clusters.verdict is None:
        return None
    first, *rest = clusters.reason
    said = IN_SHORT.get(first.code, "{n} segments").format(*first.figures, n=clusters.k)
    said += "".join(f" + {segment.id}" for segment in fit.own.values())
    beside = [fact for fact in rest if fact.code.startswith(("found_", "as_stable", "next"))]
    for _, group in groupby(beside, lambda fact: fact.code):
        alike = list(group)
        short = IN_SHORT.get(alike[0].code) or _SENTENCES[alike[0].code]
        said += _filled(short, alike[0], NO_UNITS, n=", ".join(str(fact.n) for fact in alike))
    return said


def _kind(fact: Fact) -> object:
    """What makes one sentence together: numbers may differ, words may not."""
    words = tuple(figure for figure in fact.figures if isinstance(figure, str))
    return _list_of(fact) or ((fact.code, words) if fact.column else fact)


def _sentence(fact: Fact, units: Mapping[str, str], **instead: str) -> str:
    return _filled(_SENTENCES[fact.code], fact, units, **instead)


def _filled(text: str, fact: Fact, units: Mapping[str, str], **instead: str) -> str:
    words = {**_words(fact, units.get(fact.column or "", "")), **instead}
    return fill(text, *fact.figures, **words)


def _words(fact: Fact, unit: str) -> dict[str, Any]:
    """What a sentence asks for besides its figures."""
    n, figures = fact.n or 0, fact.figures
    numbers = [figure for figure in figures if isinstance(figure, int | float)]
    return {
        "column": fact.column,
        "n": n,
        "customers": "1 customer" if n == 1 else f"{grouped(n)} customers" if n else "nobody",
        "lines": "1 line" if n == 1 else f"{grouped(n)} lines",
        "are": "is" if n == 1 else "are",
        "count": "counts" if n == 1 else "count",
        "s": "" if figures[-1:] == (1,) else "s",  # of rows, which stand last
        "percent": [spelled(f"{100 * number:.3g}%") for number in numbers],
        "amount": format_statistic(float(numbers[0]), unit) if numbers else "",
        "long": _long(*figures) if fact.code == "rounded" else "",
        "others": _others(fact) if fact.code in BY_KNEE else "",
    }


def _long(cuts: object) -> str:
    return f"; {cuts} of more than 3 digits would have moved more than max_moved" if cuts else ""


def _others(fact: Fact) -> str:
    return OTHERS.get(str(fact.figures[2]), OTHERS["none"]).format(*fact.figures)
