"""Stored edges on disk: numbered files like fits, and ``current`` names one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from segkit.core.edges import EdgeSet, ScoreEdges
from segkit.core.fit import FORMAT
from segkit.core.labels import number_text
from segkit.errors import FitError
from segkit.publish import fits


def edge_files(edges: EdgeSet, directory: Path) -> dict[Path, str]:
    """Return the files of a set of edges as path -> text."""
    data = {
        "format": FORMAT,
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
    return {
        fits.fit_path(directory, edges.name, edges.version): fits.dump(data),
        fits.current_path(directory, edges.name): f"{edges.label}\n",
    }


def read_edges(path: Path) -> EdgeSet:
    """Return the edges of a file.

    Raises
    ------
    FitError
        SK312, naming the file and what is wrong with it.
    """
    data = fits.load(path)
    try:
        if data["kind"] != "edges":
            raise ValueError(f"kind is {data['kind']!r}")
        scores = {name: _score_edges(found) for name, found in data["scores"].items()}
        return EdgeSet(data["name"], _whole(data["version"]), data["target"], scores)
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as error:
        message = f"holds no edges of scores ({fits.reason_of(error)})"
        raise FitError(fits.as_problem(path, message)) from error


def _score_edges(found: Mapping[str, Any]) -> ScoreEdges:
    definition, written = found["definition"], found["edges"]
    if not (isinstance(written, list) and all(isinstance(edge, str) for edge in written)):
        raise TypeError("edges are not a list of texts")
    edges = tuple(Decimal(edge) for edge in written)
    if not all(math.isfinite(float(edge)) for edge in edges):
        raise ValueError("an edge is no number that a DOUBLE holds")
    if list(edges) != sorted(edges):
        raise ValueError("edges are out of order")
    if len(edges) != definition["quantiles"] - 1:
        raise ValueError(f"{len(edges)} edges make no {definition['quantiles']} quantiles")
    if not isinstance(definition["column"], str):
        raise TypeError("the definition's column is not a text")
    return ScoreEdges(edges, _whole(found["rows"]), definition)


def _whole(number: object) -> int:
    if not isinstance(number, int):
        raise TypeError(f"{number!r} is not a whole number")
    return number
