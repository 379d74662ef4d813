"""What is said of an import beside its findings: one line each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

from segkit.core.columns import Column, Kind
from segkit.importing.choice import Chosen
from segkit.importing.findings import narrowed
from segkit.importing.request import ImportOptions
from segkit.importing.source_dialects import OLD_DIALECTS
from segkit.importing.sql_file import SqlFile
from segkit.importing.statement import Item, Statement


def import_notes(
    file: SqlFile,
    statement: Statement,
    given: ImportOptions,
    chosen: Sequence[Chosen],
    known: Mapping[str, Column],
    items: Sequence[tuple[str, Item]],
) -> Iterator[str]:
    for each in chosen:
        yield from _notes_of(each)
    yield from _notes_of_all(chosen)
    if not known:
        yield from _assumed_types(given, chosen)
    made = [name for name, item in items if item.alias is None and name not in given.columns]
    if made:
        yield f"Named by segkit: {', '.join(made)}"
    yield from _left_out(statement, [item for _, item in items])
    if statement.where is not None and not known and statement.where.find(exp.GT, exp.GTE, exp.LT):
        yield "In `where`, too, NaN and infinity are missing values: such rows may be left out"
    if file.dialect != "duckdb":
        yield _dialect_note(file.dialect)


def _assumed_types(given: ImportOptions, chosen: Sequence[Chosen]) -> Iterator[str]:
    told = {name.casefold() for name in given.types}
    used = {name: column for each in chosen for name, column in each.analysis.columns.items()}
    assumed = [column for name, column in used.items() if name.casefold() not in told]
    if assumed:
        listed = ", ".join(f"{c.name} {c.type.sql}" for c in assumed)
        number = next((c.name for c in assumed if c.type.is_numeric), None)
        hint = f"; --type {number}=INTEGER says it, a project knows it" if number else ""
        yield f"Assumed: {listed}{hint}"


def _left_out(statement: Statement, taken: Sequence[Item]) -> Iterator[str]:
    kept = {id(item) for item in taken}
    others = [
        item.alias or item.node.sql()
        for item in statement.items
        if id(item) not in kept and not isinstance(item.node, exp.Column | exp.Star)
    ]
    left = [text if len(text) <= 40 else f"{text[:37]}..." for text in others]
    left += statement.left_out
    if left:
        yield f"Left out, no buckets: {', '.join(left)}"


def _dialect_note(dialect: str) -> str:
    """What the proof takes for granted."""
    old = OLD_DIALECTS.get(dialect)
    if old is None:
        return f"Read as {dialect}, of which segkit knows the words, not what they mean"
    known = "" if old.is_run else ", and as its manual has it: segkit is not run there"
    return (
        f"Read as {old.title}: it holds where the columns have the types and values that they "
        f"have here, and texts no collation of their own{known}"
    )


def _notes_of(chosen: Chosen) -> Iterator[str]:
    analysis, candidate, name = chosen.analysis, chosen.candidate, chosen.analysis.case.name
    if candidate.spec.get("closed") == "right":
        yield f"{name}: `closed: right`, because its ends are inclusive (<=)"
    if analysis.taken is None:
        yield (
            f"{name}: its conditions are kept as written, each without those before it; a build "
            "counts overlaps in the data"
        )
    strange = [c for c in analysis.columns.values() if c.type.kind is Kind.OTHER]
    if strange:
        listed = ", ".join(f"{c.name} ({c.type.sql})" for c in strange)
        yield f"{name}: of {listed} no edge case is known but NULL"
    own = {candidate.missing, str(candidate.spec.get("else"))}
    nulls = sorted(candidate.absent & own)
    if nulls and None in analysis.labels:
        listed = " or ".join(f'"{label}"' for label in nulls)
        yield f"{name}: where the CASE says NULL, the bucket is called {listed}"
    if analysis.case.is_numeric:
        yield f"{name}: its labels are numbers in the CASE, and texts here; sort by {name}_order"


def _notes_of_all(chosen: Sequence[Chosen]) -> Iterator[str]:
    """What is true of most columns, in one line each."""
    ordered = [each.analysis.case.name for each in chosen if narrowed(each.analysis)]
    if ordered:
        yield f"Order decided in {', '.join(ordered)}; the buckets do not depend on it"
    odd = []
    for each in chosen:
        labels = sorted({str(d.old or "NULL") for d in each.comparison.odd})
        listed = ", ".join(f'"{label}"' for label in labels)
        odd += [f"{each.analysis.case.name} {listed}"] if labels else []
    if odd:
        yield (
            "NaN and infinity are missing values in segkit; the CASE has some of them in "
            f"{'; '.join(odd)}"
        )
