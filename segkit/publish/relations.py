"""Names of relations in the target."""

from __future__ import annotations

from collections.abc import Sequence

from segkit.core.columns import Column
from segkit.core.predicate import bound
from segkit.dialects.select import condition_translated, guarded
from segkit.dialects.spelling import identifier, relation
from segkit.dialects.table import Dialect
from segkit.project.graph import derived_suffixes
from segkit.project.nodes import BucketSet, Node, Project, Segmentation, Source

MAIN = "main"
_ALIAS = " AS rows_let_in"


def schema_and_name(node: Node) -> tuple[str, str]:
    """Where a node lies in the target: (schema, relation)."""
    if isinstance(node, Source):
        schema, table = node.lies_at
        return schema or MAIN, table
    return MAIN, node.name


def published_as(project: Project, name: str) -> tuple[str, str]:
    """Where a node lies by its name, or what lies there by this name: (schema, relation)."""
    node = project.nodes.get(name)
    return schema_and_name(node) if node else (MAIN, name)


def segmentation_names(node: Segmentation) -> tuple[str, ...]:
    """The relations of a segmentation: its view, the profile, and what builds write down."""
    return tuple(node.name + suffix for suffix in ("", *derived_suffixes(node)))


def relation_sql(project: Project, name: str, dialect: Dialect) -> str:
    """SQL of the relation that a node's name stands for; derived views go by their own name."""
    schema, table = published_as(project, name)
    return relation(table, None if schema == MAIN else schema, dialect)


def aliased(rows_sql: str, alias: str) -> str:
    """The rows by a name of the query's own."""
    return f"{rows_sql.removesuffix(_ALIAS)} AS {alias}"


def rows_sql(
    relation_sql: str, node: BucketSet | Segmentation, columns: Sequence[Column], dialect: Dialect
) -> str:
    """SQL of the rows that a node is made of: its relation, or those that ``where`` lets in.

    In ``where`` as in a rule, a value that is not finite counts as NULL.
    """
    if node.where is None:
        return relation_sql
    by_name = {column.name: column for column in columns}
    where = bound(node.where.predicate, by_name)
    if by_name.keys() >= set(where.columns):  # one that is gone: for the engine
        where = condition_translated(where, by_name, dialect, node.where.place)
    operands = {name: identifier(name, dialect) for name in where.columns}
    known = guarded(by_name.keys() & operands.keys(), by_name, dialect)
    condition = where.sql(operands | {name: operand.sql for name, operand in known.items()})
    alias = _ALIAS if dialect.names_subqueries else ""
    return f"(SELECT * FROM {relation_sql} WHERE ({condition})){alias}"
