"""``rfm: {recency: ..., frequency: ..., monetary: ...}``: three scores, and names for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, ClassVar

from segkit.core.case import Case, Cells, Decision, Gate, Total, named_outcomes
from segkit.core.columns import Column
from segkit.core.edges import ScoreEdges, score_tree
from segkit.core.predicate import bound
from segkit.core.rfm import (
    DIGITS,
    REPEAT,
    SCORES,
    TABLES,
    Cell,
    Table,
    cell_text,
    cells_of,
    coverage_of_cells,
)
from segkit.core.rfm import width_of as width_of_table
from segkit.core.tree import Tree
from segkit.dialects.select import CodedColumn
from segkit.errors import Label, Problem
from segkit.project.buckets.bucket_labels import report_repeated
from segkit.project.buckets.quantile_buckets import Quantile
from segkit.project.conditions.door import read_condition
from segkit.project.nodes import NOT_SCORED, BucketColumn, ScoredGroup, SqlCondition
from segkit.project.schema.buckets import BucketColumnSpec
from segkit.project.yaml.marks import Entry

_SCORED = ("recency", "frequency", "monetary")
_SHOWN = 12  # cells that a message lists

_Names = tuple[tuple[str, tuple[Cell, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class RfmColumn(BucketColumn):
    """The name of three scores together, and the scores ``name_r``, ``name_f``, ``name_m``.

    ``names`` have cells of scores, as listed; proved complete and disjoint. There may be none.
    """

    scores: tuple[Quantile, ...]
    names: _Names
    width: int  # of the cells, 2: recency and frequency, 3: monetary too
    not_scored: SqlCondition | None
    has_total: bool = False

    crowded: ClassVar[str] = (
        "does one of its names have nearly all cells, or nearly all customers one value?"
    )

    @property
    def conditions(self) -> tuple[SqlCondition, ...]:
        return (self.not_scored,) if self.not_scored else ()

    def coded(
        self, columns: Mapping[str, Column], edges: Mapping[str, ScoreEdges]
    ) -> Iterator[CodedColumn]:
        if self.is_named:
            yield CodedColumn(self.order, self._named(columns), self.name)
        for score in self.scores:
            outer = (each.scored(edges) for each in self.scores if each.name in score.within)
            tree = score_tree(score.scored(edges), *outer)
            yield CodedColumn(score.name, Case(self._gated(columns, 0, tree)))
        if self.has_total:
            names = tuple(score.name for score in self.scores)
            yield CodedColumn(self._total, Case(Total(names, self.scores[0].parts)))

    @property
    def is_named(self) -> bool:
        return bool(self.names)

    @property
    def _total(self) -> str:
        return f"{self.name}_total"

    def _named(self, columns: Mapping[str, Column]) -> Case:
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
        return Case(decision, named_outcomes(self.missing, labels))

    def _gated(self, columns: Mapping[str, Column], code: int, rest: Tree | Cells) -> Decision:
        if self.not_scored is None:
            return rest
        return Gate(bound(self.not_scored.predicate, columns), code, rest)

    @property
    def config(self) -> dict[str, Any]:
        return {
            "rfm": {key: s.column for key, s in zip(_SCORED, self.scores, strict=True)},
            "quantiles": self.scores[0].parts,
            "bins": "nested" if self.scores[-1].within else "independent",
            "total": self.has_total,
            "names": {name: [cell_text(c) for c in cells] for name, cells in self.names},
            "not_scored": self.not_scored.predicate.text if self.not_scored else None,
        }

    @property
    def words(self) -> str:
        names = " and ".join(score.column for score in self.scores[: self.width])
        return f"name of the scores of {names}"

    @property
    def about(self) -> dict[str, str]:
        added = {self._total: "sum of the scores, the highest is best"} if self.has_total else {}
        return super().about | added

    def name_warnings(self, groups: Sequence[ScoredGroup]) -> Iterator[Problem]:
        if said := self._nobodys(groups):
            hint = "write `names` of your own for the scores that there are, or `names: none`"
            yield Problem("SK219", said, (Label(self.place),), hint, severity="warning")
        if said := self._bought_once(groups):
            hint = "such a name says that they came back: write `names` of your own"
            yield Problem("SK219", said, (Label(self.place),), hint, severity="warning")

    def _nobodys(self, groups: Sequence[ScoredGroup]) -> str:
        """Names that no combination of the scores that there are has."""
        there = [{*had} for had in zip(*(group.scores for group in groups), strict=True)]
        found = {*product(*there[: self.width])}
        nobody = [f"`{name}`" for name, cells in self.names if found.isdisjoint(cells)]
        if not nobody:
            return ""
        every = range(1, self.scores[0].parts + 1)
        gone = [
            f"`{score.name}` of {', '.join(str(n) for n in every if n not in had)}"
            for score, had in zip(self.scores[: self.width], there, strict=False)
            if not had.issuperset(every)
        ]
        return f"nobody can be {', '.join(nobody)}: no customer has {', or '.join(gone)}"

    def _bought_once(self, groups: Sequence[ScoredGroup]) -> str:
        """Names that say of customers that they came back, most of whom did not."""
        n, once = Counter[str](), Counter[str]()
        for group in groups:
            n[group.label] += group.n
            once[group.label] += group.once
        names = [name for name, _ in self.names if name in REPEAT and once[name] > n[name] / 2]
        listed = ", ".join(f"{once[name]:,} of {n[name]:,} `{name}`" for name in names)
        return listed and f"{listed} bought once at most (`{self.counts}` <= 1)"

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
    names_of_scores = [f"{spec.name}_{key[0]}" for key in _SCORED]
    scores = tuple(
        Quantile(
            name=name,
            column=getattr(spec.rfm, key),
            place=at.place(key),
            gate=gate,
            parts=spec.rfm.quantiles,
            turned=key == "recency",  # few days since the last order are good
            skips=True,  # so that 5 is the best of five, however many bought once
            within=tuple(names_of_scores[:place]) if spec.rfm.bins == "nested" else (),
        )
        for place, (key, name) in enumerate(zip(_SCORED, names_of_scores, strict=True))
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
    if names and gate is not None:
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
        has_total=bool(spec.total),
        counts=spec.rfm.frequency,
    )


def _read_table(spec: BucketColumnSpec, parts: int, column: Entry) -> tuple[_Names, int] | None:
    given, entry = spec.names or "grid", column.at("names")
    if given == "none":
        return (), 0
    if wrong := _wrong_number(spec, given, parts):
        is_own = spec.names and isinstance(given, str)
        place = entry.place() if is_own else column.place("rfm", "quantiles")
        entry.report("SK203", wrong[0], place, help=wrong[1])
        return None
    table: Table = TABLES[given] if isinstance(given, str) else given
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


def _wrong_number(spec: BucketColumnSpec, given: str | Table, parts: int) -> tuple[str, str] | None:
    """What is wrong with names for that many scores, and what to do about it."""
    if not isinstance(given, str):
        if parts <= DIGITS:
            return None
        said = f"`names` of `{spec.name}` are given for scores of one digit, up to {DIGITS}"
        return said, f"write `quantiles: {DIGITS}` or less, or `names: none`"
    if parts == SCORES:
        return None
    usual = "" if spec.names else " (the usual names)"
    own = f", or `names` of your own for scores 1 to {parts}" if parts <= DIGITS else ""
    return (
        f"`names: {given}`{usual} names scores of 1 to {SCORES}, and there are {parts}",
        f"leave `quantiles` out, or write `names: none`{own}",
    )


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
