"""What is wrong with an old CASE: gaps, NULL among values, dead branches, overlaps, labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from segkit.core.conjunctions import Term
from segkit.core.labels import check_labels, interval_text, make_labels
from segkit.core.regions import Region, outside, within
from segkit.core.rules import Interval
from segkit.errors import Label, Problem
from segkit.importing.analysis import Analysis, quoted, values_text
from segkit.importing.candidates import Candidate, branch_of
from segkit.importing.null_findings import gaps, null_among_values, null_of_opaque

_Hulls = list[tuple[Decimal, Decimal]]


def findings(
    analysis: Analysis, chosen: Candidate, label_of_nulls: str | None
) -> tuple[Problem, ...]:
    """Return warnings about the CASE, in the order of the file.

    ``label_of_nulls`` is what it says where every column is NULL.
    """
    found = [*_never(analysis)]
    if analysis.taken is None:
        found += null_of_opaque(analysis, label_of_nulls)
    else:
        found += _dead(analysis)
        found += _overlaps(analysis)
        found += _wrong_labels(analysis)
        found += gaps(analysis, chosen)
        found += null_among_values(analysis, chosen)
    found.sort(key=lambda p: (p.place.line, p.place.column) if p.place else ())
    return tuple(replace(problem, severity="warning") for problem in found)


# branches that nothing reaches ------------------------------------------------------------------


def _never(analysis: Analysis) -> Iterator[Problem]:
    for branch in analysis.case.branches:
        if branch.predicate is None:
            yield Problem(
                "SK213",
                f"this condition is never TRUE, so nobody is in {quoted(branch.label)} by it: "
                "nothing is equal to NULL",
                (Label(branch.place),),
                "write `IS NULL` if that is meant; the buckets do without the branch, as the "
                "CASE does",
            )


def _dead(analysis: Analysis) -> Iterator[Problem]:
    assert analysis.asked is not None and analysis.taken is not None and analysis.rest is not None
    case = analysis.case
    for i, (branch, asked, taken) in enumerate(
        zip(case.branches, analysis.asked, analysis.taken, strict=True)
    ):
        if branch.predicate is None or analysis.reachable(taken):
            continue
        text = branch.predicate.spaced
        if not analysis.reachable(asked):
            message = f"`{text}` never holds, whatever the row"
            hint = "look at its ends, and at AND where OR is meant"
            yield Problem("SK213", message, (Label(branch.place),), hint)
            continue
        labels = [Label(branch.place, "never reached")]
        for earlier, region in list(zip(case.branches, analysis.asked, strict=True))[:i]:
            if not analysis.reachable(within(asked, outside(region))):
                labels.append(Label(earlier.place, "takes all of it before"))
                break
        yield Problem(
            "SK214",
            f"`{text}` is never reached: what is before it takes every row, so "
            f"{quoted(branch.label)} has nobody by it",
            tuple(labels),
            "move it up, or remove it; the buckets do without it, as the CASE does",
        )
    if case.has_else and case.rest.label is not None and not analysis.reachable(analysis.rest):
        message = f"ELSE {quoted(case.rest.label)} is never reached: the conditions take every row"
        label = Label(case.rest.label_place)
        yield Problem("SK214", message, (label,), "remove it; the buckets do without it")


# order ------------------------------------------------------------------------------------------


def _overlaps(analysis: Analysis) -> Iterator[Problem]:
    """Values of one column for which two labels ask, and neither asks for all of the other's.

    A ladder (over 1000, over 500) is no overlap: there the order is the meaning.
    """
    if analysis.only_column is None:
        return
    assert analysis.asked is not None and analysis.taken is not None
    shared: list[Term] = []
    labels: list[Label] = []
    branches = analysis.case.branches
    hulls = [_hulls(region) for region in analysis.taken]
    for j, later in enumerate(branches):
        if analysis.taken[j] == analysis.asked[j]:
            continue  # nothing before it takes any of it
        asked_hulls = _hulls(analysis.asked[j])
        for i, first in enumerate(branches[:j]):
            if first.label == later.label or not _may_cut(asked_hulls, hulls[i]):
                continue
            both = analysis.reachable(within(analysis.taken[i], analysis.asked[j]))
            whole = not analysis.reachable(within(analysis.taken[i], outside(analysis.asked[j])))
            if both and not whole and analysis.reachable(analysis.taken[j]):
                shared += both
                labels += [
                    Label(first.place, f"{quoted(first.label)} takes it"),
                    Label(later.place, f"{quoted(later.label)} asks for it, too"),
                ]
    if shared:
        yield Problem(
            "SK201",
            f"conditions of `{analysis.case.name}` overlap, and the order decides: "
            f"{values_text(shared)} in two of them",
            tuple(dict.fromkeys(labels)),
            "the buckets keep what the order decides; use `<` where the next one begins with "
            "`>=`, and the order no longer matters",
        )


def _hulls(region: Region) -> _Hulls | None:
    """The ranges of a region's terms, ends included; None if they are not only ranges."""
    found = []
    for term in region:
        for condition in term.values():
            values = condition.values
            if condition.null or not isinstance(values, Interval):
                return None
            low, high = (Decimal(f"{sign}Infinity") for sign in "-+")
            low = low if values.lower is None else values.lower
            found.append((low, high if values.upper is None else values.upper))
    return found if all(region) else None


def _may_cut(asked: _Hulls | None, taken: _Hulls | None) -> bool:
    """False where no range that is taken has an end of the others in it: each is in, or out."""
    if asked is None or taken is None:
        return True
    ends = [end for hull in asked for end in hull if end.is_finite()]
    return any(low <= end <= high for low, high in taken for end in ends)


def narrowed(analysis: Analysis) -> int:
    """How many conditions hold for rows that one before them takes."""
    if analysis.asked is None or analysis.taken is None:
        return 0
    pairs = zip(analysis.asked, analysis.taken, strict=True)
    return sum(bool(taken) and asked != taken for asked, taken in pairs)


# labels -----------------------------------------------------------------------------------------


def _wrong_labels(analysis: Analysis) -> Iterator[Problem]:
    """Labels such as "25-35" of a band that holds 35: they can be no label of edges."""
    column = analysis.only_column
    if column is None or not column.type.is_numeric:
        return
    bands = _bands(analysis)
    labels = [label for label, _ in bands]
    ways = [[interval for _, interval in bands]]
    if column.type.step == 1:
        ways.append([interval.on_grid(Decimal(1)) for interval in ways[0]])
    checks = [check_labels(labels, intervals) for intervals in ways]
    best = min(checks, key=lambda check: len(check.mismatches) + len(check.loose))
    wrong_ones = sorted((*best.mismatches, *best.loose))
    if not wrong_ones:
        return
    intervals = ways[checks.index(best)]
    made = make_labels(intervals)
    wrong = [
        Label(branch_of(analysis, labels[i]).label_place, f"holds {interval_text(intervals[i])}")
        for i in wrong_ones
    ]
    listed = ", ".join(quoted(made[i]) for i in wrong_ones)
    which, verb, whose, kept = (
        ("a label", "does", "its", "it is")
        if len(wrong) == 1
        else (f"{len(wrong)} labels", "do", "their", "they are")
    )
    message = f"{which} of `{analysis.case.name}` {verb} not say what {whose} condition holds"
    yield Problem("SK203", message, tuple(wrong), f"kept as {kept}; true would be {listed}")


def _bands(analysis: Analysis) -> list[tuple[str, Interval]]:
    """Labels of one range each, the lowest first."""
    bands = []
    for label, region in analysis.regions.items():
        values = [c.values for term in region for c in term.values()]
        intervals = [v for v in values if isinstance(v, Interval) and not v.is_everything]
        if label is not None and len(intervals) == 1:
            bands.append((label, intervals[0]))
    return sorted(bands, key=lambda band: (band[1].lower is not None, band[1].lower or Decimal(0)))
