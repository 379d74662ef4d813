"""Stored edges on disk: numbered files like fits, and ``current`` names one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from segkit.core.edges import Edges, EdgeSet, ScoreEdges, cells_within
from segkit.core.labels import number_text
from segkit.core.rfm import Cell, cell_text
from segkit.project.buckets.bucket_set import STORED
from segkit.publish.stored import fits, json_files
from segkit.publish.stored.fit_check import is_name
from segkit.publish.stored.records import Mistaken, check_keys, list_of, mapping_of, record, shown

_FORMAT = 2  # of edges that are nested, or that each count where they fall together; else 1
_MOST_PARTS, _MOST_DEEP = 10, 2  # of what is nested: three scores of RFM
_EDIT = "`segkit build --refresh-edges -s {0}` finds other edges, `edges: [...]` declares them"


@dataclass(frozen=True)
class _Written:
    """The file but for its format and checksum; ``scores`` are read one by one."""

    kind: str
    name: str
    version: int
    target: str
    scores: Mapping[str, Any]


@dataclass(frozen=True)
class _WrittenScore:
    definition: Mapping[str, Any]
    rows: int
    edges: Any  # a list, or lists by the outer scores: {"51": [...]}
    ties: Literal["once", "skip"] = "once"


def edge_files(edges: EdgeSet, directory: Path) -> dict[Path, str]:
    """Return the files of a set of edges as path -> text."""
    is_plain = not any(found.skips or found.nested for found in edges.scores.values())
    data = {
        "format": 1 if is_plain else _FORMAT,
        "kind": "edges",
        "name": edges.name,
        "version": edges.version,
        "target": edges.target,
        "scores": {name: _written(found) for name, found in edges.scores.items()},
    }
    path = fits.fit_path(directory, edges.name, edges.version)
    current = fits.current_file(directory, edges.name, edges.version)
    return {path: json_files.dump(json_files.sealed(data)), **current}


def _written(found: ScoreEdges) -> dict[str, Any]:
    by_cell = {cell_text(cell): list(map(number_text, e)) for cell, e in found.cells.items()}
    return {
        "definition": dict(found.definition),
        "rows": found.rows,
        "edges": by_cell if found.nested else by_cell[""],
        **({"ties": "skip"} if found.skips else {}),
    }


def stored_edges(directory: Path, name: str, version: int) -> EdgeSet:
    """Return the edges of a bucket set, as ``read_edges`` does; they have to be its own."""
    path = fits.fit_path(directory, name, version)
    edges = read_edges(path)
    fits.check_owner(path, "set of edges", edges.name, name)
    return edges


def read_edges(path: Path) -> EdgeSet:
    """Return the edges of a file, whoever's they are.

    Raises FitError: SK312, naming the file and what is wrong with it.
    """
    data = json_files.load(path, _EDIT.format(path.absolute().parent.name), newest=_FORMAT)
    said = {key: value for key, value in data.items() if key not in ("format", json_files.CHECKSUM)}
    with json_files.telling(path, "holds no edges of scores"):
        if said.get("kind") != "edges":
            raise Mistaken(f'`kind` is {shown(said.get("kind"))}, not "edges"')
        written = record(_Written, said)
        if written.version < 1:
            raise Mistaken(f"`version` is {written.version}, below 1")
        scores = {n: _score_edges(found, f"scores.{n}") for n, found in written.scores.items()}
    fits.check_number(path, written.version)
    return EdgeSet(written.name, written.version, written.target, scores)


def _score_edges(found: Any, at: str) -> ScoreEdges:
    score = record(_WrittenScore, found, at)
    column = score.definition.get("column")
    kind = next((key for key in STORED if key in score.definition), None)
    if kind is None:
        raise Mistaken(f"`{at}.definition` says none of {', '.join(STORED)}")
    cells = _cells(score, kind, at)
    if not isinstance(column, str) or not is_name(column):
        raise Mistaken(f"`{at}.definition.column` is {shown(column)}, which is no name of a column")
    if score.rows < 0:
        raise Mistaken(f"`{at}.rows` is {score.rows}, below 0")
    skips, edges = score.ties == "skip", cells.pop((), ())
    return ScoreEdges(edges, score.rows, score.definition, skips, cells)


def _cells(score: _WrittenScore, kind: str, at: str) -> dict[Cell, Edges]:
    """The edges by the scores that they are nested in."""
    parts, at_edges = score.definition[kind], f"{at}.edges"
    if "within" not in score.definition:
        return {(): _edges(score.edges, kind, parts, at_edges)}
    depth = len(list_of(score.definition["within"], f"{at}.definition.within"))
    if type(parts) is not int or parts > _MOST_PARTS or depth > _MOST_DEEP:
        raise Mistaken(f"`{at}.definition` says of no {kind} what they are nested in")
    names = {cell_text(cell): cell for cell in cells_within(parts, depth)}
    lists = mapping_of(score.edges, at_edges)
    check_keys(lists, dict.fromkeys(names, True), at_edges)
    return {c: _edges(lists[name], kind, parts, f"{at_edges}.{name}") for name, c in names.items()}


def _edges(written: Any, kind: str, parts: Any, at: str) -> Edges:
    edges = tuple(fits.decimal_of(e, f"{at}[{i}]") for i, e in enumerate(list_of(written, at)))
    if list(edges) != sorted(edges):
        raise Mistaken(f"`{at}` are out of order")
    if wrong := STORED[kind](parts, edges):
        raise Mistaken(f"`{at}`: {wrong}")
    return edges
