"""Ways to write a CASE as a bucket column, the plainest first.

None is trusted: each is read by the code that reads a project, and held
against the CASE itself in the engine, before it is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, count, pairwise
from typing import Any

from segkit.core.columns import Column
from segkit.core.labels import make_labels, read_label
from segkit.core.predicate import Predicate, steps
from segkit.core.regions import Region, is_known
from segkit.core.rules import Interval
from segkit.dialects.region_text import ordered_terms, region_sql
from segkit.importing.analysis import Analysis, not_apart
from segkit.importing.old_cases import Branch
from segkit.project.yaml.marks import MAX_BYTES

_MISSING = ("Unknown", "Missing")
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
    for label in missing:
        yield from _bands(analysis, label)
    for label in missing:
        yield from _plain_rules(analysis, label)
    yield from _full_rules(analysis)
    yield from _opaque_rules(analysis)


def without_null(analysis: Analysis) -> Candidate | None:
    """The bands that the CASE would have if NULL were missing in it: the advice of a finding."""
    if analysis.taken is None:
        return None
    return next(_bands(analysis, None, null_is_missing=True), None)


def _unused(names: Sequence[str], analysis: Analysis) -> str:
    """The first name that is no label of the CASE."""
    others = (f"{names[0]} ({number})" for number in count(2))
    return next(name for name in chain(names, others) if name not in analysis.labels)


def _missing_labels(analysis: Analysis) -> list[str | None]:
    """What NULL may be called: a label that only NULL has first, then none of the CASE's own."""
    own = [
        label
        for label, region in analysis.regions.items()
        if label is not None and all(any(c.null for c in term.values()) for term in region)
    ]
    return [*own, None]


# bands ------------------------------------------------------------------------------------------


def _bands(
    analysis: Analysis, missing: str | None, *, null_is_missing: bool = False
) -> Iterator[Candidate]:
    """Edges or bands, where each label is one range of a number, and NULL is apart from them."""
    column = analysis.only_column
    if column is None or not column.type.is_numeric:
        return
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
    if _is_closed(bands, right=False) or _is_closed(bands, right=True):
        yield list(bands)
    if column.type.step == 1:
        yield [(label, interval.on_grid(Decimal(1))) for label, interval in bands]


def _is_closed(bands: Sequence[tuple[str, Interval]], *, right: bool) -> bool:
    """Whether each is closed on that side alone."""
    return all(
        (i.lower is None or i.lower_closed != right)
        and (i.upper is None or i.upper_closed == right)
        for _, i in bands
    )


def _spec(bands: Sequence[tuple[str, Interval]]) -> dict[str, Any]:
    """Edges where the labels are ranges, bands where they are words."""
    intervals = [interval for _, interval in bands]
    labels = [label for label, _ in bands]
    closed = {} if _is_closed(bands, right=False) else {"closed": "right"}
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
        _rule(label, tuple(filter(None, region)), analysis)  # no term is what is always true
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
    earlier = not_apart(case.predicates, steps(analysis.columns))
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


def branch_of(analysis: Analysis, label: str) -> Branch:
    """The first branch with that label: where findings about the label point."""
    branches = (*analysis.case.branches, analysis.case.rest)
    return next(branch for branch in branches if branch.label == label)
