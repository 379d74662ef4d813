"""Ways to write a CASE as a bucket column, the plainest first.

None is trusted: each is read by the code that reads a project, and held
against the CASE itself in the engine, before it is taken.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, count, pairwise
from typing import Any

from segkit.core.columns import Column
from segkit.core.labels import make_labels, read_label
from segkit.core.meeting import may_meet
from segkit.core.predicate import (
    Formula,
    Predicate,
    Step,
    Term,
    TooComplex,
    overlap,
    steps,
    terms_where,
)
from segkit.core.regions import Region, is_known
from segkit.core.rules import Interval
from segkit.dialects.region_text import ordered_terms, region_sql
from segkit.importing.analysis import Analysis
from segkit.importing.old_cases import Branch
from segkit.project.yaml.marks import MAX_BYTES

_MISSING = ("Unknown", "Missing")
_MOST_MEETINGS = 50_000  # of two conditions; all that are excluded make a file that nobody reads
_LIKE_BEGINNING = re.compile(r"\s+LIKE\s+'(?P<text>[^'%_\\]*)%'\s*", re.IGNORECASE)
_NO_BUCKET = ("No bucket", "In no bucket")


@dataclass(frozen=True)
class Candidate:
    """One bucket column as YAML data.

    ``absent`` are labels of its own: where the CASE has NULL, it has one of them.
    """

    way: str
    spec: Mapping[str, Any]
    missing: str
    absent: frozenset[str] = field(default_factory=frozenset)


def candidates(analysis: Analysis) -> Iterator[Candidate]:
    """Yield columns that may be equal to the CASE: edges, bands, then rules."""
    if analysis.taken is None:
        yield from _opaque_rules(analysis)
        return
    missing = _missing_labels(analysis)
    if analysis.only_column is not None and analysis.only_column.type.is_numeric:
        for label in missing:
            yield from _bands(analysis, label)
    for label in missing:
        yield from _plain_rules(analysis, label)
    yield from _full_rules(analysis)
    yield from _opaque_rules(analysis)


def without_null(analysis: Analysis) -> Candidate | None:
    """The bands that the CASE would have if NULL were missing in it: the advice of a finding."""
    if analysis.taken is None or analysis.only_column is None:
        return None
    if not analysis.only_column.type.is_numeric:
        return None
    return next(_bands(analysis, None, null_is_missing=True), None)


def _unused(names: Sequence[str], analysis: Analysis) -> str:
    """The first name that is no label of the CASE."""
    others = (f"{names[0]} ({number})" for number in count(2))
    return next(name for name in chain(names, others) if name not in analysis.labels)


def _missing_labels(analysis: Analysis) -> list[str | None]:
    """What NULL may be called: a label that only NULL has first, then none of the CASE's own."""
    regions = analysis.regions
    own = [
        label
        for label, region in regions.items()
        if label is not None and all(any(c.null for c in term.values()) for term in region)
    ]
    return [*own, None]


# bands ------------------------------------------------------------------------------------------


def _bands(
    analysis: Analysis, missing: str | None, *, null_is_missing: bool = False
) -> Iterator[Candidate]:
    """Edges and bands, where each label is one range and NULL has a label of its own."""
    column = analysis.only_column
    assert column is not None
    bands = _ranges(analysis, column, missing, null_is_missing=null_is_missing)
    if len(bands) < 2:
        return
    bands.sort(key=lambda band: (band[1].lower is not None, band[1].lower or Decimal(0)))
    name = missing or _unused(_MISSING, analysis)
    absent = frozenset() if missing else frozenset({name})
    for each in _with_one_closed_side(bands, column):
        spec = {"name": analysis.case.name, "column": column.name, **_spec(each)}
        yield Candidate(next(k for k in ("edges", "bands") if k in spec), spec, name, absent)


def _ranges(
    analysis: Analysis, column: Column, missing: str | None, *, null_is_missing: bool
) -> list[tuple[str, Interval]]:
    """The one range of each label; none if a label has another number of them, or NULL with it."""
    bands = []
    for label, region in analysis.regions.items():
        conditions = [term.get(column.name) for term in region]
        may_hold_null = null_is_missing or label == missing
        if any(c is None or (c.null and not may_hold_null) for c in conditions):
            return []
        intervals = [c.values for c in conditions if c and isinstance(c.values, Interval)]
        if label is not None and label != missing:
            bands += [(label, interval) for interval in intervals]
            if len(intervals) != 1:
                return []
        elif intervals:
            return []
    return bands


def _with_one_closed_side(
    bands: Sequence[tuple[str, Interval]], column: Column
) -> Iterator[list[tuple[str, Interval]]]:
    """The bands as they are, if all are closed on one side; of integers, in whole steps, too."""
    if any(_closed_side(bands, side) for side in ("left", "right")):
        yield list(bands)
    if column.type.step == 1:
        yield [(label, interval.on_grid(Decimal(1))) for label, interval in bands]


def _closed_side(bands: Sequence[tuple[str, Interval]], side: str) -> bool:
    right = side == "right"
    return all(
        (i.lower is None or i.lower_closed != right)
        and (i.upper is None or i.upper_closed == right)
        for _, i in bands
    )


def _spec(bands: Sequence[tuple[str, Interval]]) -> dict[str, Any]:
    """Edges where the labels are ranges, bands where they are words."""
    intervals = [interval for _, interval in bands]
    labels = [label for label, _ in bands]
    closed = {} if _closed_side(bands, "left") else {"closed": "right"}
    is_whole = all(one.upper == two.lower for one, two in pairwise(intervals))
    if any(read_label(label) for label in labels) and is_whole:
        edges = [interval.upper for interval in intervals[:-1]]
        spec: dict[str, Any] = {"edges": edges, **closed}
        return spec if tuple(labels) == make_labels(intervals) else {**spec, "labels": labels}
    listed = [
        {
            "label": label,
            **({} if interval.lower is None else {"from": interval.lower}),
            **({} if interval.upper is None else {"to": interval.upper}),
        }
        for label, interval in bands
    ]
    return {"bands": listed, **closed}


# rules ------------------------------------------------------------------------------------------


def _rule(label: str, region: Region, analysis: Analysis) -> dict[str, Any]:
    order = {name: i for i, name in enumerate(analysis.case.columns)}
    return {"label": label, "when": region_sql(ordered_terms(region, order), analysis.flags)}


def _plain_rules(analysis: Analysis, missing: str | None) -> Iterator[Candidate]:
    """A rule a label, what falls to the ELSE as ``else``, and NULL left to ``missing``."""
    regions = analysis.regions
    otherwise = analysis.case.rest.label
    if otherwise == missing or otherwise not in regions:
        otherwise = None
    rules = [
        _rule(label, _plain_terms(region), analysis)
        for label, region in regions.items()
        if label is not None and label not in (missing, otherwise)
    ]
    if not rules or any(not rule["when"] for rule in rules):
        return
    name = missing or _unused(_MISSING, analysis)
    absent = set() if missing else {name}
    spec: dict[str, Any] = {"name": analysis.case.name, "rules": rules}
    if otherwise is not None:
        yield Candidate("rules", {**spec, "else": otherwise}, name, frozenset(absent))
        return
    if None not in regions or missing is None:
        yield Candidate("rules", spec, name, frozenset(absent))
    gap = _unused(_NO_BUCKET, analysis)
    yield Candidate("rules", {**spec, "else": gap}, name, frozenset({*absent, gap}))


def _plain_terms(region: Region) -> Region:
    """Without terms that are empty but for what is always true."""
    return tuple(term for term in region if term)


def _full_rules(analysis: Analysis) -> Iterator[Candidate]:
    """Every label says itself what it holds, NULL included; nothing is left to others."""
    regions = analysis.regions
    if any(not term for region in regions.values() for term in region):
        return  # a label of every row
    rules = [_rule(label, region, analysis) for label, region in regions.items() if label]
    name, gap = _unused(_MISSING, analysis), _unused(_NO_BUCKET, analysis)
    spec: dict[str, Any] = {"name": analysis.case.name, "rules": rules}
    if rules:
        yield Candidate("rules", spec, name, frozenset({name}))
        yield Candidate("rules", {**spec, "else": gap}, name, frozenset({name, gap}))


def _opaque_rules(analysis: Analysis) -> Iterator[Candidate]:
    """The conditions as they are, each without what those before it hold.

    A condition that is NULL counts as FALSE, as it does in a CASE.
    """
    case = analysis.case
    earlier = _not_apart(case.predicates, steps(analysis.columns))
    if earlier is None:
        return
    gap = _unused(_NO_BUCKET, analysis)
    otherwise = gap if case.rest.label is None else case.rest.label
    whens: dict[str, list[str]] = {}
    asked = [branch for branch in case.branches if branch.predicate]
    never_null = [_never_null(predicate) for predicate in case.predicates]
    length = 0
    for i, branch in enumerate(asked):
        label = gap if branch.label is None else branch.label
        if label == otherwise:
            continue
        parts = [never_null[i], *(f"NOT {never_null[j]}" for j in earlier[i])]
        length += sum(map(len, parts))
        if length > MAX_BYTES:
            return  # no project reads it
        whens.setdefault(label, []).append(" AND ".join(parts))
    rules = [
        {"label": label, "when": " OR ".join(f"({t})" if len(texts) > 1 else t for t in texts)}
        for label, texts in whens.items()
    ]
    if rules:
        name = _unused(_MISSING, analysis)
        spec = {"name": case.name, "rules": rules, "else": otherwise}
        yield Candidate("rules", spec, name, frozenset({gap}))


def _never_null(predicate: Predicate) -> str:
    text = predicate.spaced
    if predicate.formula is not None and is_known(predicate.formula):
        return f"({text})"
    return f"coalesce({text}, FALSE)"


def _not_apart(predicates: Sequence[Predicate], step: Step) -> list[list[int]] | None:
    """For each condition those before it that may hold with it; None if these are too many."""
    found: list[list[int]] = [[] for _ in predicates]
    terms = [_terms(predicate) for predicate in predicates]
    understood = [i for i, each in enumerate(terms) if each is not None]
    pairs = may_meet([each for each in terms if each is not None])
    for number, (first, second) in enumerate(pairs):
        i, j = understood[first], understood[second]
        if number == _MOST_MEETINGS:
            return None
        if not _exclude(predicates[i].formula, predicates[j].formula, step):
            found[j].append(i)
    beginnings = [_beginning(predicate) for predicate in predicates]
    for j, i in _pairs_with([each is None for each in terms]):
        if not _begin_apart(beginnings[i], beginnings[j]):
            found[j].append(i)
    return [sorted(earlier) for earlier in found]


def _terms(predicate: Predicate) -> Sequence[Term] | None:
    if predicate.formula is None:
        return None
    try:
        return terms_where(predicate.formula, True)
    except TooComplex:
        return [{}]  # it may hold for any row, as far as is known


def _pairs_with(odd: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Pairs of places, the higher one first, of which one is odd."""
    every, odd_ones = range(len(odd)), [i for i, is_odd in enumerate(odd) if is_odd]
    for j, is_odd in enumerate(odd):
        for i in every[:j] if is_odd else odd_ones[: bisect_left(odd_ones, j)]:
            yield j, i


def _beginning(predicate: Predicate) -> tuple[str, str] | None:
    """The column and what it begins with, if that is all that is asked."""
    if len(predicate.uses) != 1:
        return None
    use = predicate.uses[0]
    found = _LIKE_BEGINNING.fullmatch(predicate.text[use.end :])
    is_first = not predicate.text[: use.start].strip()
    return (use.column, found["text"]) if found and is_first else None


def _begin_apart(first: tuple[str, str] | None, second: tuple[str, str] | None) -> bool:
    """Whether no text begins with both."""
    if first is None or second is None or first[0] != second[0]:
        return False
    return not (first[1].startswith(second[1]) or second[1].startswith(first[1]))


def _exclude(first: Formula | None, second: Formula | None, step: Step) -> bool:
    try:
        return bool(first and second) and overlap(first, second, step) is None  # type: ignore[arg-type]
    except TooComplex:
        return False


def branch_of(analysis: Analysis, label: str) -> Branch:
    """The first branch with that label: where findings about the label point."""
    branches = (*analysis.case.branches, analysis.case.rest)
    return next(branch for branch in branches if branch.label == label)
