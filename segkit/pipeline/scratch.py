"""A project's relations in memory, for verbs that need data or types but publish nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from segkit.dialects.select import select_sql
from segkit.dialects.spelling import identifier
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.engines.duckdb import open_scratch
from segkit.engines.duckdb_files import copy_relation
from segkit.engines.patience import Patience
from segkit.engines.published_file import attach, open_published
from segkit.errors import EngineError, Label, SegkitError
from segkit.pipeline.steps.node_builder import at_model, at_source
from segkit.project.nodes import BucketSet, Model, Node, Project, Seed, Segmentation, Source
from segkit.publish.relations import MAIN, relation_sql, schema_and_name
from segkit.publish.stored.chosen import current_fit
from segkit.publish.stored.score_edges import current_edges
from segkit.publish.views.bucket_view import bucket_view
from segkit.publish.views.segmentation_view import compile_segmentation

_TARGET = "segkit_target"


def fill_scratch(
    project: Project,
    engine: Reader,
    names: Iterable[str],
    patience: Patience | None = None,
) -> None:
    """Load and create everything above the named nodes (not these themselves).

    ``patience`` is for files that other processes write in (None: do not wait).
    """
    above = [parent for name in names for parent in project.nodes[name].depends_on]
    fill_with(project, engine, above, patience)


@contextmanager
def open_relation(project: Project, name: str) -> Iterator[Reader]:
    """An engine with that node's relation: as published, else from the files."""
    if project.target.path.is_file():
        with open_published(project.target.path) as published:
            if published.exists(*schema_and_name(project.nodes[name])):
                yield published
                return
    with open_scratch() as scratch:
        fill_with(project, scratch, [name])
        yield scratch


def fill_with(
    project: Project,
    engine: Reader,
    names: Iterable[str],
    patience: Patience | None = None,
) -> None:
    """Load and create the named nodes, and everything above them."""
    wanted: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name in project.nodes and name not in wanted:
            wanted.add(name)
            todo += project.nodes[name].depends_on
    nodes = [node for node in project.nodes.values() if node.name in wanted]
    for node in nodes:
        if isinstance(node, Source | Seed):
            _load(node, engine, project, patience)
    engine.lock_down()
    for node in nodes:
        create_in_scratch(project, node, engine)


def _load(node: Source | Seed, engine: Reader, project: Project, patience: Patience | None) -> None:
    foreign = node.foreign if isinstance(node, Source) else None
    schema, _ = schema_and_name(node)
    if schema != MAIN:
        engine.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(schema, engine.dialect)}")
    if node.path is not None or foreign is not None:
        try:
            if node.path is not None:
                engine.load_file(node.path, _sql(node, engine.dialect))
            elif foreign is not None:
                where = (foreign.path, foreign.schema, foreign.name)
                copy_relation(engine, *where, _sql(node, engine.dialect), patience)
        except SegkitError as error:
            raise at_source(node, error, project.directory) from error
        return
    try:  # a relation of the target
        attach(engine, project.target.path, _TARGET, "READ_ONLY", None)
        table = _sql(node, engine.dialect)
        engine.execute(f"CREATE TABLE {table} AS FROM {_TARGET}.{table}")
        engine.execute(f"DETACH {_TARGET}")
    except EngineError as error:
        found = [replace(problem, labels=(Label(node.place),)) for problem in error.problems]
        raise EngineError(found, error.sql, error.position) from error


def _sql(node: Source | Seed, dialect: Dialect) -> str:
    schema, name = schema_and_name(node)
    return f"{identifier(schema, dialect)}.{identifier(name, dialect)}"


def create_in_scratch(project: Project, node: Node, engine: Reader) -> None:
    """Create one node, by the fit or the edges that there are; what it reads is there."""
    name = identifier(node.name, engine.dialect)
    if isinstance(node, Model):
        try:
            engine.check_select(node.sql)
            engine.execute(node.sql, before=f"CREATE {node.materialized} {name} AS ")
        except EngineError as error:
            raise at_model(node, error) from error
    elif isinstance(node, BucketSet | Segmentation):
        base = relation_sql(project, node.relation, engine.dialect)
        columns = engine.columns(base)
        if isinstance(node, BucketSet):
            view = bucket_view(node, columns, current_edges(project, node))
            engine.execute(f"CREATE VIEW {name} AS {select_sql(view, base, engine.dialect)}")
            return
        fit = current_fit(project, node)
        compiled = compile_segmentation(node, fit, columns, base, engine.dialect)
        engine.execute(f"CREATE VIEW {name} AS {compiled.text.select(base, engine.dialect)}")
        profile = identifier(f"{node.name}_profile", engine.dialect)
        engine.execute(f"CREATE VIEW {profile} AS {compiled.profile}")
