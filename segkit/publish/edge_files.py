"""Stored edges on disk: numbered files like fits, and ``current`` names one."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path

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
        scores = {
            name: ScoreEdges(
                tuple(Decimal(edge) for edge in found["edges"]), found["rows"], found["definition"]
            )
            for name, found in data["scores"].items()
        }
        return EdgeSet(data["name"], data["version"], data["target"], scores)
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as error:
        reason = f"{type(error).__name__}: {error}"
        raise FitError(fits.as_problem(path, f"holds no edges of scores ({reason})")) from error
