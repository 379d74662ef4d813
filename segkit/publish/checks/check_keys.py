"""Whether a relation has customers, and a key that tells them apart."""

from __future__ import annotations

from segkit.dialects.spelling import identifier
from segkit.engines.base import Reader
from segkit.errors import DataError, Label, Problem
from segkit.project.nodes import BucketSet, Segmentation


def check_keys(engine: Reader, node: Segmentation | BucketSet, relation_sql: str) -> None:
    """Raise DataError if the key has NULLs or duplicates: then nothing can be proved."""
    key = identifier(node.key, engine.dialect)
    rows, known, distinct = engine.query(
        f"SELECT count(*), count({key}), count(DISTINCT {key}) FROM {relation_sql}"
    )[0]
    problems = []
    if known < rows:
        message = (
            f"{rows - known:,} of {rows:,} rows of {node.relation} "
            f"{'has' if rows - known == 1 else 'have'} no `{node.key}`"
        )
        hint = "every customer needs a key: leave these rows out in the model"
        problems.append(Problem("SK304", message, (Label(node.key_place),), hint))
    if distinct < known:
        message = (
            f"`{node.key}` is not unique in {node.relation}: "
            f"{known - distinct:,} of {rows:,} rows repeat a key"
        )
        hint = "make one row a customer in the model, for example with GROUP BY"
        problems.append(Problem("SK305", message, (Label(node.key_place),), hint))
    if problems:
        raise DataError(problems)


def emptiness(engine: Reader, node: Segmentation | BucketSet, rows_sql: str) -> tuple[Problem, ...]:
    """A warning if there is nobody: such a view is right, and empty."""
    if engine.query(f"SELECT 1 FROM {rows_sql} LIMIT 1"):
        return ()
    kept = " that `where` lets in" if node.where is not None else ""
    message = f"{node.relation} has no rows{kept}"
    place = node.where.place if node.where else node.place
    hint = f"{node.name} is empty, too: look at what {node.relation} is made of"
    return (Problem("SK301", message, (Label(place),), hint, severity="warning"),)
