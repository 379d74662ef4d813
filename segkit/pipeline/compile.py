"""SQL only: what ``segkit compile`` prints."""

from __future__ import annotations

import re
from collections.abc import Sequence

from segkit.core.columns import Column
from segkit.core.dialect import identifier
from segkit.core.dialects import DIALECTS
from segkit.core.select import expression_sql
from segkit.engines.duckdb import open_scratch
from segkit.engines.published import open_published
from segkit.errors import ConfigError, Problem
from segkit.pipeline.options import Options, find_node, open_project
from segkit.pipeline.scratch import fill_scratch
from segkit.project.nodes import BucketSet, Model, Project, Segmentation
from segkit.publish import fits
from segkit.publish.buckets import bucket_comments, bucket_header, bucket_view
from segkit.publish.chosen import current_fit
from segkit.publish.compiled import view_file, view_select_sql
from segkit.publish.edges import current_edges, read_current
from segkit.publish.relations import relation_sql, schema_and_name
from segkit.publish.segments import compile_segmentation

_PART = r'(?:[A-Za-z_][A-Za-z0-9_$]*|"(?:[^"\x00-\x1f]|"")+")'
_RELATION = re.compile(rf"{_PART}(?:\.{_PART}){{0,2}}")
Compilable = Model | BucketSet | Segmentation


def compile_node(
    options: Options,
    name: str | None,
    *,
    dialect: str = "duckdb",
    from_relation: str | None = None,
    as_relation: str | None = None,
    expression: bool = False,
) -> str:
    """Return the SQL of a model, a bucket set or a segmentation; of all without a name.

    Parameters
    ----------
    from_relation, as_relation : str, optional
        SQL of the relation to read and of the view to create, where the SQL is pasted.
    expression : bool
        Only the CASE, as one scalar expression for use in a SELECT of one's own.
    """
    if dialect not in DIALECTS:
        known = ", ".join(DIALECTS)
        raise ConfigError(Problem("SK702", f"no dialect `{dialect}`", help=f"dialects: {known}"))
    for option, relation in (("--from", from_relation), ("--as", as_relation)):
        if relation is not None and not _RELATION.fullmatch(relation):
            message = f"{option} {relation}: not the name of a relation"
            hint = 'a name such as analytics.customers, with odd parts in double quotes: "My table"'
            raise ConfigError(Problem("SK702", message, help=hint))
    project = open_project(options)
    nodes = _nodes(project, name)
    if name is None and (from_relation or as_relation or expression):
        message = "--from, --as and --expression need the NAME of one view"
        raise ConfigError(Problem("SK702", message, help="`segkit ls` lists the names"))
    texts = []
    for node in nodes:
        if isinstance(node, Model):
            texts.append(_model_sql(node, as_relation, expression))
            continue
        base = from_relation or relation_sql(project, node.relation)
        columns = _columns(project, node)
        if isinstance(node, BucketSet):
            texts.append(_bucket_sql(project, node, columns, base, as_relation, expression))
        else:
            texts.append(_segment_sql(project, node, columns, base, as_relation, expression))
    return "\n".join(texts)


def _nodes(project: Project, name: str | None) -> list[Compilable]:
    if name is not None:
        return [find_node(project, name, Compilable, "model, bucket set or segmentation")]  # type: ignore[arg-type]
    return [
        node
        for node in project.nodes.values()
        if isinstance(node, Model | BucketSet)
        or (
            isinstance(node, Segmentation)
            and fits.current_version(project.fits_directory, node.name)
        )
    ]


def _columns(project: Project, node: BucketSet | Segmentation) -> Sequence[Column]:
    """Columns of the relation that the node reads: as published, else from the files."""
    parent = project.nodes[node.relation]
    if project.target.path.is_file():
        with open_published(project.target.path) as published:
            if published.exists(*schema_and_name(parent)):
                return published.columns(relation_sql(project, parent.name))
    with open_scratch() as scratch:
        fill_scratch(project, scratch, [node.name])
        return scratch.columns(relation_sql(project, node.relation))


def _model_sql(node: Model, as_relation: str | None, expression: bool) -> str:
    if expression:
        message = f"{node.name} is a model: it has no single expression"
        raise ConfigError(Problem("SK702", message, help="leave --expression out"))
    name = as_relation or identifier(node.name)
    return f"-- {node.name}\nCREATE OR REPLACE VIEW {name} AS\n{node.sql.strip().rstrip(';')};\n"


def _bucket_sql(
    project: Project,
    node: BucketSet,
    columns: Sequence[Column],
    base: str,
    as_relation: str | None,
    expression: bool,
) -> str:
    view = bucket_view(node, columns, current_edges(project, node))
    if expression:
        parts = [
            f"{expression_sql(coded, view)} AS {identifier(coded.name_column or coded.code)}"
            for coded in view.coded
        ]
        return ",\n".join(parts) + "\n"
    name = as_relation or identifier(node.name)
    select = view_select_sql(view, base)
    header = bucket_header(node, read_current(project, node) if node.scores else None)
    return view_file(name, header, select, bucket_comments(node, name))


def _segment_sql(
    project: Project,
    node: Segmentation,
    columns: Sequence[Column],
    base: str,
    as_relation: str | None,
    expression: bool,
) -> str:
    compiled = compile_segmentation(node, current_fit(project, node), columns, base, as_relation)
    return (
        expression_sql(compiled.view.coded[0], compiled.view) + "\n"
        if expression
        else compiled.file
    )
