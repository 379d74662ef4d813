"""The keys of rows, counted; where they only rise, none of them has to be held."""

from __future__ import annotations

from segkit.engines.base import Reader


def count_keys(engine: Reader, key: str, relation: str) -> tuple[int, int, int]:
    """Return how many rows, keys, and different keys there are; ``key``: quoted SQL."""
    rows, known, is_rising = _counted(engine, key, relation)
    if is_rising:
        return rows, known, rows
    return rows, known, engine.query(f"SELECT count(DISTINCT {key}) FROM {relation}")[0][0]


def keys_rise(engine: Reader, key: str, relation: str) -> bool:
    """Whether each key is known, and more than that of the row before, as rows come."""
    return _counted(engine, key, relation)[2]


def _counted(engine: Reader, key: str, relation: str) -> tuple[int, int, bool]:
    ((rows, known, rising),) = engine.query(
        "SELECT count(*), count(segkit_key), count(*) FILTER (WHERE segkit_before < segkit_key)"
        f" FROM (SELECT {key} AS segkit_key, lag({key}) OVER () AS segkit_before"
        f" FROM {relation}) AS segkit_keys"
    )
    return rows, known, known == rows <= rising + 1
