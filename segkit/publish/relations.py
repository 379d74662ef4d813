"""Names of relations in the target."""

from __future__ import annotations

from segkit.core.dialect import relation
from segkit.project.nodes import BucketSet, Node, Project, Segmentation, Source

MAIN = "main"


def schema_and_name(node: Node) -> tuple[str, str]:
    """Where a node lies in the target: (schema, relation)."""
    if isinstance(node, Source):
        if node.relation:
            schema, _, table = node.relation.rpartition(".")
            return schema or MAIN, table
        return node.schema or MAIN, node.table
    return MAIN, node.name


def relation_sql(project: Project, name: str) -> str:
    """SQL of the relation that a node's name stands for; derived views go by their own name."""
    node = project.nodes.get(name)
    if node is None:
        return relation(name)
    schema, table = schema_and_name(node)
    return relation(table, None if schema == MAIN else schema)


def rows_sql(project: Project, node: BucketSet | Segmentation) -> str:
    """SQL of the rows that a node is made of: its relation, or those that ``where`` lets in."""
    return filtered_sql(relation_sql(project, node.relation), node)


def filtered_sql(relation_sql: str, node: BucketSet | Segmentation) -> str:
    if node.where is None:
        return relation_sql
    return f"(SELECT * FROM {relation_sql} WHERE ({node.where.predicate.text}))"
