"""``rfm: {recency: ..., frequency: ..., monetary: ...}``: three scores, and names for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from segkit.core.case import Case, Cells, Decision, Gate, named_outcomes
from segkit.core.columns import Column
from segkit.core.edges import ScoreEdges, score_case
from segkit.core.predicate import bound
from segkit.core.rfm import SCORES, TABLES, Cell, Table, cell_text, cells_of, coverage_of_cells
from segkit.core.rfm import width_of as width_of_table
from segkit.core.tree import Leaf, Split, Tree
from segkit.dialects.select import CodedColumn
from segkit.errors import Label
from segkit.project.buckets.bucket_labels import report_repeated
from segkit.project.buckets.quantile_buckets import Quantile
from segkit.project.conditions.door import read_condition
from segkit.project.nodes import NOT_SCORED, BucketColumn, SqlCondition
from segkit.project.schema.buckets import BucketColumnSpec
from segkit.project.yaml.marks import Entry

_SCORED = ("recency", "frequency", "monetary")
_SHOWN = 12  # cells that a message lists


_Names = tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class RfmColumn(BucketColumn):
    """The name of three scores together, and the scores ``name_r``, ``name_f``, ``name_m``.

    ``names`` have cells of scores, as listed; proved complete and disjoint.
    """

    scores: tuple[Quantile, ...]
    names: _Names
    width: int  # of the cells, 2: recency and frequency, 3: monetary too
    not_scored: SqlCondition | None

    crowded: ClassVar[str] = (
        "does one of its names have nearly all cells, or nearly all customers one value?"
    )

    @property
    def conditions(self) -> tuple[SqlCondition, ...]:
        return (self.not_scored,) if self.not_scored else ()

    def coded(
        self, columns: Mapping[str, Column], edges: Mapping[str, ScoreEdges]
    ) -> Iterator[CodedColumn]:
        labels = [name for name, _ in self.names]
        cells = Cells(
            tuple(score.name for score in self.scores[: self.width]),
            tuple(
                (cell, code)
                for code, (_, cells) in enumerate(self.names, start=1)
                for cell in cells
            ),
        )
        decision = self._gated(columns, len(labels) + 1, cells)
        labels += [NOT_SCORED] if self.not_scored else []
        case = Case(decision, named_outcomes(self.missing, labels))
        yield CodedColumn(f"{self.name}_order", case, self.name)
        for score in self.scores:
            case = score_case(score.column, edges[score.name].distinct, turned=score.turned)
            assert isinstance(case.decision, Leaf | Split)
            yield CodedColumn(score.name, Case(self._gated(columns, 0, case.decision)))

    def _gated(self, columns: Mapping[str, Column], code: int, rest: Tree | Cells) -> Decision:
        if self.not_scored is None:
            return rest
        return Gate(bound(self.not_scored.predicate, columns), code, rest)

    @property
    def config(self) -> dict[str, Any]:
        return {
            "rfm": {key: s.column for key, s in zip(_SCORED, self.scores, strict=True)},
            "quantiles": self.scores[0].parts,
            "names": {name: [cell_text(c) for c in cells] for name, cells in self.names},
            "not_scored": self.not_scored.predicate.text if self.not_scored else None,
        }

    @property
    def words(self) -> str:
        names = " and ".join(score.column for score in self.scores[: self.width])
        return f"name of the scores of {names}"

    def why_crowded(self, label: str) -> str:
        if label == NOT_SCORED and label != self.missing:
            return "does `not_scored` say what is meant?"
        return super().why_crowded(label)


def build_rfm(
    spec: BucketColumnSpec, missing: str, entry: Entry, relation: str | None
) -> RfmColumn | None:
    """Return recency, frequency and monetary value scored, and named together."""
    assert spec.rfm is not None
    at = entry.at("rfm")
    gate = None if spec.rfm.not_scored is None else read_condition(at.at("not_scored"))
    scores = tuple(
        Quantile(
            name=f"{spec.name}_{key[0]}",
            column=getattr(spec.rfm, key),
            place=at.place(key),
            gate=gate,
            parts=spec.rfm.quantiles,
            turned=key == "recency",  # few days since the last order are good
        )
        for key in _SCORED
    )
    table = _read_table(spec, spec.rfm.quantiles, entry)
    if table is None:
        return None
    names, width = table
    for i, score in enumerate(scores):
        same = next((other for other in scores[:i] if other.column == score.column), None)
        if same:
            message = f"`{score.column}` stands twice in the rfm of `{spec.name}`"
            twice = (Label(same.place, "first here"), Label(score.place, "and again here"))
            hint = "recency, frequency and monetary are three columns"
            entry.report("SK102", message, *twice, help=hint)
    labels = [(name, entry.place("names")) for name, _ in names]
    if gate is not None:
        labels.append((NOT_SCORED, at.place("not_scored")))
    report_repeated(entry, spec.name, labels, missing)
    return RfmColumn(
        name=spec.name,
        missing=missing,
        place=entry.place("name"),
        scores=scores,
        names=names,
        width=width,
        not_scored=gate,
    )


def _read_table(spec: BucketColumnSpec, parts: int, column: Entry) -> tuple[_Names, int] | None:
    given, entry = spec.names or "grid", column.at("names")
    if isinstance(given, str):
        table: Table = TABLES[given]
        if parts != SCORES:
            usual = "" if spec.names else " (the usual names)"
            named = f"`names: {given}`{usual} names scores of 1 to {SCORES}"
            hint = f"leave `quantiles` out, or write `names` of your own for scores 1 to {parts}"
            place = entry.place() if spec.names else column.place("rfm", "quantiles")
            entry.report("SK203", f"{named}, and there are {parts}", place, help=hint)
            return None
    else:
        table = given
    cells = _cells(table, parts, entry)
    if cells is None:
        return None
    width = width_of_table(table)
    if len({len(cell) for found in cells.values() for cell in found}) != 1 or width not in (2, 3):
        message = f"cells of `{spec.name}` are not all of 2 scores (RF), or all of 3 (RFM)"
        hint = "write each as two digits, recency and frequency, or as three"
        entry.report("SK203", message, entry.key_place(), help=hint)
        return None
    if not _is_covered(spec.name, table, width, parts, entry):
        return None
    return tuple((name, tuple(found)) for name, found in cells.items()), width


def _cells(table: Table, parts: int, entry: Entry) -> dict[str, list[Cell]] | None:
    cells: dict[str, list[Cell]] = {name: [] for name in table}
    are_right = True
    for name, patterns in table.items():
        for i, pattern in enumerate(patterns):
            try:
                cells[name] += cells_of(pattern, parts)
            except ValueError as error:
                message = f"`{pattern}` is not a cell of scores: {error}"
                hint = "write one digit or range for each score: 5[4-5] is 54 and 55"
                entry.report("SK203", message, entry.place(name, i), help=hint)
                are_right = False
    return cells if are_right else None


def _is_covered(name: str, table: Table, width: int, parts: int, entry: Entry) -> bool:
    """Whether each cell has one name; those that have none or several are reported."""
    found = coverage_of_cells(table, width, parts)
    total = parts**width
    if found.overlaps:
        cells = _listed([cell for cell, _ in found.overlaps])
        rivals = list(dict.fromkeys(rival for _, names in found.overlaps for rival in names))
        labels = [Label(entry.key_place(rival), f"`{rival}`") for rival in rivals]
        message = f"names of `{name}` overlap: {cells} of {total} cells have more than one"
        if len(found.overlaps) == 1:
            message = f"names of `{name}` overlap: cell {cells} has more than one"
        hint = "take each cell out of all names but one"
        entry.report("SK201", message, *labels, help=hint)
    if found.gaps:
        verb = "has" if len(found.gaps) == 1 else "have"
        cells = f"{_listed(found.gaps)} of {total} cells"
        message = f"names of `{name}` leave a gap: {cells} {verb} none"
        entry.report("SK202", message, entry.key_place(), help="give each of them a name")
    return not (found.overlaps or found.gaps)


def _listed(cells: list[Cell] | tuple[Cell, ...]) -> str:
    shown = ", ".join(map(cell_text, cells[:_SHOWN]))
    return f"{shown} and {len(cells) - _SHOWN} more" if len(cells) > _SHOWN else shown
