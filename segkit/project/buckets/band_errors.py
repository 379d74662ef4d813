"""Overlaps and gaps between bands, shown where they were written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from segkit.core.labels import interval_text, number_text
from segkit.core.mece import Gap, Overlap, coverage
from segkit.core.rules import Interval
from segkit.dialects.region_text import interval_sql
from segkit.dialects.spelling import identifier
from segkit.dialects.table import CONDITIONS
from segkit.errors import Affected, Label, Place, Problem
from segkit.project.yaml.marks import Entry

_COUNTS = {2: "two", 3: "three", 4: "four", 5: "five"}
_SIDES = {
    "from": ("start", {"left": "starts at", "right": "starts above"}),
    "to": ("end", {"left": "ends before", "right": "ends with"}),
}
_HOLDS = {"left": "a band holds from <= x < to", "right": "a band holds from < x <= to"}


@dataclass(frozen=True)
class Band:
    """One bucket: ``label`` for the values of ``interval``."""

    label: str
    interval: Interval
    place: Place


@dataclass(frozen=True)
class BandCoverage:
    """What the ``bands`` of a column leave out or hold twice; ``entry`` is where it is declared."""

    entry: Entry
    name: str
    column: str
    bands: Sequence[Band]
    closed: str
    relation: str | None

    def problems(self) -> list[Problem]:
        """A problem for every overlap and every gap, lowest first."""
        found = coverage([band.interval for band in self.bands])
        return [*map(self._overlap, found.overlaps), *map(self._gap, found.gaps)]

    def _overlap(self, overlap: Overlap) -> Problem:
        first, *others = overlap.bands
        labels = [self._label(first, "to"), *(self._label(each, "from") for each in others)]
        count = _COUNTS.get(len(overlap.bands), str(len(overlap.bands)))
        return Problem(
            "SK201",
            f"bands of `{self.name}` overlap: {interval_text(overlap.interval)} is in {count} "
            "of them",
            tuple(sorted(labels, key=lambda label: label.place.line or 0)),
            help=f"{self._untangle(first, others[0])}; {_HOLDS[self.closed]}",
            affected=self._affected(overlap.interval, "fall in the overlap"),
        )

    def _label(self, i: int, key: str) -> Label:
        """Where a band begins (``from``) or ends (``to``), in words."""
        band, (side, verbs) = self.bands[i], _SIDES[key]
        end = band.interval.lower if key == "from" else band.interval.upper
        if end is None:
            return Label(self.entry.place("bands", i), f'"{band.label}" has no {side}')
        said = f'"{band.label}" {verbs[self.closed]} {number_text(end)}'
        return Label(self.entry.place("bands", i, key), said)

    def _untangle(self, first: int, second: int) -> str:
        """The edit that parts two bands: the second starts where the first ends."""
        low, high = self.bands[first].interval, self.bands[second].interval
        if low.upper is not None and (high.upper is None or high.upper > low.upper):
            return f"use `from: {number_text(low.upper)}`"
        if (
            low.upper is None
            and high.upper is None
            and high.lower is not None
            and (low.lower is None or low.lower < high.lower)
        ):
            return f'end "{self.bands[first].label}" with `to: {number_text(high.lower)}`'
        return f'"{self.bands[second].label}" lies in "{self.bands[first].label}": remove one'

    def _gap(self, gap: Gap) -> Problem:
        labels, way = [], ""
        low, high = gap.interval.lower, gap.interval.upper
        if gap.below is not None:
            labels.append(Label(self.entry.place("bands", gap.below, "to")))
        if gap.above is not None:
            labels.append(Label(self.entry.place("bands", gap.above, "from")))
        if high is not None and low is not None:
            assert gap.below is not None
            line = self.entry.place("bands", gap.below, "to").line
            way = f"`to: {number_text(high)}` in line {line}, or"
        elif low is not None:
            way = f"leave out `to: {number_text(low)}`, or add"
        elif high is not None:
            way = f"leave out `from: {number_text(high)}`, or add"
        return Problem(
            "SK202",
            f"bands of `{self.name}` leave a gap: {interval_text(gap.interval)} is in none",
            tuple(sorted(labels, key=lambda label: label.place.line or 0)),
            help=f"close the gap: {way} a band of its own",
            affected=self._affected(gap.interval, "fall in the gap"),
        )

    def _affected(self, interval: Interval, text: str) -> Affected | None:
        if self.relation is None:
            return None
        condition = interval_sql(identifier(self.column, CONDITIONS), interval) or "TRUE"
        return Affected(self.relation, self.column, condition, text)
