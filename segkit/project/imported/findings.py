"""What is wrong with an old CASE: gaps, NULL among values, dead branches, overlaps, labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from segkit.core.dialect import identifier
from segkit.core.labels import check_labels, interval_text, make_labels, number_text
from segkit.core.predicate import Term
from segkit.core.region_text import all_but, region_sql
from segkit.core.regions import Region, columns_in, outside, together, within
from segkit.core.rules import Condition, Interval
from segkit.errors import Affected, Label, Problem
from segkit.project.bucket_rules import term_text
from segkit.project.imported.analysis import Analysis
from segkit.project.imported.candidates import Candidate, branch_of, without_null
from segkit.project.imported.cases import Branch
from segkit.project.imported.yaml_text import SetDraft, flow_text, read_back

_MOST = 3  # of values that are written out


def findings(
    analysis: Analysis, chosen: Candidate, label_of_nulls: str | None
) -> tuple[Problem, ...]:
    """Return warnings about the CASE, in the order of the file.

    ``label_of_nulls`` is what it says where every column is NULL.
    """
    found = [*_never(analysis)]
    if analysis.taken is None:
        found += _null_of_opaque(analysis, label_of_nulls)
    else:
        found += _dead(analysis)
        found += _overlaps(analysis)
        found += _wrong_labels(analysis)
        found += _gaps(analysis, chosen)
        found += _null_among_values(analysis, chosen)
    return tuple(
        replace(problem, severity="warning")
        for problem in sorted(
            found, key=lambda p: (p.place.line, p.place.column) if p.place else ()
        )
    )


# branches that nothing reaches ------------------------------------------------------------------


def _never(analysis: Analysis) -> Iterator[Problem]:
    for branch in analysis.case.branches:
        if branch.predicate is None:
            yield Problem(
                "SK213",
                f"this condition is never TRUE, so nobody is in {_quoted(branch.label)} by it: "
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
            yield Problem(
                "SK213",
                f"`{text}` never holds, whatever the row",
                (Label(branch.place),),
                "look at its ends, and at AND where OR is meant",
            )
            continue
        labels = [Label(branch.place, "never reached")]
        for earlier, region in list(zip(case.branches, analysis.asked, strict=True))[:i]:
            if not analysis.reachable(within(asked, outside(region))):
                labels.append(Label(earlier.place, "takes all of it before"))
                break
        yield Problem(
            "SK214",
            f"`{text}` is never reached: what is before it takes every row, so "
            f"{_quoted(branch.label)} has nobody by it",
            tuple(labels),
            "move it up, or remove it; the buckets do without it, as the CASE does",
        )
    if case.has_else and case.rest.label is not None and not analysis.reachable(analysis.rest):
        yield Problem(
            "SK214",
            f"ELSE {_quoted(case.rest.label)} is never reached: the conditions take every row",
            (Label(case.rest.label_place),),
            "remove it; the buckets do without it",
        )


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
    for j, later in enumerate(branches):
        for i, first in enumerate(branches[:j]):
            if first.label == later.label:
                continue
            both = analysis.reachable(within(analysis.taken[i], analysis.asked[j]))
            whole = not analysis.reachable(within(analysis.taken[i], outside(analysis.asked[j])))
            if both and not whole and analysis.reachable(analysis.taken[j]):
                shared += both
                labels += [
                    Label(first.place, f"{_quoted(first.label)} takes it"),
                    Label(later.place, f"{_quoted(later.label)} asks for it, too"),
                ]
    if shared:
        yield Problem(
            "SK201",
            f"conditions of `{analysis.case.name}` overlap, and the order decides: "
            f"{_values_text(shared)} in two of them",
            tuple(dict.fromkeys(labels)),
            "the buckets keep what the order decides; use `<` where the next one begins with "
            "`>=`, and the order no longer matters",
        )


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
    bands = []
    for label, region in analysis.regions.items():
        values = [c.values for term in region for c in term.values()]
        intervals = [v for v in values if isinstance(v, Interval) and not v.is_everything]
        if label is not None and len(intervals) == 1:
            bands.append((label, intervals[0]))
    bands.sort(key=lambda band: (band[1].lower is not None, band[1].lower or Decimal(0)))
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
    listed = ", ".join(_quoted(made[i]) for i in wrong_ones)
    count = len(wrong)
    yield Problem(
        "SK203",
        f"{'a label' if count == 1 else f'{count} labels'} of `{analysis.case.name}` "
        f"{'does' if count == 1 else 'do'} not say what {'its' if count == 1 else 'their'} "
        "condition holds",
        tuple(wrong),
        f"kept as {'it is' if count == 1 else 'they are'}; true would be {listed}",
    )


# gaps and NULL ----------------------------------------------------------------------------------


def _gaps(analysis: Analysis, chosen: Candidate) -> Iterator[Problem]:
    region = [_of_values(term) for term in analysis.regions.get(None, ())]
    terms = [term for term in region if term is not None]
    if not terms or analysis.case.rest.label is not None:
        return
    gap = chosen.spec.get("else")
    where = f'they are in "{gap}"' if gap else "they are missing values"
    notes = []
    column = analysis.only_column
    if not analysis.types_known and column is not None and column.type.is_numeric:
        inside = [term[column.name].values for term in terms if column.name in term]
        if any(isinstance(v, Interval) and v.on_grid(Decimal(1)).is_empty for v in inside):
            notes.append(
                f"if `{column.name}` holds whole numbers only, --type {column.name}=INTEGER says so"
            )
    said = "ELSE NULL" if analysis.case.has_else else "no ELSE"
    yield Problem(
        "SK202",
        f"`{analysis.case.name}` leaves a gap: {_values_text(terms)} in no bucket",
        (Label(analysis.case.place, f"{said}: the label is NULL"),),
        f"here {where}; add a branch for them, or an ELSE",
        tuple(notes),
        affected=Affected("", "", region_sql(tuple(terms), analysis.flags), "fall in the gap"),
    )


def _null_among_values(analysis: Analysis, chosen: Candidate) -> Iterator[Problem]:
    """ELSE takes NULL, too, and few who wrote it thought of that."""
    found: list[tuple[Branch, list[str]]] = []
    rows: list[str] = []  # conditions of those that are concerned
    for branch, region in analysis.pairs:
        if not branch.is_rest or branch.label is None or branch.label == chosen.missing:
            continue
        region = analysis.reachable(region)
        names = [
            name
            for name in analysis.case.columns
            if any(term.get(name, Condition(name, null=True)).null for term in region)
            and not _asks_for_null(analysis, name)
        ]
        if names and any(map(_of_values, analysis.regions.get(branch.label, ()))):
            found.append((branch, names))
            nulls = " OR ".join(f"{identifier(name)} IS NULL" for name in names)
            inside = region_sql(region, analysis.flags)
            rows.append(f"({inside}) AND ({nulls})" if inside else "")
    if not found:
        return
    names = list(dict.fromkeys(name for _, names in found for name in names))
    labels = list(dict.fromkeys(_quoted(branch.label) for branch, _ in found))
    values = ""
    if len(analysis.case.columns) == 1 and len(labels) == 1:
        region = analysis.regions[found[0][0].label]
        values = f", with {_values_text([t for t in map(_of_values, region) if t], '')}"
    yield Problem(
        "SK215",
        f"NULL in {' or '.join(f'`{name}`' for name in names)} is in {' or '.join(labels)}{values}",
        tuple(Label(branch.label_place, "ELSE takes NULL, too") for branch, _ in found),
        _apart(analysis, names[0]),
        affected=Affected("", "", " OR ".join(rows), "are NULL there") if all(rows) else None,
    )


def _apart(analysis: Analysis, name: str) -> str:
    """How NULL gets a bucket of its own."""
    bands = without_null(analysis)
    if bands is not None and read_back(SetDraft("import", "import", "id", (bands,)))[0]:
        return f"to set it apart, write `{flow_text(bands.spec)}`: NULL is then `missing`"
    if analysis.only_column is not None:
        return f"to set it apart, leave out `OR {identifier(name)} IS NULL`: it is then `missing`"
    return f"to set it apart, begin the CASE with `WHEN {identifier(name)} IS NULL THEN 'Unknown'`"


def _asks_for_null(analysis: Analysis, name: str) -> bool:
    """True if a condition asks for NULL of that column: then its author knew of it."""
    assert analysis.asked is not None
    return any(name in term and term[name].null for region in analysis.asked for term in region)


def _null_of_opaque(analysis: Analysis, label_of_nulls: str | None) -> Iterator[Problem]:
    rest = analysis.case.rest
    if rest.label is None or label_of_nulls != rest.label:
        return
    if any(" is null" in predicate.text.lower() for predicate in analysis.case.predicates):
        return
    listed = ", ".join(f"`{name}`" for name in analysis.case.columns)
    yield Problem(
        "SK215",
        f"NULL in {listed} is in {_quoted(rest.label)}, with all others that fit no condition",
        (Label(rest.label_place, "ELSE takes NULL, too"),),
        f"to set it apart, begin the CASE with `WHEN {analysis.case.columns[0]} IS NULL THEN "
        "'Unknown'`",
    )


def _of_values(term: Term) -> Term | None:
    """The term without NULL; None if nothing is left."""
    plain = {name: replace(c, null=False) for name, c in term.items()}
    return None if not plain or any(c.is_impossible for c in plain.values()) else plain


def _values_text(terms: Sequence[Term], verb: str = " is") -> str:
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


def _quoted(label: str | None) -> str:
    return "NULL" if label is None else f'"{label}"'
