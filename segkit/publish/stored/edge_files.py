"""Stored edges on disk: numbered files like fits, and ``current`` names one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segkit.core.edges import EdgeSet, ScoreEdges
from segkit.core.labels import number_text
from segkit.project.buckets.bucket_set import STORED
from segkit.publish.stored import fits, json_files
from segkit.publish.stored.fit_check import is_name
from segkit.publish.stored.records import Mistaken, record, shown

_FORMAT = 1
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
    edges: tuple[Any, ...]


def edge_files(edges: EdgeSet, directory: Path) -> dict[Path, str]:
    """Return the files of a set of edges as path -> text."""
    data = {
        "format": _FORMAT,
        "kind": "edges",
        "name": edges.name,
        "version": edges.version,
        "target": edges.target,
        "scores": {
            name: {
                "definition": dict(found.definition),
                "rows": found.rows,
                "edges": [number_text(edge) for edge in found.edges],
            }
            for name, found in edges.scores.items()
        },
    }
    path = fits.fit_path(directory, edges.name, edges.version)
    current = fits.current_file(directory, edges.name, edges.version)
    return {path: json_files.dump(json_files.sealed(data)), **current}


def stored_edges(directory: Path, name: str, version: int) -> EdgeSet:
    """Return the edges of a bucket set, as ``read_edges`` does; they have to be its own."""
    path = fits.fit_path(directory, name, version)
    edges = read_edges(path)
    fits.check_owner(path, "set of edges", edges.name, name)
    return edges


def read_edges(path: Path) -> EdgeSet:
    """Return the edges of a file, whoever's they are.

    Raises
    ------
    FitError
        SK312, naming the file and what is wrong with it.
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
    edges = tuple(fits.decimal_of(e, f"{at}.edges[{i}]") for i, e in enumerate(score.edges))
    if list(edges) != sorted(edges):
        raise Mistaken(f"`{at}.edges` are out of order")
    column = score.definition.get("column")
    kind = next((key for key in STORED if key in score.definition), None)
    if kind is None:
        raise Mistaken(f"`{at}.definition` says none of {', '.join(STORED)}")
    if wrong := STORED[kind](score.definition[kind], edges):
        raise Mistaken(f"`{at}.edges`: {wrong}")
    if not isinstance(column, str) or not is_name(column):
        raise Mistaken(f"`{at}.definition.column` is {shown(column)}, which is no name of a column")
    if score.rows < 0:
        raise Mistaken(f"`{at}.rows` is {score.rows}, below 0")
    return ScoreEdges(edges, score.rows, score.definition)
