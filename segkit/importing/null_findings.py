"""Rows that a CASE has no label for, and NULL that lands among values."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from segkit.core.regions import Region
from segkit.core.rules import Condition, Interval
from segkit.dialects.region_text import region_sql
from segkit.dialects.spelling import identifier
from segkit.dialects.table import CONDITIONS
from segkit.errors import Affected, Label, Problem
from segkit.importing.analysis import Analysis, of_values, quoted, values_text
from segkit.importing.bucket_yaml import SetDraft, flow_text, read_back
from segkit.importing.candidates import Candidate, without_null
from segkit.importing.old_cases import Branch


def gaps(analysis: Analysis, chosen: Candidate) -> Iterator[Problem]:
    region = [of_values(term) for term in analysis.regions.get(None, ())]
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
        f"`{analysis.case.name}` leaves a gap: {values_text(terms)} in no bucket",
        (Label(analysis.case.place, f"{said}: the label is NULL"),),
        f"here {where}; add a branch for them, or an ELSE",
        tuple(notes),
        affected=Affected("", "", region_sql(tuple(terms), analysis.flags), "fall in the gap"),
    )


def null_among_values(analysis: Analysis, chosen: Candidate) -> Iterator[Problem]:
    """ELSE takes NULL, too, and few who wrote it thought of that."""
    found: list[tuple[Branch, list[str]]] = []
    rows: list[str] = []  # conditions of those that are concerned
    for branch, region in analysis.pairs:
        if not branch.is_rest or branch.label is None or branch.label == chosen.missing:
            continue
        region = analysis.reachable(region)
        names = _nulls_in(analysis, region)
        if names and any(map(of_values, analysis.regions.get(branch.label, ()))):
            found.append((branch, names))
            nulls = " OR ".join(f"{identifier(name, CONDITIONS)} IS NULL" for name in names)
            inside = region_sql(region, analysis.flags)
            rows.append(f"({inside}) AND ({nulls})" if inside else "")
    if not found:
        return
    names = list(dict.fromkeys(name for _, names in found for name in names))
    labels = list(dict.fromkeys(quoted(branch.label) for branch, _ in found))
    values = ""
    if len(analysis.case.columns) == 1 and len(labels) == 1:
        region = analysis.regions[found[0][0].label]
        values = f", with {values_text([t for t in map(of_values, region) if t], '')}"
    yield Problem(
        "SK215",
        f"NULL in {' or '.join(f'`{name}`' for name in names)} is in {' or '.join(labels)}{values}",
        tuple(Label(branch.label_place, "ELSE takes NULL, too") for branch, _ in found),
        _apart(analysis, names[0]),
        affected=Affected("", "", " OR ".join(rows), "are NULL there") if all(rows) else None,
    )


def _nulls_in(analysis: Analysis, region: Region) -> list[str]:
    """Columns of which NULL lies in the region, and that the CASE never asks for NULL.

    Where a condition asks for it, its author knew of it.
    """
    terms = (term for region in analysis.asked or () for term in region)
    asked = {name for term in terms for name, condition in term.items() if condition.null}
    return [
        name
        for name in analysis.case.columns
        if any(term.get(name, Condition(name, null=True)).null for term in region)
        and name not in asked
    ]


def _apart(analysis: Analysis, name: str) -> str:
    """How NULL gets a bucket of its own."""
    bands = without_null(analysis)
    if bands is not None and read_back(SetDraft("import", "import", "id", (bands,)))[0]:
        return f"to set it apart, write `{flow_text(bands.spec)}`: NULL is then `missing`"
    is_null = f"{identifier(name, CONDITIONS)} IS NULL"
    if analysis.only_column is not None:
        return f"to set it apart, leave out `OR {is_null}`: it is then `missing`"
    return f"to set it apart, begin the CASE with `WHEN {is_null} THEN 'Unknown'`"


def null_of_opaque(analysis: Analysis, label_of_nulls: str | None) -> Iterator[Problem]:
    rest = analysis.case.rest
    if rest.label is None or label_of_nulls != rest.label:
        return
    if any(" is null" in predicate.text.lower() for predicate in analysis.case.predicates):
        return
    listed = ", ".join(f"`{name}`" for name in analysis.case.columns)
    yield Problem(
        "SK215",
        f"NULL in {listed} is in {quoted(rest.label)}, with all others that fit no condition",
        (Label(rest.label_place, "ELSE takes NULL, too"),),
        f"to set it apart, begin the CASE with `WHEN {analysis.case.columns[0]} IS NULL THEN "
        "'Unknown'`",
    )
