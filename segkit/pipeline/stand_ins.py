"""A project as it is written now, over what is published: for verbs that publish nothing.

A table that was made of the same files and the same SQL is read where it lies. All
else stands in for what is published: models as their SELECTs, files that changed
read anew. So a model that was edited is learned from without a build.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from segkit.dialects.select import select_translated
from segkit.engines.base import Draft, Reader
from segkit.engines.locks import Patience
from segkit.engines.open import engine_of
from segkit.errors import EngineError, FitError, Label, SegkitError
from segkit.files.file_kinds import PATTERN
from segkit.pipeline.run_options import Options, find_node, open_project
from segkit.pipeline.steps.file_errors import at_model, at_source
from segkit.project.graph import with_above
from segkit.project.nodes import (
    BucketSet,
    DataTest,
    Model,
    Node,
    Project,
    Seed,
    Segmentation,
    Source,
)
from segkit.publish.relations import MAIN, schema_and_name
from segkit.publish.stored.chosen import current_fit, published_subject, subject_by
from segkit.publish.stored.score_edges import current_edges
from segkit.publish.subject import FittedSubject, read_subject
from segkit.publish.views.bucket_view import bucket_view
from segkit.publish.views.segmentation_view import compile_segmentation


@contextmanager
def open_relations(
    project: Project, *names: str, patience: Patience | None = None
) -> Iterator[Draft]:
    """A draft with the relations of these nodes, as the project is written now.

    ``patience`` is for files that other processes write in (None: do not wait).
    """
    with engine_of(project.target).open_draft(project.name) as draft:
        stand_in(project, draft, names, patience)
        yield draft


@contextmanager
def open_shown(project: Project, *names: str) -> Iterator[Reader]:
    """What is published; of a server that has sources alone, what it would be by fits and edges.

    That is all relations of these names, and the rivals of a segmentation as well.
    """
    target = engine_of(project.target)
    if not target.holds_sources or target.is_built():
        with target.open_published() as engine:
            yield engine
        return
    known = project.nodes
    found = (known.get(name, known.get(name.removesuffix("_profile"))) for name in names)
    nodes = [node for node in found if node is not None and not isinstance(node, DataTest)]
    with open_relations(project, *(node.name for node in nodes)) as draft:
        for node in nodes:
            if isinstance(node, Segmentation):
                stand_in_rivals(project, node, draft)
        yield draft


@contextmanager
def open_segmentation(options: Options, name: str | None) -> Iterator[tuple[Reader, FittedSubject]]:
    """The segmentation of that name, or the only one, as ``open_shown`` has it; and its reader."""
    project = open_project(options)
    node = find_node(project, name, Segmentation, "segmentation")
    with open_shown(project, node.name) as engine:
        yield engine, published_subject(engine, project, node)


def stand_in_rivals(project: Project, node: Segmentation, draft: Draft) -> None:
    """Have the bucket sets beside a segmentation, as far as their edges are known."""
    from segkit.monitor.useful_customers import bucket_sets_beside  # numpy, which few verbs need

    for other in bucket_sets_beside(project, node):
        if draft.exists(MAIN, other.name):
            continue
        try:
            create_stand_in(project, other, draft)
        except FitError:
            continue  # no edges yet, or none for what is declared now


def stand_in(
    project: Project, draft: Draft, names: Iterable[str], patience: Patience | None = None
) -> None:
    """Have the named nodes, and everything above them."""
    states = node_states(project)
    wanted = with_above([*names], project.nodes.values())
    nodes = [node for node in project.nodes.values() if node.name in wanted]
    there = {node.name for node in nodes if _adopt(node, draft, states.get(node.name))}
    for node in nodes:
        if isinstance(node, Source | Seed) and node.name not in there:
            _take(node, draft, project, patience)
    draft.lock_down()
    for node in nodes:
        if node.name not in there:
            create_stand_in(project, node, draft)


def _adopt(node: Node, draft: Draft, state: str | None) -> bool:
    if state is None or (isinstance(node, Model) and node.materialized == "view"):
        return False  # a view is its SELECT
    return draft.adopt(*schema_and_name(node), node.name, state)


def _take(node: Source | Seed, draft: Draft, project: Project, patience: Patience | None) -> None:
    is_outside = node.path is not None or (isinstance(node, Source) and node.foreign is not None)
    try:
        draft.take_source(*schema_and_name(node), node, patience)
    except SegkitError as error:
        if is_outside:
            raise at_source(node, error, project.directory) from error
        if not isinstance(error, EngineError):
            raise
        found = [replace(problem, labels=(Label(node.place),)) for problem in error.problems]
        raise EngineError(found, error.sql, error.position) from error


def create_stand_in(project: Project, node: Node, draft: Draft) -> None:
    """Have one node stand in, by the fit or the edges that there are; what it reads is there."""
    if isinstance(node, Model):
        try:
            draft.check_select(node.sql)
            as_table = node.materialized == "table"
            draft.stand_in(MAIN, node.name, node.sql, as_table=as_table)
        except EngineError as error:
            raise at_model(node, error) from error
    elif isinstance(node, BucketSet):
        subject = read_subject(draft, project, node)
        view = bucket_view(subject.node, subject.columns, current_edges(project, node))
        sql = select_translated(view, subject.base, draft.dialect, node.place)
        draft.stand_in(MAIN, node.name, sql)
    elif isinstance(node, Segmentation):
        segments = subject_by(draft, project, node, current_fit(project, node))
        compiled = compile_segmentation(segments)
        sql = compiled.text.translated(segments.base, draft.dialect, node.place)
        draft.stand_in(MAIN, node.name, sql)
        draft.stand_in(MAIN, f"{node.name}_profile", compiled.profile)


# what tables were made of, as a word: while that is the same they are as they were ----------------


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


def _of_files(path: Path, said: Iterable[str]) -> str | None:
    """The state of a file, or of all that a pattern meets."""
    found = [path]
    if PATTERN.search(path.name) and not path.exists():
        found = sorted(path.parent.glob(path.name))
    states = [_of_file(file, said=said) for file in found]
    known = [state for state in states if state is not None]
    return _hashed(known) if known and len(known) == len(states) else None


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


def _hashed(parts: Iterable[str]) -> str:
    return sha256("\x00".join(parts).encode()).hexdigest()[:32]
