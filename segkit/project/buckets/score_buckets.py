"""Buckets by scores: quantiles whose edges are stored, and RFM with its names."""

from __future__ import annotations

from segkit.core.rfm import SCORES, TABLES, Cell, Table, cell_text, cells_of, coverage_of_cells
from segkit.core.rfm import width_of as width_of_table
from segkit.errors import Label, Problem
from segkit.project.buckets.bucket_labels import repeated_labels
from segkit.project.conditions.door import read_condition
from segkit.project.nodes import NOT_SCORED, NameTable, QuantileColumn, RfmColumn, Score
from segkit.project.schema import BucketColumnSpec
from segkit.project.yaml.marks import Document, KeyPath

_SHOWN = 12  # cells that a message lists


def build_quantiles(
    spec: BucketColumnSpec, missing: str, document: Document, path: KeyPath
) -> tuple[QuantileColumn, list[Problem]]:
    """Return a column that is cut at its quantiles."""
    parts = spec.quantiles or 0
    labels = tuple(spec.labels or ())
    problems = []
    if labels and len(labels) != parts:
        problems.append(
            Problem(
                "SK203",
                f"`{spec.name}` has {len(labels)} label{'s' * (len(labels) != 1)} for {parts} "
                "quantiles",
                (Label(document.place((*path, "labels"))),),
                help=f"write {parts} labels, the lowest first, or leave `labels` out",
            )
        )
    named = [(label, document.place((*path, "labels", i))) for i, label in enumerate(labels)]
    problems += repeated_labels(spec.name, named, missing, document, path)
    column_place = document.place((*path, "column"))
    column = QuantileColumn(
        name=spec.name,
        score=Score(spec.name, spec.column or "", parts, column_place),
        labels=labels,
        missing=missing,
        place=document.place((*path, "name")),
        labels_place=document.place((*path, "labels" if labels else "quantiles")),
    )
    return column, problems


def build_rfm(
    spec: BucketColumnSpec, missing: str, document: Document, path: KeyPath
) -> tuple[RfmColumn | None, list[Problem]]:
    """Return recency, frequency and monetary value scored, and named together."""
    assert spec.rfm is not None
    at = (*path, "rfm")
    parts = spec.rfm.quantiles
    recency, frequency, monetary = (
        Score(
            f"{spec.name}_{key[0]}",
            getattr(spec.rfm, key),
            parts,
            document.place((*at, key)),
            turned=key == "recency",  # few days since the last order are good
        )
        for key in ("recency", "frequency", "monetary")
    )
    problems: list[Problem] = []
    gate = None
    if spec.rfm.not_scored is not None:
        gate, problems = read_condition(document, (*at, "not_scored"))
    table, found = _read_table(spec, parts, document, (*path, "names"))
    problems += found
    if table is None:
        return None, problems
    columns = [recency, frequency, monetary]
    for i, score in enumerate(columns):
        same = next((other for other in columns[:i] if other.column == score.column), None)
        if same:
            problems.append(
                Problem(
                    "SK102",
                    f"`{score.column}` stands twice in the rfm of `{spec.name}`",
                    (Label(same.place, "first here"), Label(score.place, "and again here")),
                    help="recency, frequency and monetary are three columns",
                )
            )
    names = [(name, document.place((*path, "names"))) for name, _ in table.names]
    if gate is not None:
        names.append((NOT_SCORED, document.place((*at, "not_scored"))))
    problems += repeated_labels(spec.name, names, missing, document, path)
    column = RfmColumn(
        name=spec.name,
        scores=(recency, frequency, monetary),
        table=table,
        not_scored=gate,
        missing=missing,
        place=document.place((*path, "name")),
    )
    return column, problems


def _read_table(
    spec: BucketColumnSpec, parts: int, document: Document, path: KeyPath
) -> tuple[NameTable | None, list[Problem]]:
    given = spec.names or "grid"
    if isinstance(given, str):
        table: Table = TABLES[given]
        if parts != SCORES:
            usual = "" if spec.names else " (the usual names)"
            message = (
                f"`names: {given}`{usual} names scores of 1 to {SCORES}, and there are {parts}"
            )
            hint = f"leave `quantiles` out, or write `names` of your own for scores 1 to {parts}"
            place = document.place(path if spec.names else (*path[:-1], "rfm", "quantiles"))
            return None, [Problem("SK203", message, (Label(place),), hint)]
    else:
        table = given
    cells, problems = _cells(table, parts, document, path)
    widths = {len(cell) for found in cells.values() for cell in found}
    if problems:
        return None, problems
    width = width_of_table(table)
    if len(widths) != 1 or width not in (2, 3):
        message = f"cells of `{spec.name}` are not all of 2 scores (RF), or all of 3 (RFM)"
        hint = "write each as two digits, recency and frequency, or as three"
        return None, [Problem("SK203", message, (Label(document.key_place(path)),), hint)]
    problems = _coverage(spec.name, table, width, parts, document, path)
    names = tuple((name, tuple(found)) for name, found in cells.items())
    return (None if problems else NameTable(names, width)), problems


def _cells(
    table: Table, parts: int, document: Document, path: KeyPath
) -> tuple[dict[str, list[Cell]], list[Problem]]:
    cells: dict[str, list[Cell]] = {}
    problems = []
    for name, patterns in table.items():
        cells[name] = []
        for i, pattern in enumerate(patterns):
            try:
                cells[name] += cells_of(pattern, parts)
            except ValueError as error:
                place = document.place((*path, name, i))
                message = f"`{pattern}` is not a cell of scores: {error}"
                hint = "write one digit or range for each score: 5[4-5] is 54 and 55"
                problems.append(Problem("SK203", message, (Label(place),), hint))
    return cells, problems


def _coverage(
    name: str, table: Table, width: int, parts: int, document: Document, path: KeyPath
) -> list[Problem]:
    found = coverage_of_cells(table, width, parts)
    total = parts**width
    problems = []
    if found.overlaps:
        cells = _listed([cell for cell, _ in found.overlaps])
        rivals = list(dict.fromkeys(rival for _, names in found.overlaps for rival in names))
        labels = tuple(Label(document.key_place((*path, rival)), f"`{rival}`") for rival in rivals)
        message = f"names of `{name}` overlap: {cells} of {total} cells have more than one"
        if len(found.overlaps) == 1:
            message = f"names of `{name}` overlap: cell {cells} has more than one"
        problems.append(
            Problem("SK201", message, labels, "take each cell out of all names but one")
        )
    if found.gaps:
        cells = _listed(found.gaps)
        verb = "has" if len(found.gaps) == 1 else "have"
        message = f"names of `{name}` leave a gap: {cells} of {total} cells {verb} none"
        label = Label(document.key_place(path))
        problems.append(Problem("SK202", message, (label,), "give each of them a name"))
    return problems


def _listed(cells: list[Cell] | tuple[Cell, ...]) -> str:
    shown = ", ".join(map(cell_text, cells[:_SHOWN]))
    return f"{shown} and {len(cells) - _SHOWN} more" if len(cells) > _SHOWN else shown
