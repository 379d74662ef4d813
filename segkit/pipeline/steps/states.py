"""What tables were made of, as a word: while it is the same, they need not be made again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from segkit.files.file_kinds import PATTERN
from segkit.project.nodes import Model, Node, Project, Seed, Source


def node_states(project: Project) -> Mapping[str, str]:
    """Return the state of each node that has one: sources, seeds, and models made of these alone.

    A file's is its size and when it was written last: enough to see that it changed,
    and nothing that has to be read. A node of which it cannot be told has none.
    """
    states: dict[str, str] = {}
    for node in project.nodes.values():
        state = _state(node, states)
        if state is not None:
            states[node.name] = state
    return states


def _state(node: Node, known: Mapping[str, str]) -> str | None:
    if isinstance(node, Seed):
        return _of_file(node.path, said=(repr(node.options),))
    if isinstance(node, Source):
        if node.path is not None:
            return _of_files(node.path, said=(repr(node.options),))
        if node.foreign is not None:
            where = (node.foreign.schema, node.foreign.name)
            log = Path(f"{node.foreign.path}.wal")
            return _of_file(node.foreign.path, log, said=where)
        return _hashed((node.relation or node.name,))
    if isinstance(node, Model) and all(name in known for name in node.depends_on):
        return _hashed((node.materialized, node.sql, *(known[name] for name in node.depends_on)))
    return None


def _of_file(*paths: Path, said: Iterable[str] = ()) -> str | None:
    found = list(said)
    try:
        stat = paths[0].stat()
        found += [str(paths[0]), str(stat.st_size), str(stat.st_mtime_ns)]
        for beside in paths[1:]:
            found += [str(beside.stat().st_size)] if beside.exists() else []
    except OSError:  # said when it is read
        return None
    return _hashed(found)


def _of_files(path: Path, said: Iterable[str]) -> str | None:
    """The state of a file, or of all that a pattern meets."""
    found = [path]
    if PATTERN.search(path.name) and not path.exists():
        found = sorted(path.parent.glob(path.name))
    states = [_of_file(file, said=said) for file in found]
    known = [state for state in states if state is not None]
    return _hashed(known) if known and len(known) == len(states) else None


def _hashed(parts: Iterable[str]) -> str:
    return sha256("\x00".join(parts).encode()).hexdigest()[:32]
